import { createHash, hash } from "node:crypto";
import type { Hasher, Platform } from "./types.ts";

/** OpenSSL takes at most 2 GiB − 1 bytes at once; slices keep larger buffers possible, at no measurable cost. */
const SLICE = 2 ** 30;

export function hashHex(bytes: Uint8Array): string {
  // `crypto.hash` makes no hash object: three times as fast as `createHash` for small buffers.
  return bytes.byteLength <= SLICE ? hash("sha256", bytes, "hex") : hashSlices(bytes).digest("hex");
}

export function hashBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  // A copy, since callers get a plain `Uint8Array` on every platform and no view of a pool.
  return new Uint8Array(bytes.byteLength <= SLICE ? hash("sha256", bytes, "buffer") : hashSlices(bytes).digest());
}

export function createHasher(): Hasher {
  const state = createHash("sha256");
  return { update: (bytes) => updateSlices(state, bytes), digest: () => state.digest() };
}

/** OpenSSL is as fast in this thread. */
export const hashElsewhere: Platform["hashElsewhere"] = undefined;

// Files are loaded when first touched: whoever only hashes does not pay for them.
export async function readFile(path: string | URL, limit?: number): Promise<Uint8Array<ArrayBuffer>> {
  return (await import("../node/read-file.ts")).readFile(path, limit);
}

export async function writeFile(path: string | URL, data: string | Uint8Array): Promise<void> {
  await (await import("../node/write-atomic.ts")).writeAtomic(path, data);
}

({ hashBytes, hashHex, createHasher, hashElsewhere, readFile, writeFile }) satisfies Platform;

function hashSlices(bytes: Uint8Array) {
  return updateSlices(createHash("sha256"), bytes);
}

function updateSlices(state: ReturnType<typeof createHash>, bytes: Uint8Array) {
  if (bytes.byteLength <= SLICE) return state.update(bytes);
  for (let start = 0; start < bytes.byteLength; start += SLICE) state.update(bytes.subarray(start, start + SLICE));
  return state;
}
