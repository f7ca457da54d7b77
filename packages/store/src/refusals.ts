import { type Checksum, SeamlessError } from "@seamless/checksum";
import type { Store } from "./store.ts";

/** For messages: which store, if it is known. */
interface Place {
  readonly store?: string | undefined;
}

/** Bytes that do not have the checksum they go by. */
export function mismatchError(checksum: Checksum, found: Checksum, { store }: Place = {}): SeamlessError {
  const where = store === undefined ? "" : `${store}: `;
  return new SeamlessError(
    "CHECKSUM_MISMATCH",
    `${where}the bytes of ${checksum.hex()} have the checksum ${found.hex()}`,
    { checksum, store },
  );
}

/**
 * May this store be written to?
 *
 * @throws {SeamlessError} `READ_ONLY` if not.
 */
export function requireWritable(store: Store, checksum: Checksum): void {
  if (store.writable) return;
  throw new SeamlessError("READ_ONLY", `${store.name} is read-only: ${checksum.hex()} was not written`, {
    checksum,
    store: store.name,
  });
}
