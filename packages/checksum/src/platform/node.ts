import type { Hash } from "node:crypto";
import { nodeCrypto } from "@seamless/internal/builtins";

/** OpenSSL takes at most 2 GiB − 1 bytes at once; slices keep larger buffers possible, at no measurable cost. */
const SLICE = 2 ** 30;

export function hashHex(bytes: Uint8Array): string {
  // `crypto.hash` makes no hash object: three times as fast as `createHash` for small buffers.
  return bytes.byteLength <= SLICE ? nodeCrypto().hash("sha256", bytes, "hex") : hashSlices(bytes).digest("hex");
}

export function hashBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  // A copy, since callers get a plain `Uint8Array` on every platform and no view of a pool.
  return new Uint8Array(
    bytes.byteLength <= SLICE ? nodeCrypto().hash("sha256", bytes, "buffer") : hashSlices(bytes).digest(),
  );
}

export function createHasher(): Hasher {
  const state = nodeCrypto().createHash("sha256");
  return { update: (bytes) => updateSlices(state, bytes), digest: () => state.digest() };
}

/** OpenSSL is as fast in this thread. */
export const hashElsewhere: Platform["hashElsewhere"] = undefined;

// Loaded with the first file: code that only hashes does not pay for it.
export async function readFile(path: string | URL, limit?: number): Promise<Uint8Array<ArrayBuffer>> {
  return (await import("../node/read-file.ts")).readFile(path, limit);
}

export async function writeFile(path: string | URL, data: string | Uint8Array): Promise<void> {
  await (await import("../node/write-atomic.ts")).writeAtomic(path, data);
}

({ hashBytes, hashHex, createHasher, hashElsewhere, readFile, writeFile }) satisfies Platform;

function hashSlices(bytes: Uint8Array) {
  return updateSlices(nodeCrypto().createHash("sha256"), bytes);
}

function updateSlices(state: Hash, bytes: Uint8Array) {
  if (bytes.byteLength <= SLICE) return state.update(bytes);
  for (let start = 0; start < bytes.byteLength; start += SLICE) state.update(bytes.subarray(start, start + SLICE));
  return state;
}

/** What differs between Node and browsers; `#platform` in package.json chooses by export condition. */
export interface Platform {
  /** 32 bytes. */
  hashBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  /** The same as 64 lowercase hex digits. */
  hashHex(bytes: Uint8Array): string;
  createHasher(): Hasher;
  /**
   * 32 bytes, hashed in another thread than this one. Missing where the platform has no reason to.
   *
   * @returns resolves to `undefined` if that cannot be done, or is not worth the while, for these bytes.
   */
  readonly hashElsewhere: ((bytes: Uint8Array) => Promise<Uint8Array | undefined>) | undefined;
  /** The bytes of a file of at most `limit` bytes. */
  readFile(path: string | URL, limit?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Replace a file, whole or not at all. */
  writeFile(path: string | URL, data: string | Uint8Array): Promise<void>;
}

/** The platform's incremental SHA-256, unguarded. */
export interface Hasher {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}
