import { sha256 } from "@noble/hashes/sha2.js";
import { showPath } from "@seamless/internal/text";
import { SeamlessError } from "../errors.ts";
import { toHex } from "../hex.ts";
import type { Hasher, Platform } from "./types.ts";

export function hashBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256(bytes) as Uint8Array<ArrayBuffer>;
}

export function hashHex(bytes: Uint8Array): string {
  return toHex(sha256(bytes));
}

export function createHasher(): Hasher {
  return sha256.create();
}

export async function readFile(path: string | URL, _limit?: number): Promise<never> {
  throw noFiles("read", path);
}

export async function writeFile(path: string | URL, _data: string | Uint8Array): Promise<never> {
  throw noFiles("write", path);
}

({ hashBytes, hashHex, createHasher, readFile, writeFile }) satisfies Platform;

function noFiles(verb: string, path: string | URL): SeamlessError {
  const file = String(path);
  return new SeamlessError("UNSUPPORTED", `cannot ${verb} ${showPath(file)}: a browser has no files; use Node`, {
    file,
  });
}
