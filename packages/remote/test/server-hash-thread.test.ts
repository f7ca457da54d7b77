import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { folderThread } from "../src/directory/folder-thread.ts";
import { directoryStore } from "../src/directory/index.ts";
import { fileOf, plant } from "./support/folder.ts";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve, until } from "./support/server-fixture.ts";
import { tempDir } from "./support/temp.ts";

const { threads } = vi.hoisted(() => ({ threads: [] as Worker[] }));

vi.mock("node:worker_threads", async (original) =>
  (await import("./support/built-workers.ts")).builtWorkers(await original(), threads),
);
// With one processor there would be nothing to share.
vi.mock("node:os", async (original) => ({
  ...(await original<typeof import("node:os")>()),
  availableParallelism: () => 2,
}));

beforeAll(() => until(() => folderThread.isReady(10)));

const hash = vi.spyOn(folderThread, "hash");
afterEach(() => void hash.mockClear());

const LARGE = [1, 2, 3].map((seed) => sample(20_000_000 + seed, seed));

async function served() {
  const folder = tempDir();
  for (const { checksum, bytes } of LARGE) plant(fileOf(folder, checksum), bytes);
  return { folder, ...(await serve({ store: directoryStore(folder, { writable: false }) })) };
}

/** What the thread was asked for: the lengths of chunks, and words. */
const asked = () => hash.mock.calls.map(([{ next }]) => (typeof next === "string" ? next : next.byteLength));

test("large buffers, several at a time, are hashed in the thread, each chunk in memory that it shares", async () => {
  const { url } = await served();
  const answers = await Promise.all(
    [...LARGE, ...LARGE].map(async ({ checksum, bytes }) => {
      const response = await fetch(url + checksum.hex());
      return Buffer.from(await response.arrayBuffer()).equals(bytes);
    }),
  );
  expect(answers).toEqual(Array(6).fill(true));
  const total = asked().reduce<number>((sum, each) => sum + (typeof each === "string" ? 0 : each), 0);
  expect(total).toBe(2 * LARGE.reduce((sum, { bytes }) => sum + bytes.byteLength, 0));
  expect(asked().filter((each) => each === "digest")).toHaveLength(6);
  const chunks = hash.mock.calls.flatMap(([{ next }]) => (typeof next === "string" ? [] : [next]));
  expect(chunks.every(({ buffer }) => buffer instanceof SharedArrayBuffer)).toBe(true);
});

test("one whose bytes are wrong is never sent to its end", async () => {
  const { folder, url, errors } = await served();
  const { checksum, bytes } = LARGE[0]!;
  const wrong = new Uint8Array(bytes);
  wrong[10_000_000]! ^= 1;
  writeFileSync(fileOf(folder, checksum), wrong);
  const response = await fetch(url + checksum.hex());
  const arrived = response.arrayBuffer().then(({ byteLength }) => byteLength);
  await expect(arrived).rejects.toThrow();
  expect(asked().at(-1)).toBe("digest");
  expect(errors.map(({ code }) => code)).toEqual(["CHECKSUM_MISMATCH"]);
});

test("of one whose client has gone, the thread keeps nothing", async () => {
  const { port } = await served();
  const client = await rawClient(port);
  client.socket.pause();
  await client.write(aiohttp("GET", `/${LARGE[1]!.checksum.hex()}`, port));
  await until(() => asked().length > 1);
  client.socket.destroy();
  await until(() => asked().includes("forget"));
  expect(asked()).not.toContain("digest");
});

test("when the thread ends, what it hashes is broken off, and all that comes after is hashed without it", async () => {
  const { url, port, errors } = await served();
  const { checksum, bytes } = LARGE[2]!;
  const client = await rawClient(port);
  client.socket.pause();
  await client.write(aiohttp("GET", `/${checksum.hex()}`, port));
  await until(() => asked().length > 1);
  await threads[0]!.terminate();
  client.socket.resume();
  await once(client.socket, "close");
  expect(errors.map(({ message }) => message)).toEqual(["the thread that hashes has ended"]);
  hash.mockClear();
  const response = await fetch(url + checksum.hex());
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  expect(asked()).toEqual([]);
});
