import type { Checksum } from "@seamless/checksum";
import type { Call } from "../program/command.ts";
import { bytesSource, putSource } from "../transfer/put.ts";
import type { StoreOpener } from "../transfer/store.ts";
import { createRetry } from "../transfer/transfers.ts";

/** The option of commands that make a buffer. */
export const PUT_OPTION = { put: "also put the buffer into the store" } as const;

/** Puts a buffer that was made here into the store, verified as `seamless put` does it. */
export async function putBuffer(
  { signal }: Call,
  store: StoreOpener,
  checksum: Checksum,
  bytes: Uint8Array,
): Promise<void> {
  await putSource(await store(), checksum, bytesSource(bytes), { signal, retry: createRetry(signal) });
}
