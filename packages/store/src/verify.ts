import { type Checksum, hashInSlices } from "@seamless/checksum";
import { mismatchError } from "./refusals.ts";

export interface VerifyInSlicesOptions {
  /** Gives up between two slices when aborted; rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Name of the store, for the message. */
  readonly store?: string | undefined;
}

/**
 * Do these bytes have this checksum? Hashed in slices between which others run: for bytes of any length.
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
  if (!found.equals(checksum)) throw mismatchError(checksum, found, { store });
}
