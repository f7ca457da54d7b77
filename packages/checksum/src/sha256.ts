import { createHasher, hashBytes } from "#platform";
import { asBytes, type BytesLike } from "./bytes.ts";
import { SeamlessError } from "./errors.ts";

/** An incremental SHA-256. */
export interface Sha256 {
  /**
   * Add bytes; they may be changed afterwards.
   *
   * @returns this, for chaining.
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes, `INVALID_STATE` after `digest`.
   */
  update(bytes: BytesLike): this;
  /**
   * Finish.
   *
   * @returns 32 bytes.
   * @throws {SeamlessError} `INVALID_STATE` when called twice.
   */
  digest(): Uint8Array<ArrayBuffer>;
}

/**
 * SHA-256 (FIPS 180-4) of some bytes: OpenSSL in Node, `@noble/hashes` in browsers, synchronous in both.
 *
 * @param bytes - Any number of bytes that the platform can hold.
 * @returns 32 bytes.
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes.
 *
 * @example
 * import { sha256 } from "@seamless/checksum";
 * console.log(sha256(new Uint8Array()).slice(0, 4)); // → Uint8Array(4) [ 227, 176, 196, 66 ]
 */
export function sha256(bytes: BytesLike): Uint8Array<ArrayBuffer> {
  return hashBytes(asBytes(bytes));
}

/**
 * SHA-256 of bytes that come in pieces.
 *
 * @example
 * import { Checksum, createSha256 } from "@seamless/checksum";
 * const hash = createSha256();
 * for (const piece of ["hello", "\n"]) hash.update(new TextEncoder().encode(piece));
 * console.log(new Checksum(hash.digest()).hex()); // → 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
 */
export function createSha256(): Sha256 {
  const hasher = createHasher();
  let finished = false;
  const refuseIfFinished = () => {
    if (finished) throw new SeamlessError("INVALID_STATE", "this hash is finished; make a new one with createSha256()");
  };
  return {
    update(bytes) {
      refuseIfFinished();
      hasher.update(asBytes(bytes));
      return this;
    },
    digest() {
      refuseIfFinished();
      finished = true;
      return new Uint8Array(hasher.digest());
    },
  };
}
