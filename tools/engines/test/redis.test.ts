import { once } from "node:events";
import { createConnection } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { unavailable } from "../../build/unavailable.ts";
import { missingRedis, type Redis, startRedis, startRedisCluster } from "../src/index.ts";

/** What a server answers to one command. */
async function ask({ port }: Redis, ...words: string[]): Promise<string> {
  const socket = createConnection(port, "127.0.0.1");
  socket.write(`${words.join(" ")}\r\n`);
  const [data] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return data.toString();
}

test("Redis keeps what was flushed over a kill, and nothing runs on afterwards", async ({ skip }) => {
  const missing = missingRedis();
  if (missing !== undefined) unavailable(skip, missing);
  const redis = await startRedis({ appendonly: "yes", appendfsync: "always" });
  onTestFinished(() => redis.stop());
  expect(await ask(redis, "SET", "a", "1")).toBe("+OK\r\n");
  await redis.restart();
  expect(await ask(redis, "GET", "a")).toBe("$1\r\n1\r\n");
  await redis.stop();
  await expect(ask(redis, "PING")).rejects.toThrow("ECONNREFUSED");
});

test("a cluster takes keys as soon as it is there", async ({ skip }) => {
  const missing = missingRedis();
  if (missing !== undefined) unavailable(skip, missing);
  const nodes = await startRedisCluster(3);
  onTestFinished(async () => void (await Promise.all(nodes.map((node) => node.stop()))));
  const answers = await Promise.all(nodes.map((node) => ask(node, "SET", "key", "value")));
  expect(answers.map((answer) => answer.slice(0, 6)).sort()).toEqual(["+OK\r\n", "-MOVED", "-MOVED"]);
});
