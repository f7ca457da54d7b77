import { sha256 } from "@noble/hashes/sha2.js";
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

export async function readTextFile(path: string | URL): Promise<never> {
  throw noFiles("read", path);
}

export async function writeTextFile(path: string | URL, _text: string): Promise<never> {
  throw noFiles("write", path);
}

({ hashBytes, hashHex, createHasher, readTextFile, writeTextFile }) satisfies Platform;

function noFiles(verb: string, path: string | URL): SeamlessError {
  return new SeamlessError("UNSUPPORTED", `cannot ${verb} ${path}: a browser has no files; use Node`, {
    file: String(path),
  });
}
