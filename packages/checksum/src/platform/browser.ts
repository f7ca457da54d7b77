import { sha256 } from "@noble/hashes/sha2.js";
import { toHex } from "@seamless/internal/bytes";
import { showPath } from "@seamless/internal/text";
import { SeamlessError } from "../errors.ts";
import type { Hasher, Platform } from "./node.ts";

export function hashBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256(bytes) as Uint8Array<ArrayBuffer>;
}

export function hashHex(bytes: Uint8Array): string {
  return toHex(sha256(bytes));
}

export function createHasher(): Hasher {
  return sha256.create();
}

/** In bytes: asking WebCrypto takes as long as hashing this. */
const WORTH_ASKING = 16_384;
/** In bytes: what every browser can copy. */
const MOST = 2 ** 30;

/**
 * WebCrypto is ten times as fast as JavaScript, and missing in pages that came by plain http. What it rejects, for want of
 * memory or for the kind of memory, can still be hashed here.
 */
export async function hashElsewhere(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined || bytes.byteLength <= WORTH_ASKING || bytes.byteLength > MOST) return undefined;
  try {
    return new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  } catch {
    return undefined;
  }
}

export async function readFile(path: string | URL, _limit?: number): Promise<never> {
  throw noFilesError("read", path);
}

export async function writeFile(path: string | URL, _data: string | Uint8Array): Promise<never> {
  throw noFilesError("write", path);
}

({ hashBytes, hashHex, createHasher, hashElsewhere, readFile, writeFile }) satisfies Platform;

function noFilesError(verb: string, path: string | URL): SeamlessError {
  const file = String(path);
  return new SeamlessError("UNSUPPORTED", `cannot ${verb} ${showPath(file)}: a browser has no files; use Node`, {
    file,
  });
}
