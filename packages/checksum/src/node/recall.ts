import { statSync } from "node:fs";
import { ChecksumMemory, type MemoryParts } from "./checksum-memory.ts";
import { STAMP, writeStamp } from "./file-stamp.ts";

/** What the threads of a pool share to know files again. */
export interface RecallJob {
  readonly memory: MemoryParts;
  /** Read all files, and see which of them the memory has wrong. */
  readonly rehash: boolean;
  /** `STAMP` numbers a file: as it was when it was read, or when it was known again. */
  readonly stamps: Float64Array<SharedArrayBuffer>;
  /** An `OUTCOME` a file. */
  readonly outcomes: Uint8Array<SharedArrayBuffer>;
  /** Of each row of the memory, 1 if a file has it. */
  readonly used: Uint8Array<SharedArrayBuffer>;
}

export const OUTCOME = { none: 0, read: 1, remembered: 2, wrong: 3 } as const;

export function createRecallJob(memory: ChecksumMemory, files: number, rehash: boolean): RecallJob {
  return {
    memory: memory.parts,
    rehash,
    stamps: new Float64Array(new SharedArrayBuffer(files * STAMP * 8)),
    outcomes: new Uint8Array(new SharedArrayBuffer(files)),
    used: new Uint8Array(new SharedArrayBuffer(memory.size)),
  };
}

const NONE = -1;

/** Knows files again, in one thread. */
export class Recall {
  readonly #job: RecallJob;
  readonly #memory: ChecksumMemory;
  readonly #seen = new Float64Array(STAMP);
  /** Of the file that was looked for last. */
  #row = NONE;
  /** Where a file was found, less its index: where nothing was added or removed, it is the same for the next ones. */
  #shift = 0;
  /** For that of a file that is read. */
  readonly stamp = new Float64Array(STAMP);

  constructor(job: RecallJob) {
    this.#job = job;
    this.#memory = new ChecksumMemory(job.memory);
  }

  /**
   * Look for a file that has not changed since it was read.
   *
   * @param digests - Gets its checksum, in its place.
   * @returns the length of its content, in bytes; `undefined` if it has to be read.
   */
  find(path: string, index: number, digests: Buffer): number | undefined {
    const { rehash, used, stamps, outcomes } = this.#job;
    this.#row = this.#rowOf(path, index + this.#shift);
    if (this.#row === NONE) return undefined;
    this.#shift = this.#row - index;
    used[this.#row] = 1;
    if (rehash) return undefined;
    this.#memory.copyDigest(this.#row, digests, index);
    stamps.set(this.#seen, index * STAMP);
    outcomes[index] = OUTCOME.remembered;
    return this.#memory.length(this.#row);
  }

  #rowOf(path: string, guess: number): number {
    if (this.#memory.size === 0) return NONE;
    try {
      // Synchronous: through the thread pool it takes ten times as long.
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats === undefined) return NONE;
      writeStamp(stats, () => statSync(path, { bigint: true }), this.#seen);
      return this.#memory.find(this.#seen, guess) ?? NONE;
    } catch {
      // Reading it tells what is wrong.
      return NONE;
    }
  }

  /** Of the file that was looked for last, with its stamp in `stamp`. */
  learn(index: number, hex: string): void {
    const { stamps, outcomes } = this.#job;
    stamps.set(this.stamp, index * STAMP);
    const row = this.#row;
    const wrong = row !== NONE && this.#memory.hasStamp(row, this.stamp) && this.#memory.hex(row) !== hex;
    outcomes[index] = wrong ? OUTCOME.wrong : OUTCOME.read;
  }
}
