import { Checksum, createSha256 } from "@seamless/checksum";
import { mismatch } from "../store/refusals.ts";

/** In bytes: some milliseconds of hashing. */
const SLICE = 2 ** 23;

/**
 * Do these bytes still have this checksum? Lets others run between slices, so that hashing a gigabyte stops nobody.
 *
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` if not.
 */
export async function verifySlowly(checksum: Checksum, bytes: Uint8Array): Promise<void> {
  const hash = createSha256();
  for (let at = 0; at < bytes.byteLength; at += SLICE) {
    if (at > 0) await new Promise((resolve) => setTimeout(resolve));
    hash.update(bytes.subarray(at, at + SLICE));
  }
  const found = new Checksum(hash.digest());
  if (!found.equals(checksum)) throw mismatch(checksum, found);
}
