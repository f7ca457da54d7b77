import { expect } from "vitest";
import type { SeamlessError } from "../../src/errors.ts";

/** What a call throws; the test fails if it throws nothing. */
export function thrown(call: () => unknown): SeamlessError {
  try {
    call();
  } catch (error) {
    return error as SeamlessError;
  }
  return expect.fail("nothing was thrown");
}

/** What a promise rejects with; the test fails if it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<SeamlessError> {
  return promise.then(
    () => expect.fail("the promise did not reject"),
    (error) => error,
  );
}
