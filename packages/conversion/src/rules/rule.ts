import type { Celltype } from "@seamless/celltypes";
import { type Checksum, SeamlessError } from "@seamless/checksum";

/** What a rule gives: `undefined` for the same buffer, the bytes of a new one, or the checksum of another. */
type Outcome = undefined | Uint8Array | Checksum;

/** Gives the same buffer, whatever is in it. */
interface TrivialRule {
  readonly needs: "nothing";
}

/** Needs the checksum of the buffer, but not its bytes. */
interface ChecksumRule {
  readonly needs: "checksum";
  readonly apply: (checksum: Checksum) => Outcome;
}

/** Needs the bytes of the buffer. New bytes never share memory with the old ones, which others own. */
interface BufferRule {
  readonly needs: "buffer";
  /**
   * @param maxBytes - Limit of new bytes. A rule that can make more than a small multiple of the old bytes counts before
   *   it makes them; for all others the engine checks the result.
   */
  readonly apply: (bytes: Uint8Array, maxBytes: number) => Outcome;
}

/** What one step of a plan does, and what it needs for that. */
export type Rule = TrivialRule | ChecksumRule | BufferRule;

/** Source → target → rule. */
export type RuleTable = Readonly<Partial<Record<Celltype, Readonly<Partial<Record<Celltype, Rule>>>>>>;

/** Makes a rule that needs the bytes of the buffer. */
export function fromBuffer(apply: BufferRule["apply"]): Rule {
  return { needs: "buffer", apply };
}

/**
 * Checks the size of a new buffer, made or about to be made.
 *
 * @throws {SeamlessError} `TOO_LARGE` if it is over the limit.
 */
export function failIfTooLarge(byteLength: number, maxBytes: number): void {
  if (byteLength <= maxBytes) return;
  throw new SeamlessError(
    "TOO_LARGE",
    `it makes ${byteLength} bytes or more; the limit is ${maxBytes}, and the option maxBytes raises it`,
  );
}
