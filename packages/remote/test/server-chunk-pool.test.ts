import { describe, expect, test } from "vitest";
import { ChunkPool, LentMemory } from "../src/hashserver/node/chunk-pool.ts";
import { Signal } from "./support/server-fixture.ts";

const KIB = 1024;
const PIECE = 64 * KIB;

const full = async (into: Uint8Array) => into.byteLength;

describe("memory of pieces", () => {
  test("is used again once the client has taken one", async () => {
    const pool = new ChunkPool(16 * PIECE);
    const memory = new LentMemory(pool, PIECE);
    const seen = new Set<ArrayBufferLike>();
    let before: Uint8Array | undefined;
    for (let i = 0; i < 1000; i++) {
      const piece = await memory.fill(PIECE, full);
      seen.add(piece.buffer);
      if (before !== undefined) memory.release(before);
      before = piece;
    }
    expect([seen.size, memory.held, pool.lent, pool.kept]).toEqual([2, PIECE, PIECE, PIECE]);
  });

  test("a piece has as many bytes as were written", async () => {
    const memory = new LentMemory(new ChunkPool(16 * PIECE), PIECE);
    const first = await memory.fill(PIECE, async (into) => into.fill(1).byteLength);
    memory.release(first);
    const piece = await memory.fill(100, async (into) => {
      expect(into.byteLength).toBe(100);
      into.set([2, 3]);
      return 2;
    });
    expect([...piece]).toEqual([2, 3]);
  });

  test("comes back with the end of the stream, but not while the system writes into it", async () => {
    const pool = new ChunkPool(16 * PIECE);
    const memory = new LentMemory(pool, PIECE);
    await memory.fill(PIECE, full);
    const written = new Signal();
    const filling = memory.fill(PIECE, async () => {
      await written.promise;
      return 1;
    });
    memory.end();
    expect([pool.lent, pool.kept]).toEqual([2 * PIECE, 0]);
    written.resolve();
    await filling;
    expect(pool.lent).toBe(0);
    // What is asked for after that is nobody else's.
    const late = await memory.fill(PIECE, full);
    memory.release(late);
    expect([late.byteLength, pool.lent]).toEqual([PIECE, 0]);
  });

  test("comes back with the end where it could not be filled", async () => {
    const pool = new ChunkPool(16 * PIECE);
    const memory = new LentMemory(pool, PIECE);
    await expect(memory.fill(PIECE, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    memory.end();
    expect(pool.lent).toBe(0);
  });

  test("what is not of it is left alone, and what is too large has its own", async () => {
    const pool = new ChunkPool(16 * PIECE);
    const memory = new LentMemory(pool, PIECE);
    const large = await memory.fill(PIECE + 1, full);
    memory.release(large);
    memory.release(new Uint8Array(PIECE));
    expect([large.byteLength, pool.lent, pool.kept]).toEqual([PIECE + 1, 0, 0]);
  });

  test("a stream whose pieces are never given back has few of them, and then memory of its own", async () => {
    const pool = new ChunkPool(16 * PIECE);
    const memory = new LentMemory(pool, PIECE);
    const pieces = await Promise.all(Array.from({ length: 10 }, () => memory.fill(PIECE, full)));
    expect([new Set(pieces.map(({ buffer }) => buffer)).size, memory.held]).toEqual([10, 4 * PIECE]);
    memory.release(pieces[0]!);
    memory.release(pieces[9]!);
    expect(memory.held).toBe(3 * PIECE);
    memory.end();
    expect([pool.lent, memory.held]).toEqual([0, 0]);
  });

  test("what is kept has a limit, together with what is lent; little is kept for nobody", async () => {
    const pool = new ChunkPool(16 * PIECE);
    const streams = Array.from({ length: 20 }, () => new LentMemory(pool, PIECE));
    const other = Array.from({ length: 5 }, () => new LentMemory(pool, 2 * PIECE));
    const pieces = await Promise.all(streams.map((stream) => stream.fill(PIECE, full)));
    expect([pool.lent, pool.kept]).toEqual([20 * PIECE, 0]);
    for (const [i, piece] of pieces.slice(0, 18).entries()) streams[i]!.release(piece);
    expect([pool.lent, pool.kept]).toEqual([2 * PIECE, 14 * PIECE]);
    // Of another size.
    for (const stream of other) await stream.fill(2 * PIECE, full);
    expect([pool.lent, pool.kept]).toEqual([12 * PIECE, 4 * PIECE]);
    for (const stream of [...streams, ...other]) stream.end();
    expect([pool.lent, pool.kept <= PIECE]).toEqual([0, true]);
  });
});
