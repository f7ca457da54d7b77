import { createSha256, type Sha256 } from "@seamless/checksum";

/*
 * The hashes of streams that another thread reads and sends: a processor hashes 64 MiB in 40 ms, which is as long as the system takes
 * to send them.
 */

/** What is to be done for the hash of a stream: its next chunk, in shared memory; its end; or that nobody wants it any more. */
export interface HashStep {
  /** A number for each stream. */
  readonly stream: number;
  readonly next: Uint8Array | "digest" | "forget";
}

const NONE_YET = new Uint8Array();
const hashes = new Map<number, Sha256>();

/** @returns the checksum, 32 bytes, at the end of a stream; otherwise no bytes. */
export function hashNow({ stream, next }: HashStep): Uint8Array {
  const hash = hashes.get(stream) ?? createSha256();
  if (next instanceof Uint8Array) {
    hash.update(next);
    hashes.set(stream, hash);
    return NONE_YET;
  }
  hashes.delete(stream);
  return next === "digest" ? hash.digest() : NONE_YET;
}
