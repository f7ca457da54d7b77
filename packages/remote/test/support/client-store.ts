import { isSeamlessError, type SeamlessError } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { onTestFinished } from "vitest";
import { type HashserverStore, type HashserverStoreOptions, hashserverStore } from "../../src/hashserver/index.ts";

/** A store that is closed with the test, and does not make it wait. */
export function openStore(url: string, options: HashserverStoreOptions = {}): HashserverStore {
  const store = hashserverStore(url, { ...options, retries: { count: 1, firstDelay: 1, ...options.retries } });
  onTestFinished(() => store.close());
  return store;
}

/** What it is rejected with; it must be one of ours. */
export async function failure(promise: Promise<unknown>): Promise<SeamlessError> {
  const error: unknown = await rejection(promise);
  if (isSeamlessError(error)) return error;
  throw new Error("what was thrown is no SeamlessError", { cause: error });
}

/** Waits until something is so, in turns of the event loop; the test's own time limit ends it. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
