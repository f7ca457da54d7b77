import {
  type AbortOptions,
  type BufferLike,
  type BytesLike,
  type Checksum,
  hashInSlices,
  ProvenBytes,
  proveInSlices,
  SeamlessError,
} from "@seamless/checksum";
import { bytesViewer } from "@seamless/internal/bytes";
import type { Store, TransferOptions } from "./store.ts";

/**
 * A `Uint8Array` on the same memory.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes.
 */
export const asBytes: (value: BytesLike) => Uint8Array = /* @__PURE__ */ bytesViewer(
  (message) => new SeamlessError("INVALID_ARGUMENT", message),
);

/** How bytes are verified. */
export interface VerifyInSlicesOptions extends AbortOptions {
  /** Name of the store, for the message. */
  readonly store?: string | undefined;
}

/**
 * Checks that bytes have a checksum. Hashed in slices between which others run: for bytes of any length.
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

/** For messages: which store, if it is known. */
interface MismatchErrorOptions {
  readonly store?: string | undefined;
}

/** Makes the error for bytes that do not have the checksum they go by. */
export function mismatchError(
  checksum: Checksum,
  found: Checksum,
  { store }: MismatchErrorOptions = {},
): SeamlessError {
  const where = store === undefined ? "" : `${store}: `;
  return new SeamlessError(
    "CHECKSUM_MISMATCH",
    `${where}the bytes of ${checksum.hex()} have the checksum ${found.hex()}`,
    { checksum, store },
  );
}

/**
 * Checks that a store may be written to, for the `put` of a store of your own.
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

/**
 * Checks where a stream begins, for the `getStream` of a store of your own.
 *
 * @param length - Of the buffer, in bytes.
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not a position in the buffer, or its end.
 */
export function requireOffset(offset: number, length: number, checksum: Checksum, store: string): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset <= length) return;
  throw new SeamlessError(
    "INVALID_ARGUMENT",
    `${store}: ${checksum.hex()} has ${length} bytes, and no offset ${offset}`,
    { checksum, store },
  );
}

/** The methods of a store for bytes that need not be hashed twice. */
export type ProvenMethods = Required<Pick<Store, "getProven" | "putProven">>;

/**
 * Add the methods for proven bytes to a store. Proofs of another installed copy, and those that have ended, are put by `put`,
 * which hashes them. The methods are not enumerable: a store made from this one with another `get` or `put`, as in
 * `{ ...store, get: mine }`, has none of them, so that nothing bypasses what was put in their place.
 */
export function withProofs<S extends Store>(store: S, { getProven, putProven }: ProvenMethods): S {
  const methods: ProvenMethods = {
    getProven,
    async putProven(bytes, options) {
      if (ProvenBytes.isProvenBytes(bytes) && bytes.intact) return putProven(bytes, options);
      await store.put(bytes.checksum, await bytes.copyInSlices({ signal: options?.signal }), options);
    },
  };
  return Object.defineProperties(store, {
    getProven: { value: methods.getProven },
    putProven: { value: methods.putProven },
  });
}

/**
 * What a store has under a checksum: with a proof, if the store gives one that is valid here; otherwise still to be hashed.
 *
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` for the proof of something else; what the store throws.
 */
export async function getFrom(
  store: Store,
  checksum: Checksum,
  options: TransferOptions,
): Promise<ProvenBytes | Uint8Array | undefined> {
  if (store.getProven === undefined) {
    const bytes = await store.get(checksum, options);
    return bytes === undefined ? undefined : asBytes(bytes);
  }
  const proven = await store.getProven(checksum, options);
  if (proven === undefined) return undefined;
  if (!ProvenBytes.isProvenBytes(proven) || !proven.intact) return proven.copyInSlices({ signal: options.signal });
  if (!proven.checksum.equals(checksum)) throw mismatchError(checksum, proven.checksum, { store: store.name });
  return proven;
}

/** Puts proven bytes into a store; one without `putProven` gets a copy, which it hashes. */
export async function putTo(store: Store, proven: ProvenBytes, options: TransferOptions): Promise<void> {
  if (store.putProven !== undefined) return store.putProven(proven, options);
  await store.put(proven.checksum, await proven.copyInSlices({ signal: options.signal }), options);
}

/**
 * The proof that a copy of bytes has this checksum, copied and hashed in slices between which others run.
 *
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` if they have another one. The signal's reason when it is aborted.
 */
export async function proveVerified(
  checksum: Checksum,
  bytes: Uint8Array,
  { store, ...options }: VerifyInSlicesOptions = {},
): Promise<ProvenBytes> {
  const proven = await proveInSlices(bytes, options);
  if (!proven.checksum.equals(checksum)) throw mismatchError(checksum, proven.checksum, { store });
  return proven;
}

/** The length of a buffer in bytes, without its content where that can be: a proof ends when the content is read. */
export function lengthOf(buffer: BufferLike): number {
  return buffer.length ?? buffer.content.byteLength;
}
