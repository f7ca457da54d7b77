import type { Stats } from "node:fs";
import type { Checksum } from "@seamless/checksum";

/*
 * Large files whose bytes were hashed already. Nobody can write to a file without its change time being set, which no program
 * can set back: a file that has all of what is looked at here is the one that was hashed. What it does not show is a disk that
 * gives other bytes than it was given; so proofs end.
 */

/** How long a proof holds, in milliseconds. */
const LIFE = 3_600_000;

/**
 * How long nobody must have written to a file before it is hashed, in milliseconds: of two writes within a tick of the file system's
 * clock, the second does not show. Ticks take 10 ms on most, and 2 s on FAT.
 */
const AT_REST = 2_000;

/** How many are remembered, the last ones: about 0.3 kB each. */
const MOST = 10_000;

/** What tells whether a file is the same as before, unchanged. */
type FileState = Pick<Stats, "dev" | "ino" | "size" | "mtimeMs" | "ctimeMs">;

interface Proof {
  readonly state: FileState;
  /** When the file was opened to be hashed, in milliseconds since 1970. */
  readonly at: number;
}

/** Which files have the checksum that they are named by, as long as they stay as they are. */
export class ProvenFiles {
  /** By the digits of the checksum, the oldest first. */
  readonly #proofs = new Map<string, Proof>();

  /** Is this file proven to have the checksum? */
  has(checksum: Checksum, state: FileState): boolean {
    const proof = this.#proofs.get(checksum.hex());
    if (proof === undefined) return false;
    const age = Date.now() - proof.at;
    if (age >= 0 && age < LIFE && isSame(proof.state, state)) return true;
    this.#proofs.delete(checksum.hex());
    return false;
  }

  /**
   * Remember a file that has just been hashed, unless it may have been written to meanwhile.
   *
   * @param before - As it was before the first byte was read.
   * @param after - As it was after the last one.
   * @param at - When that was looked at first, in milliseconds since 1970.
   */
  add(checksum: Checksum, before: FileState, after: FileState, at: number): void {
    if (before.ctimeMs > at - AT_REST || !isSame(before, after)) return;
    const hex = checksum.hex();
    this.#proofs.delete(hex);
    this.#proofs.set(hex, { state: before, at });
    if (this.#proofs.size > MOST) this.#proofs.delete(this.#proofs.keys().next().value!);
  }
}

/** The same file, and nobody has written to it? */
export function isSame(a: FileState, b: FileState): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}
