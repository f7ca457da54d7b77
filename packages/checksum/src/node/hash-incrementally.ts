import { isSeamlessError, type SeamlessError } from "../errors.ts";
import { ChecksumMemory, MemoryWriter } from "./checksum-memory.ts";
import { createDoubts, STAMP } from "./file-stamp.ts";
import { encodedFlags, hashEncoded, type NamedFiles } from "./hash-encoded.ts";
import { type FileDigests, type HashFilesOptions, type HashThread, runPool, startEarly } from "./hash-files.ts";
import { createHashJob } from "./hash-job.ts";
import { createRecallJob, OUTCOME } from "./recall.ts";

/** Where checksums are remembered between runs, so that what has not changed is not read again. */
export interface MemoryOptions {
  /**
   * Path of the file; one for each directory, best. Its folder is made, for this user alone. Several runs may share it: each
   * writes it whole, and what one of them has forgotten is read again.
   */
  readonly file: string;
  /**
   * Reads all files, and tells which of them the memory had wrong.
   * @default false
   */
  readonly rehash?: boolean | undefined;
}

/** What came of a memory. */
export interface MemoryReport {
  /** Files that were not read. */
  readonly remembered: number;
  /** Files that were. */
  readonly read: number;
  /** Files that looked unchanged, and had another checksum than was remembered; only `rehash` finds them. */
  readonly wrong: readonly string[];
  /** Files that are read each time, since their file system does not tell of all changes. */
  readonly unfit: number;
  /** Why nothing was remembered, or will be: no part of the work has failed. */
  readonly faults: readonly SeamlessError[];
}

interface IncrementalOptions extends HashFilesOptions {
  /**
   * Whether what is remembered of other files stays so: where only a part of a directory is looked at.
   * @default false
   */
  readonly keepOthers?: boolean | undefined;
}

/** Rows of other files are kept up to so many for each of these files: what has been removed would stay forever. */
const MOST_OTHERS = 4;

/**
 * Hashes as `hashFiles`, but for files that look as they did when an earlier run read them: by device, inode, size and times.
 * Nothing is relied on that had changed within the tick of a clock before it was read (git's "racily clean" files), nor on file
 * systems that do not tell of all changes. To be opened before any file is looked at, and to be closed.
 */
export class IncrementalHasher {
  readonly #options: MemoryOptions;
  readonly #memory: ChecksumMemory;
  readonly #faults: SeamlessError[];
  readonly #doubtOf = createDoubts(Date.now());
  readonly #threads: readonly HashThread[];

  private constructor(
    options: MemoryOptions,
    memory: ChecksumMemory,
    faults: SeamlessError[],
    threads: readonly HashThread[],
  ) {
    this.#options = options;
    this.#memory = memory;
    this.#faults = faults;
    this.#threads = threads;
  }

  /** What is wrong with the memory is in the report. */
  static async open(options: MemoryOptions, pool: HashFilesOptions): Promise<IncrementalHasher> {
    const faults: SeamlessError[] = [];
    const memory = (await collect(ChecksumMemory.load(options.file), faults)) ?? ChecksumMemory.empty();
    return new IncrementalHasher(options, memory, faults, startEarly(memory.size, pool));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }

  /** @throws what `hashFiles` throws. */
  async hash(
    root: string,
    named: NamedFiles,
    { keepOthers = false, ...pool }: IncrementalOptions,
  ): Promise<FileDigests & { readonly memory: MemoryReport }> {
    const { file, rehash = false } = this.#options;
    const { files } = named;
    const [memory, faults] = [this.#memory, this.#faults];
    const recall = createRecallJob(memory, files.length, rehash);
    const job = createHashJob(root, files, { recall, encoded: encodedFlags(named.decoders) });
    const hashed = await runPool(job, pool, this.#threads, (onError) => hashEncoded(job, named, onError, pool));
    const { stamps, outcomes, used } = recall;
    const wrong: string[] = [];
    const lasting: number[] = [];
    let [remembered, unfit] = [0, 0];
    for (let i = 0; i < files.length; i++) {
      const outcome = outcomes[i];
      if (outcome === OUTCOME.none) continue;
      if (outcome === OUTCOME.wrong) wrong.push(files[i]!);
      if (outcome === OUTCOME.remembered) remembered++;
      const doubt =
        outcome === OUTCOME.remembered ? undefined : this.#doubtOf(`${root}/${files[i]}`, stamps, i * STAMP);
      if (doubt === "unfit") unfit++;
      else if (doubt === undefined) lasting.push(i);
    }
    const others = memory.size - used.reduce((sum, one) => sum + one, 0);
    const kept = keepOthers && others <= MOST_OTHERS * (files.length + 1000) ? others : 0;
    // If all that is remembered stays so, and nothing comes to it, the file is right as it is.
    if (lasting.length > remembered || kept < others) {
      const writer = new MemoryWriter(lasting.length + kept);
      const digests = new Uint8Array(job.digests);
      for (const i of lasting) writer.add(i, stamps, job.sizes[i]!, digests);
      if (kept > 0) used.forEach((one, row) => void (one === 0 && writer.keep(memory.parts, row)));
      await collect(writer.save(file, pool), faults);
    }
    return { ...hashed, memory: { remembered, read: files.length - remembered, wrong, unfit, faults } };
  }
}

/** What goes wrong with a file is collected; a bug is thrown. */
async function collect<T>(work: Promise<T>, faults: SeamlessError[]): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!isSeamlessError(error)) throw error;
    faults.push(error);
    return undefined;
  }
}
