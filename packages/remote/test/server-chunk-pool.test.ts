import { deferred } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { ChunkPool, LentMemory } from "../src/hashserver/node/chunk-pool.ts";

const KIB = 1024;
const CHUNK = 64 * KIB;
/** What memory is taken in. */
const BLOCK = 1024 * KIB;

const full = async (into: Uint8Array) => into.byteLength;

describe("memory of chunks", () => {
  test("is used again once the client has taken one", async () => {
    const pool = new ChunkPool(16 * CHUNK);
    const memory = new LentMemory(pool, CHUNK);
    const seen = new Set<number>();
    let before: Uint8Array | undefined;
    for (let i = 0; i < 1000; i++) {
      const chunk = await memory.fill(CHUNK, full);
      seen.add(chunk.byteOffset);
      if (before !== undefined) memory.release(before);
      before = chunk;
    }
    expect([seen.size, memory.held, pool.lent, pool.kept]).toEqual([2, CHUNK, CHUNK, BLOCK - CHUNK]);
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
    expect([pool.lent, pool.kept]).toEqual([2 * CHUNK, BLOCK - 2 * CHUNK]);
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
    const places = chunks.map(({ buffer, byteOffset }) => (buffer.byteLength === BLOCK ? byteOffset : buffer));
    expect([new Set(places).size, memory.held]).toEqual([10, 4 * CHUNK]);
    memory.release(chunks[0]!);
    memory.release(chunks[9]!);
    expect(memory.held).toBe(3 * CHUNK);
    memory.end();
    expect([pool.lent, memory.held]).toEqual([0, 0]);
  });

  test("chunks that are lent at the same time share no byte, of whatever sizes", async () => {
    const pool = new ChunkPool(16 * BLOCK);
    const sizes = [
      ...Array<number>(9).fill(CHUNK),
      4 * CHUNK,
      4 * CHUNK,
      BLOCK,
      3 * CHUNK,
      3 * CHUNK,
      2 * BLOCK,
      100,
      100,
    ];
    const streams = sizes.map((size) => new LentMemory(pool, size));
    const lent = new Map<number, Uint8Array>();
    for (let i = 0; i < 2000; i++) {
      const who = (i * 7919) % sizes.length;
      const chunk = lent.get(who);
      if (chunk === undefined) {
        lent.set(who, await streams[who]!.fill(sizes[who]!, async (into) => into.fill(who).byteLength));
      } else if (i % 3 > 0) {
        expect(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).equals(Buffer.alloc(sizes[who]!, who))).toBe(
          true,
        );
        streams[who]!.release(chunk);
        lent.delete(who);
      }
    }
    for (const stream of streams) stream.end();
    expect(pool.lent).toBe(0);
  });

  test("memory of large chunks becomes that of small ones, and the other way round", async () => {
    const pool = new ChunkPool(64 * BLOCK);
    const fillAll = (streams: readonly LentMemory[], size: number) =>
      Promise.all(streams.map((stream) => stream.fill(size, full)));
    for (let round = 0; round < 3; round++) {
      for (const size of [BLOCK, CHUNK, 256 * KIB]) {
        const streams = Array.from({ length: (8 * BLOCK) / size }, () => new LentMemory(pool, size));
        const memory = new Set((await fillAll(streams, size)).map(({ buffer }) => buffer));
        expect([memory.size, pool.lent, pool.kept]).toEqual([8, 8 * BLOCK, 0]);
        for (const stream of streams) stream.end();
        expect(pool.kept).toBe(4 * BLOCK);
      }
    }
  });

  test("a block is not left half empty while another one is begun", async () => {
    const pool = new ChunkPool(64 * BLOCK);
    const memory = Array.from({ length: 64 }, () => new LentMemory(pool, CHUNK));
    const chunks = await Promise.all(memory.map((stream) => stream.fill(CHUNK, full)));
    // One of each block stays.
    for (const [i, chunk] of chunks.entries()) if (i % 16 > 0) memory[i]!.release(chunk);
    for (const [i, stream] of memory.entries()) if (i % 16 > 0) await stream.fill(CHUNK, full);
    expect([pool.lent, pool.kept]).toEqual([4 * BLOCK, 0]);
  });

  test("what is kept has a limit, together with what is lent; little is kept for nobody", async () => {
    const pool = new ChunkPool(16 * BLOCK);
    const streams = Array.from({ length: 20 }, () => new LentMemory(pool, BLOCK));
    const chunks = await Promise.all(streams.map((stream) => stream.fill(BLOCK, full)));
    expect([pool.lent, pool.kept]).toEqual([20 * BLOCK, 0]);
    for (const [i, chunk] of chunks.slice(0, 18).entries()) streams[i]!.release(chunk);
    expect([pool.lent, pool.kept]).toEqual([2 * BLOCK, 14 * BLOCK]);
    for (const stream of streams) stream.end();
    expect([pool.lent, pool.kept]).toEqual([0, BLOCK]);
  });

  test("one stream after the other has the same block, however low the limit", async () => {
    const pool = new ChunkPool(CHUNK);
    const seen = new Set<ArrayBufferLike>();
    for (let i = 0; i < 10; i++) {
      const memory = new LentMemory(pool, CHUNK);
      seen.add((await memory.fill(CHUNK, full)).buffer);
      memory.end();
    }
    expect([seen.size, pool.lent, pool.kept]).toEqual([1, 0, BLOCK]);
  });
});
