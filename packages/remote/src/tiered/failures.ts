import { type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { oneLine } from "@seamless/internal/text";

/** How deep to look for the cause of an error, which may lead in a circle. */
const DEPTH = 8;

/**
 * A tier that could not do something.
 *
 * @param what - What it was doing: `get abc…`.
 */
export function tierFailure(store: string, what: string, cause: unknown, checksum?: Checksum): SeamlessError {
  return new SeamlessError("STORE_FAILED", `${store} failed to ${what}: ${oneLine(cause)}`, { checksum, store, cause });
}

/** What the failures of several tiers come to. */
export interface Summary {
  /** Name of the tiered store. */
  readonly store: string;
  /** What it was doing: `get abc…`. */
  readonly what: string;
  /** One for each tier that failed. */
  readonly errors: readonly SeamlessError[];
  /** What became of the other tiers. */
  readonly others?: string | undefined;
  readonly checksum?: Checksum | undefined;
  readonly cause?: unknown;
}

/** The failures of tiers in one error. */
export function tierFailures({ store, what, errors, others, checksum, cause }: Summary): SeamlessError {
  const lines = errors.map((error) => `${error.store}: ${oneLine(error.cause)}`);
  if (others !== undefined) lines.push(others);
  const message = `${store} failed to ${what}: ${lines.join("; ")}`;
  return new SeamlessError("STORE_FAILED", message, { checksum, store, errors, cause });
}

/** What became of the other tiers, where those that did not fail all say that they lack something. */
export function noOther(all: readonly unknown[], errors: readonly SeamlessError[]): string | undefined {
  return errors.length < all.length ? "no other tier has it" : undefined;
}

/** Did something fail because of bytes that do not have their checksum? */
export function isWrongBytes(error: unknown, depth = DEPTH): boolean {
  if (depth === 0 || !isSeamlessError(error)) return false;
  if (error.code === "CHECKSUM_MISMATCH") return true;
  return [error.cause, ...(error.errors ?? [])].some((inner) => isWrongBytes(inner, depth - 1));
}
