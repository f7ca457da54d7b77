import { deferred } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { ChunkPool, LentMemory } from "../src/hashserver/node/chunk-pool.ts";

const KIB = 1024;
const CHUNK = 64 * KIB;

const full = async (into: Uint8Array) => into.byteLength;

describe("memory of chunks", () => {
  test("is used again once the client has taken one", async () => {
    const pool = new ChunkPool(16 * CHUNK);
    const memory = new LentMemory(pool, CHUNK);
    const seen = new Set<ArrayBufferLike>();
    let before: Uint8Array | undefined;
    for (let i = 0; i < 1000; i++) {
      const chunk = await memory.fill(CHUNK, full);
      seen.add(chunk.buffer);
      if (before !== undefined) memory.release(before);
      before = chunk;
    }
    expect([seen.size, memory.held, pool.lent, pool.kept]).toEqual([2, CHUNK, CHUNK, CHUNK]);
  });

  test("a chunk has as many bytes as were written", async () => {
    const memory = new LentMemory(new ChunkPool(16 * CHUNK), CHUNK);
    const first = await memory.fill(CHUNK, async (into) => into.fill(1).byteLength);
    memory.release(first);
    const chunk = await memory.fill(100, async (into) => {
      expect(into.byteLength).toBe(100);
      into.set([2, 3]);
      return 2;
    });
    expect([...chunk]).toEqual([2, 3]);
  });

  test("comes back with the end of the stream, but not while the system writes into it", async () => {
    const pool = new ChunkPool(16 * CHUNK);
    const memory = new LentMemory(pool, CHUNK);
    await memory.fill(CHUNK, full);
    const written = deferred();
    const filling = memory.fill(CHUNK, async () => {
      await written.promise;
      return 1;
    });
    memory.end();
    expect([pool.lent, pool.kept]).toEqual([2 * CHUNK, 0]);
    written.resolve();
    await filling;
    expect(pool.lent).toBe(0);
    // What is asked for after that is nobody else's.
    const late = await memory.fill(CHUNK, full);
    memory.release(late);
    expect([late.byteLength, pool.lent]).toEqual([CHUNK, 0]);
  });

  test("comes back with the end where it could not be filled", async () => {
    const pool = new ChunkPool(16 * CHUNK);
    const memory = new LentMemory(pool, CHUNK);
    await expect(memory.fill(CHUNK, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    memory.end();
    expect(pool.lent).toBe(0);
  });

  test("what is not of it is left alone, and what is too large has its own", async () => {
    const pool = new ChunkPool(16 * CHUNK);
    const memory = new LentMemory(pool, CHUNK);
    const large = await memory.fill(CHUNK + 1, full);
    memory.release(large);
    memory.release(new Uint8Array(CHUNK));
    expect([large.byteLength, pool.lent, pool.kept]).toEqual([CHUNK + 1, 0, 0]);
  });

  test("a stream whose chunks are never given back has few of them, and then memory of its own", async () => {
    const pool = new ChunkPool(16 * CHUNK);
    const memory = new LentMemory(pool, CHUNK);
    const chunks = await Promise.all(Array.from({ length: 10 }, () => memory.fill(CHUNK, full)));
    expect([new Set(chunks.map(({ buffer }) => buffer)).size, memory.held]).toEqual([10, 4 * CHUNK]);
    memory.release(chunks[0]!);
    memory.release(chunks[9]!);
    expect(memory.held).toBe(3 * CHUNK);
    memory.end();
    expect([pool.lent, memory.held]).toEqual([0, 0]);
  });

  test("what is kept has a limit, together with what is lent; little is kept for nobody", async () => {
    const pool = new ChunkPool(16 * CHUNK);
    const streams = Array.from({ length: 20 }, () => new LentMemory(pool, CHUNK));
    const other = Array.from({ length: 5 }, () => new LentMemory(pool, 2 * CHUNK));
    const chunks = await Promise.all(streams.map((stream) => stream.fill(CHUNK, full)));
    expect([pool.lent, pool.kept]).toEqual([20 * CHUNK, 0]);
    for (const [i, chunk] of chunks.slice(0, 18).entries()) streams[i]!.release(chunk);
    expect([pool.lent, pool.kept]).toEqual([2 * CHUNK, 14 * CHUNK]);
    // Of another size.
    for (const stream of other) await stream.fill(2 * CHUNK, full);
    expect([pool.lent, pool.kept]).toEqual([12 * CHUNK, 4 * CHUNK]);
    for (const stream of [...streams, ...other]) stream.end();
    expect([pool.lent, pool.kept <= CHUNK]).toEqual([0, true]);
  });
});
