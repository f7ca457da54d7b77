import { linkSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Checksum } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { type ChunkMemory, joinChunks, type Store, streamChunks } from "@seamless/store";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { hashserverHandler } from "../src/hashserver/index.ts";
import { fileOf } from "./support/folder.ts";
import { sample } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

/** Large enough to be streamed, in some chunks. */
const SIZE = 2 ** 22;
const { bytes, checksum } = sample(SIZE);

/** Changes what is read on its way: whoever hashes it sees that. */
const FAULTY: ChunkMemory = {
  async fill(size, write) {
    const chunk = new Uint8Array(size);
    const filled = chunk.subarray(0, await write(chunk));
    if (filled.byteLength > 0) filled[0]! ^= 1;
    return filled;
  },
};

async function read(store: Store, options = {}): Promise<Uint8Array> {
  return joinChunks(streamChunks((await store.getStream(checksum, { reverify: false, ...options }))!));
}

/** Are the bytes hashed on their way? */
async function isHashed(store: Store, options = {}): Promise<boolean> {
  return read(store, { memory: FAULTY, ...options }).then(
    () => false,
    (error) => {
      expect(error).toMatchObject({ code: "CHECKSUM_MISMATCH" });
      return true;
    },
  );
}

/** A time at which nobody has written to a file for some seconds: the change time of a file cannot be set. */
function letTimePass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

async function overwrite(folder: string, of: Checksum, at: number): Promise<void> {
  const file = await open(fileOf(folder, of), "r+");
  await file.write(Uint8Array.of(bytes[at]! ^ 1), 0, 1, at);
  await file.close();
}

/** A folder with the buffer, put some time ago. */
async function filled() {
  const folder = tempDir();
  const store = directoryStore(folder);
  await store.put(checksum, bytes);
  letTimePass(10_000);
  return { folder, store };
}

/** One in which it was hashed already. */
async function proven() {
  const made = await filled();
  expect(await read(made.store)).toEqual(bytes);
  return made;
}

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() }));
afterEach(() => vi.useRealTimers());

describe("a file that was hashed, and is unchanged, is not hashed again", () => {
  test("by the same store, where it may do without", async () => {
    const { folder, store } = await proven();
    expect(await isHashed(store)).toBe(false);
    expect(await read(store)).toEqual(bytes);
    expect(await isHashed(store, { reverify: true })).toBe(true);
    expect(await isHashed(store, { reverify: undefined })).toBe(true);
    expect(await isHashed(directoryStore(folder))).toBe(true);
  });

  test("one that was never read to its end is", async () => {
    const { store } = await filled();
    expect(await isHashed(store)).toBe(true);
    const stream = await store.getStream(checksum, { reverify: false });
    for await (const _ of streamChunks(stream!)) break;
    expect(await isHashed(store)).toBe(true);
  });

  test("for an hour, since disks forget", async () => {
    const { store } = await proven();
    letTimePass(3_590_000);
    expect(await isHashed(store)).toBe(false);
    letTimePass(10_000);
    expect(await isHashed(store)).toBe(true);
  });

  test("not if the clock was set back", async () => {
    const { store } = await proven();
    letTimePass(-60_000);
    expect(await isHashed(store)).toBe(true);
  });

  test("one that was written a moment before is: a second write in the same tick would not show", async () => {
    vi.useRealTimers();
    const store = directoryStore(tempDir());
    await store.put(checksum, bytes);
    await read(store);
    expect(await isHashed(store)).toBe(true);
  });
});

test("a hashserver hashes a buffer for the first client, and breaks off what was changed since", async () => {
  const { folder, store } = await filled();
  const handler = hashserverHandler({ store });
  const ask = async (memory: ChunkMemory | undefined) => {
    const reserve = memory && (() => Promise.resolve({ chunkSize: 2 ** 20, memory }));
    const { body } = await handler({ method: "GET", url: `/${checksum.hex()}`, headers: {}, body: null, reserve });
    return joinChunks(streamChunks(body as ReadableStream<Uint8Array>));
  };
  expect(await rejection(ask(FAULTY))).toMatchObject({ code: "CHECKSUM_MISMATCH" });
  expect(await ask(undefined)).toEqual(bytes);
  expect((await ask(FAULTY)).byteLength).toBe(SIZE);
  await overwrite(folder, checksum, SIZE - 1);
  expect(await rejection(ask(undefined))).toMatchObject({ code: "CHECKSUM_MISMATCH" });
});

describe("a change shows", () => {
  test.each([0, SIZE / 2, SIZE - 1])("in byte %i", async (at) => {
    const { folder, store } = await proven();
    await overwrite(folder, checksum, at);
    expect(await rejection(read(store))).toMatchObject({ code: "CHECKSUM_MISMATCH" });
  });

  test("with the time of writing set back", async () => {
    const { folder, store } = await proven();
    const { atime, mtime } = statSync(fileOf(folder, checksum));
    await overwrite(folder, checksum, 7);
    utimesSync(fileOf(folder, checksum), atime, mtime);
    expect(await rejection(read(store))).toMatchObject({ code: "CHECKSUM_MISMATCH" });
  });

  test("in another file that has taken its place", async () => {
    const { folder, store } = await proven();
    const other = join(folder, "other");
    writeFileSync(other, new Uint8Array(SIZE));
    renameSync(other, fileOf(folder, checksum));
    expect(await rejection(read(store))).toMatchObject({ code: "CHECKSUM_MISMATCH" });
  });

  test("while it is read, before the last chunk is given", async () => {
    const { folder, store } = await proven();
    const stream = await store.getStream(checksum, { reverify: false });
    let given = 0;
    const all = (async () => {
      for await (const chunk of streamChunks(stream!)) {
        if (given === 0) await overwrite(folder, checksum, SIZE - 1);
        given += chunk.byteLength;
      }
    })();
    expect(await rejection(all)).toMatchObject({ code: "CHECKSUM_MISMATCH" });
    expect(given).toBeLessThan(SIZE);
  });

  test("between the look for it and the opening", async () => {
    const { folder, store } = await proven();
    const stream = await store.getStream(checksum, { reverify: false });
    await overwrite(folder, checksum, 0);
    expect(await rejection(joinChunks(streamChunks(stream!)))).toMatchObject({ code: "CHECKSUM_MISMATCH" });
  });

  test("but one that was only touched, or got a second name, while it is read is given", async () => {
    const { folder, store } = await proven();
    const stream = await store.getStream(checksum, { reverify: false });
    const chunks: Uint8Array[] = [];
    for await (const chunk of streamChunks(stream!)) {
      if (chunks.length === 0) linkSync(fileOf(folder, checksum), join(folder, "second"));
      await store.touch!([checksum]);
      chunks.push(chunk);
    }
    expect(new Uint8Array(Buffer.concat(chunks))).toEqual(bytes);
  });
});
