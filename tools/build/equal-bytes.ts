import { expect } from "vitest";

/** Bytes are compared at once; element by element, a megabyte would take a second. What differs is then looked at as ever. */
function equalBytes(a: unknown, b: unknown): true | undefined {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.constructor !== b.constructor) return undefined;
  return Buffer.compare(a, b) === 0 ? true : undefined;
}

expect.addEqualityTesters([equalBytes]);
