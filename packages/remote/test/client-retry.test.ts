import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { rejection } from "@seamless/internal/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { failure, openStore, until } from "./support/client-store.ts";
import { http, type RawServer, rawServer } from "./support/raw-server.ts";
import { sample } from "./support/sample.ts";

const { bytes, checksum } = sample(1_000);

/** A server that answers a few times with one status, and tells when it was asked. */
async function failing(times: number, status: number, headers = {}): Promise<{ server: RawServer; at: number[] }> {
  const at: number[] = [];
  const server = await rawServer((_, i) => {
    at.push(performance.now());
    return i < times ? http(status, "Busy", headers) : http(200, bytes);
  });
  return { server, at };
}

describe("another attempt", () => {
  test.each([408, 425, 429, 500, 502, 503, 504, 507])("after %i", async (status) => {
    const { server } = await failing(3, status);
    const store = openStore(server.url, { retries: { count: 3 }, connections: 1 });
    expect(await store.get(checksum)).toEqual(bytes);
    await store.put(checksum, bytes);
    expect([server.requests.length, server.connections]).toEqual([5, 1]);
  });

  test("not more than were asked for", async () => {
    for (const count of [0, 1, 3]) {
      const { server } = await failing(100, 503);
      const store = openStore(server.url, { retries: { count } });
      expect(await failure(store.get(checksum))).toMatchObject({ code: "STORE_FAILED", checksum });
      expect(server.requests).toHaveLength(count + 1);
    }
  });

  test.each([400, 401, 403, 501])("not after %i", async (status) => {
    const { server } = await failing(1, status);
    const code = [401, 403].includes(status) ? "ACCESS_DENIED" : "UNSUPPORTED";
    expect(await failure(openStore(server.url).get(checksum))).toMatchObject({ code });
    expect(server.requests).toHaveLength(1);
  });

  test("put sends all of it again", async () => {
    const large = sample(2 ** 20);
    const bodies: boolean[] = [];
    const server = await rawServer(async ({ body, socket }, i) => {
      if (i === 0) return void socket.resetAndDestroy();
      bodies.push((await body()).equals(large.bytes));
      return http(i === 1 ? 503 : 200);
    });
    await openStore(server.url, { retries: { count: 2 } }).put(large.checksum, large.bytes);
    expect(bodies).toEqual([true, true]);
  });

  test("has is asked again, too", async () => {
    const server = await rawServer((_, i) => (i === 0 ? http(503) : http(200, "[5]")));
    expect(await openStore(server.url).has([checksum])).toEqual([true]);
  });
});

describe("the wait before it", () => {
  const waits = (at: readonly number[]) => at.slice(1).map((time, i) => time - at[i]!);

  test("is doubled each time, at random between half and whole, up to a maximum", async () => {
    const { server, at } = await failing(4, 500);
    await openStore(server.url, { retries: { count: 4, firstDelay: 40, maxDelay: 100 } }).get(checksum);
    const least = [20, 40, 80, 100];
    // Timers may be early by a millisecond.
    expect(waits(at).map((wait, i) => wait >= least[i]! - 2)).toEqual([true, true, true, true]);
  });

  const HTTP_DATE = () => new Date(Date.now() + 60_000).toUTCString();
  test.each([
    ["seconds", () => "60"],
    ["a date", HTTP_DATE],
  ])("is what the server asks for, in %s, up to a maximum", async (_, value) => {
    const { server, at } = await failing(1, 503, { "retry-after": value() });
    await openStore(server.url, { retries: { maxDelay: 120 } }).get(checksum);
    expect(waits(at)[0]).toBeGreaterThanOrEqual(118);
    expect(waits(at)[0]).toBeLessThan(10_000);
  });

  test("is a second if the server says so", async () => {
    const { server, at } = await failing(1, 429, { "retry-after": "1" });
    await openStore(server.url).get(checksum);
    expect(waits(at)[0]).toBeGreaterThanOrEqual(998);
  });

  test.each(["0", "-5", "soon", "", "Thu, 01 Jan 1970 00:00:00 GMT", "9".repeat(30)])(
    "is our own if the server talks nonsense (%j)",
    { timeout: 20_000 },
    async (value) => {
      const { server } = await failing(1, 503, { "retry-after": value });
      // What it was told, if it took that for a number.
      const retries = { maxDelay: 60_000 };
      expect(await openStore(server.url, { retries }).get(checksum)).toEqual(bytes);
    },
  );

  test("ends when aborted", { timeout: 20_000 }, async () => {
    const { server } = await failing(1, 503, { "retry-after": "60" });
    const controller = new AbortController();
    const getting = rejection(openStore(server.url, { retries: { maxDelay: 60_000 } }).get(checksum, controller));
    await until(() => server.requests.length === 1);
    // The answer has to come first.
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort(new Error("enough"));
    expect(await getting).toBe(controller.signal.reason);
  });
});

test("a host that does not answer to a connection is given up in time", { timeout: 20_000 }, async () => {
  // One that takes no connections off its queue, which is short, and full.
  const script = `
    const server = require("node:net").createServer();
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      require("node:fs").writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child: ChildProcess = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [port] = await once(child.stdout!, "data");
  const fillers: Socket[] = [];
  onTestFinished(() => {
    for (const socket of fillers) socket.destroy();
  });
  for (let connected = true; connected; ) {
    const socket = connect(Number(String(port)), "127.0.0.1").on("error", () => {});
    fillers.push(socket);
    const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 200));
    connected = await Promise.race([once(socket, "connect").then(() => true), late]);
  }
  const store = openStore(`http://127.0.0.1:${port}`, { timeouts: { connect: 100 } });
  const error = await failure(store.get(checksum));
  expect([error.code, error.message]).toEqual(["STORE_FAILED", expect.stringContaining("no connection in time")]);
});
