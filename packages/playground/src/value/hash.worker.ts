import { Checksum, createSha256 } from "@seamless/checksum";
import { expose, type ProxyMarked } from "comlink";

/** Bytes that are in memory at a time. */
const SLICE = 2 ** 22;
/** Milliseconds between two messages on how far it is. */
const INTERVAL = 50;

/** Called with the number of bytes that have been hashed. */
export type OnHashed = ((bytes: number) => void) & ProxyMarked;

/**
 * The checksum of a blob of any length, read slice by slice.
 *
 * @returns 64 hex digits.
 */
async function hashBlob(blob: Blob, onHashed: OnHashed): Promise<string> {
  const hash = createSha256();
  let told = performance.now();
  for (let at = 0; at < blob.size; at += SLICE) {
    hash.update(new Uint8Array(await blob.slice(at, at + SLICE).arrayBuffer()));
    if (performance.now() - told < INTERVAL) continue;
    told = performance.now();
    onHashed(Math.min(at + SLICE, blob.size));
  }
  return new Checksum(hash.digest()).hex();
}

const functions = { hashBlob };

export type HashFunctions = typeof functions;

expose(functions);
