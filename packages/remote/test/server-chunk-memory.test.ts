import type { ChunkMemory, Store } from "@seamless/store";
import { expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { tieredStore } from "../src/tiered/tiered-store.ts";
import { fileOf, plant } from "./support/folder.ts";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve, until } from "./support/server-fixture.ts";
import { tempDir } from "./support/temp.ts";

const LARGE = sample(20_000_000, 1);

/** A store, and the memory that its streams were given. */
function watched(store: Store) {
  // Where chunks lay.
  const used = new Set<string>();
  const blocks: ArrayBufferLike[] = [];
  const blockOf = ({ buffer }: Uint8Array) => {
    if (!blocks.includes(buffer)) blocks.push(buffer);
    return blocks.indexOf(buffer);
  };
  let chunks = 0;
  const watching = (memory: ChunkMemory): ChunkMemory => ({
    async fill(size, write) {
      const chunk = await memory.fill(size, write);
      used.add(`${blockOf(chunk)}, ${chunk.byteOffset}`);
      chunks += 1;
      return chunk;
    },
  });
  const getStream: Store["getStream"] = (checksum, options = {}) =>
    store.getStream(checksum, { ...options, memory: options.memory && watching(options.memory) });
  return { store: { ...store, getStream }, used, chunks: () => chunks };
}

function folderWith({ checksum, bytes }: typeof LARGE): Store {
  const folder = tempDir();
  plant(fileOf(folder, checksum), bytes);
  return directoryStore(folder, { writable: false });
}

const stores: [string, () => Store][] = [
  ["a folder", () => folderWith(LARGE)],
  [
    "several folders",
    () => tieredStore([directoryStore(tempDir(), { writable: false }), folderWith(LARGE)], { backfill: false }),
  ],
];

test.each(stores)("%s: chunks of one answer after the other lie in the same memory", async (_, create) => {
  const { store, used, chunks } = watched(create());
  const { url } = await serve({ store });
  for (let i = 0; i < 3; i++) {
    const response = await fetch(`${url}${LARGE.checksum.hex()}`);
    expect(Buffer.from(await response.arrayBuffer()).equals(LARGE.bytes)).toBe(true);
  }
  expect(chunks()).toBeGreaterThanOrEqual(3 * 20);
  // Some while one is read, verified and sent; of those, not all are kept when nobody asks.
  expect(used.size).toBeLessThanOrEqual(10);
});

test("what clients that have gone had not read comes back", async () => {
  const { store, used, chunks } = watched(folderWith(LARGE));
  const { port } = await serve({ store });
  for (let i = 0; i < 10; i++) {
    const client = await rawClient(port);
    client.socket.pause();
    await client.write(aiohttp("GET", `/${LARGE.checksum.hex()}`, port));
    const before = chunks();
    await until(() => chunks() > before + 2);
    client.socket.destroy();
    // The next one is served after the end of this one was seen.
    const next = await rawClient(port);
    await next.write(aiohttp("GET", "/healthcheck", port));
    await next.response();
    next.socket.destroy();
  }
  // Each of them had two or three, at the same time at most some of them.
  expect(used.size).toBeLessThanOrEqual(12);
});

test("clients that have gone before they could be given any hold nothing", async () => {
  const { lengths, ...folder } = folderWith(LARGE);
  let asked = 0;
  const store: Store = {
    ...folder,
    async lengths(checksums) {
      asked += 1;
      const found = await lengths(checksums);
      // A store that does not hear that nobody waits any more.
      await new Promise((resolve) => setTimeout(resolve, 50));
      return found;
    },
  };
  // For four streams.
  const { url, port } = await serve({ store, outflowBytes: 2 ** 21 });
  const clients = Array.from({ length: 20 }, async () => {
    const client = await rawClient(port);
    await client.write(aiohttp("GET", `/${LARGE.checksum.hex()}`, port));
    return client;
  });
  for (const client of await Promise.all(clients)) client.reset();
  await until(() => asked === 20);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const response = await fetch(`${url}${LARGE.checksum.hex()}`);
  expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, LARGE.bytes.byteLength]);
});

/** One that asks for a buffer and does not read it until it is told to. */
async function pausedClient(port: number, { checksum }: typeof LARGE) {
  const client = await rawClient(port);
  client.socket.pause();
  await client.write(aiohttp("GET", `/${checksum.hex()}`, port));
  return client;
}

test("who pauses, or is cut off, has read bytes of no other answer", async () => {
  const folder = tempDir();
  const samples = Array.from({ length: 5 }, (_, i) => sample(8_000_000, 10 + i));
  for (const { checksum, bytes } of samples) plant(fileOf(folder, checksum), bytes);
  const { store, used, chunks } = watched(directoryStore(folder, { writable: false }));
  // For four streams.
  const { port } = await serve({ store, outflowBytes: 2 ** 21 });
  const slow = [];
  for (let i = 0; i < 12; i++) {
    const own = samples[i % samples.length]!;
    const before = chunks();
    slow.push({ own, client: await pausedClient(port, own) });
    // Who reads on, so that the memory of all is used again and again.
    const other = samples[(i + 1) % samples.length]!;
    const response = await fetch(`http://127.0.0.1:${port}/${other.checksum.hex()}`);
    if (response.status === 200) {
      expect(Buffer.from(await response.arrayBuffer()).equals(other.bytes)).toBe(true);
      expect(chunks()).toBeGreaterThan(before + 100);
    } else expect([response.status, await response.text()]).toEqual([503, "The server is busy.\n"]);
  }
  const lengths = [];
  for (const { own, client } of slow) {
    client.socket.resume();
    const { status, body } = await client.response();
    client.socket.destroy();
    if (status === 503) continue;
    expect(body.equals(own.bytes.subarray(0, body.byteLength))).toBe(true);
    lengths.push(body.byteLength);
  }
  // Some of both.
  const whole = lengths.filter((length) => length === 8_000_000).length;
  expect([whole > 0, whole < lengths.length, used.size < chunks() / 10]).toEqual([true, true, true]);
});

test("tiers that are still to be filled keep their chunks", async () => {
  const { store, used } = watched(folderWith(LARGE));
  const tiers = tieredStore([directoryStore(tempDir(), { writable: true }), store], { backfill: true });
  const { url } = await serve({ store: tiers });
  const response = await fetch(`${url}${LARGE.checksum.hex()}`);
  expect(Buffer.from(await response.arrayBuffer()).equals(LARGE.bytes)).toBe(true);
  expect(used.size).toBe(0);
  await tiers.close?.();
});
