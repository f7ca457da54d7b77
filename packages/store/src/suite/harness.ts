import { Checksum, isSeamlessError } from "@seamless/checksum";
import { concatBytes } from "@seamless/internal/bytes";
import type { Coding, Store } from "../store.ts";

/** A store to be tested, and what the tests need beside it. */
export interface StoreFixture {
  /** Writable, and empty. */
  readonly store: Store;
  /** A read-only store on the same contents. */
  readonly readOnly: Store;
  /**
   * Put bytes under a checksum behind the store's back, right or wrong: into its folder, its bucket, its database. They
   * replace what is there.
   */
  plant(checksum: Checksum, bytes: Uint8Array): void | Promise<void>;
  /**
   * The same of a compressed form, the only one that is then there. Left out where there is none.
   */
  plantEncoded?(checksum: Checksum, coding: Coding, bytes: Uint8Array): void | Promise<void>;
  /**
   * Let something lie under a checksum, behind the store's back, that cannot be read at all: a link that leads nowhere, a
   * file that the process may not read. It replaces what is there. Left out where there is no such thing.
   */
  damage?(checksum: Checksum): void | Promise<void>;
  /** Passwords and tokens that must not show in the name of the store or in its errors. */
  readonly secrets?: readonly string[] | undefined;
  /** Remove what was made; the stores have been closed. */
  dispose?(): void | Promise<void>;
}

/** One test of the suite. Throws what is wrong. */
export interface StoreCase {
  readonly name: string;
  run(fixture: StoreFixture): Promise<void>;
}

/** Bytes and their checksum. */
export interface Sample {
  readonly bytes: Uint8Array;
  readonly checksum: Checksum;
}

/** Name → length in bytes: no bytes, one, more than a page, more than any chunk. */
export const SIZES: readonly (readonly [string, number])[] = [
  ["the empty buffer", 0],
  ["one byte", 1],
  ["4,097 bytes", 4097],
  ["several MiB", 5 * 2 ** 20 + 3],
];

/** Enough to come in many chunks. */
export const LARGE = 2 ** 20 + 11;

/** The same bytes for the same arguments, and other ones for others. */
export function sample(length: number, seed = 1): Sample {
  const bytes = new Uint8Array(length);
  // Xorshift (Marsaglia 2003).
  let state = (seed * 0x9e3779b1) | 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return { bytes, checksum: Checksum.of(bytes) };
}

/** With one bit changed in the last byte. */
export function damaged(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const last = copy.byteLength - 1;
  copy[last] = (copy[last] ?? 0) ^ 1;
  return copy;
}

/** In chunks of uneven length, some of them empty. */
export async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield new Uint8Array();
  let size = 1;
  for (let at = 0; at < bytes.byteLength; ) {
    yield bytes.slice(at, at + size);
    at += size;
    size = size * 3 + 1;
    if (size > 300_000) {
      yield new Uint8Array();
      size = 70_001;
    }
  }
}

/** @throws {Error} with the message, if the condition does not hold. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Equal lists of plain values. */
export function checkList(found: readonly unknown[], expected: readonly unknown[], what: string): void {
  check(Array.isArray(found), `${what}: not an array`);
  check(found.length === expected.length, `${what}: ${found.length} answers instead of ${expected.length}`);
  const at = expected.findIndex((value, index) => found[index] !== value);
  check(at === -1, `${what}: answer ${at} is ${String(found[at])} instead of ${String(expected[at])}`);
}

/** Equal bytes. */
export function checkBytes(found: Uint8Array | undefined, expected: Uint8Array, what: string): void {
  check(found !== undefined, `${what}: missing`);
  check(found instanceof Uint8Array, `${what}: not a Uint8Array`);
  check(
    found.byteLength === expected.byteLength,
    `${what}: ${found.byteLength} bytes instead of ${expected.byteLength}`,
  );
  const at = expected.findIndex((byte, index) => found[index] !== byte);
  check(at === -1, `${what}: byte ${at} is wrong`);
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>, what: string): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`${what}: should have been refused, but succeeded`);
}

/** An error of the family, of one of these codes. */
export function checkCode(error: unknown, codes: readonly string[], what: string): void {
  check(isSeamlessError(error), `${what}: should throw a SeamlessError, threw ${String(error)}`);
  check(codes.includes(error.code), `${what}: code ${error.code} instead of ${codes.join(" or ")} (${error.message})`);
}

/** A failure to answer: an error of the family that does not claim that the buffer is missing. */
export function checkFailure(error: unknown, what: string): void {
  check(isSeamlessError(error), `${what}: should throw a SeamlessError, threw ${String(error)}`);
  const missing = error.code === "CACHE_MISS" || error.code === "NOT_FOUND";
  check(!missing, `${what}: says ${error.code}, but the buffer is there and wrong`);
}

/** The very error, or one that it is the cause of. */
export function checkComesFrom(error: unknown, origin: unknown, what: string): void {
  for (let next = error, depth = 0; depth < 8; depth++) {
    if (next === origin) return;
    next = (next as { cause?: unknown } | null | undefined)?.cause;
  }
  throw new Error(`${what}: should throw what the source threw, threw ${String(error)}`);
}

/** All four ways of asking say that the buffer is there, and right. */
export async function checkThere(store: Store, checksum: Checksum, bytes: Uint8Array): Promise<void> {
  checkList(await store.has([checksum]), [true], "has");
  checkList(await store.lengths([checksum]), [bytes.byteLength], "lengths");
  checkBytes(await store.get(checksum), bytes, "get");
  const stream = await store.getStream(checksum);
  check(stream !== undefined, "getStream: missing");
  checkBytes(await readAll(stream), bytes, "getStream");
}

/** All four ways of asking say that the buffer is missing. */
export async function checkMissing(store: Store, checksum: Checksum): Promise<void> {
  checkList(await store.has([checksum]), [false], "has");
  checkList(await store.lengths([checksum]), [undefined], "lengths");
  check((await store.get(checksum)) === undefined, "get: found what should be missing");
  check((await store.getStream(checksum)) === undefined, "getStream: found what should be missing");
}

/** What a stream gives, to its end. */
export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const { bytes, error } = await readUntilError(stream);
  if (error !== undefined) throw error.reason;
  return bytes;
}

/** What a stream gives until it ends or errors. */
export async function readUntilError(
  stream: ReadableStream<Uint8Array>,
): Promise<{ bytes: Uint8Array; error: { reason: unknown } | undefined }> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let error: { reason: unknown } | undefined;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      check(value instanceof Uint8Array, "a chunk of a stream is not a Uint8Array");
      chunks.push(value);
    }
  } catch (reason) {
    error = { reason };
  }
  return { bytes: concatBytes(chunks), error };
}
