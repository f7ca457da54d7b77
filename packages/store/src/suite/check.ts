import { type Checksum, isSeamlessError } from "@seamless/checksum";
import type { Store } from "../store.ts";

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
  const pieces: Uint8Array[] = [];
  let error: { reason: unknown } | undefined;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      check(value instanceof Uint8Array, "a piece of a stream is not a Uint8Array");
      pieces.push(value);
    }
  } catch (reason) {
    error = { reason };
  }
  return { bytes: concat(pieces), error };
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.byteLength;
  }
  return all;
}
