import { Checksum, createSha256, hashInSlices, inSlices } from "@seamless/checksum";
import { mismatch } from "./refusals.ts";

export interface VerifyInSlicesOptions {
  /** Gives up between two slices when aborted; rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Name of the store, for the message. */
  readonly store?: string | undefined;
}

/**
 * Do these bytes have this checksum? As `verifyBytes`, in slices between which others run: for bytes of any length.
 *
 * @param bytes - Not to be changed meanwhile.
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` if not. The signal's reason when it is aborted.
 */
export async function verifyInSlices(
  checksum: Checksum,
  bytes: Uint8Array,
  { signal, store }: VerifyInSlicesOptions = {},
): Promise<void> {
  const found = await hashInSlices(bytes, { signal });
  if (!found.equals(checksum)) throw mismatch(checksum, found, { store });
}

/**
 * A copy of bytes that have this checksum, copied and hashed in slices between which others run. It is the copy that is
 * verified: their owner may change the bytes meanwhile.
 *
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` if it has another one. The signal's reason when it is aborted.
 */
export async function copyVerified(
  checksum: Checksum,
  bytes: Uint8Array,
  { signal, store }: VerifyInSlicesOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const copy = new Uint8Array(bytes.byteLength);
  const hash = createSha256();
  const take = (start: number, end: number) => {
    copy.set(bytes.subarray(start, end), start);
    hash.update(copy.subarray(start, end));
  };
  await inSlices(bytes.byteLength, take, { signal });
  const found = new Checksum(hash.digest());
  if (!found.equals(checksum)) throw mismatch(checksum, found, { store });
  return copy;
}
