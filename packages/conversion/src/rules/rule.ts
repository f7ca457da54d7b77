import type { Celltype } from "@seamless/celltypes";
import type { Checksum } from "@seamless/checksum";

/** What a rule makes of a buffer: `undefined` for the same one, bytes of a new one, or the checksum of another. */
export type Outcome = undefined | Uint8Array | Checksum;

/** The same buffer, whatever it holds. */
export interface FreeRule {
  readonly needs: "nothing";
}

/** Answered from the checksum of the buffer. */
export interface ChecksumRule {
  readonly needs: "checksum";
  readonly apply: (checksum: Checksum) => Outcome;
}

/** Answered from the buffer. New bytes are never memory of the old ones, which belong to others. */
export interface BufferRule {
  readonly needs: "buffer";
  /**
   * @param maxBytes - How long new bytes may be. Whoever makes more than a small multiple of the old ones counts before
   * making them; for all others it is looked at afterwards.
   */
  readonly apply: (bytes: Uint8Array, maxBytes: number) => Outcome;
}

/** What one elementary conversion does, and what it has to know for that. */
export type Rule = FreeRule | ChecksumRule | BufferRule;

/** Source → target → rule. */
export type RuleTable = Readonly<Partial<Record<Celltype, Readonly<Partial<Record<Celltype, Rule>>>>>>;

/** A rule that is answered from the buffer. */
export function fromBuffer(apply: BufferRule["apply"]): Rule {
  return { needs: "buffer", apply };
}
