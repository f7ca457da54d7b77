import { isSeamlessError, type SeamlessError } from "../errors.ts";
import { createSmallReader, hashFile } from "./checksum-file.ts";
import { Recall, type RecallJob } from "./recall.ts";

/** Length of a SHA-256, in bytes. */
export const DIGEST = 32;

/**
 * The work that the threads of a pool share: a list of files, and memory in which each thread takes the next file and
 * leaves its checksum. Nothing is sent for a file but the error, should there be one.
 */
export interface HashJob {
  readonly root: string;
  /** Paths relative to the root, with a NUL between them: one string is sent to a thread sooner than many. */
  readonly names: string;
  readonly count: number;
  /** 32 bytes a file. */
  readonly digests: SharedArrayBuffer;
  /** In bytes, of each file; NaN until it is done. */
  readonly sizes: Float64Array<SharedArrayBuffer>;
  /** Of each file, 1 if it is to be decompressed, which no thread does; if there are any. */
  readonly encoded: Uint8Array<SharedArrayBuffer> | undefined;
  /** What earlier runs have left, if files that have not changed since are not to be read. */
  readonly recall: RecallJob | undefined;
  /** [the next file to take, files done, 1 to stop] */
  readonly counters: Int32Array<SharedArrayBuffer>;
  /** [bytes hashed] */
  readonly bytes: BigInt64Array<SharedArrayBuffer>;
}

export function createHashJob(
  root: string,
  files: readonly string[],
  { recall, encoded }: Partial<Pick<HashJob, "recall" | "encoded">> = {},
): HashJob {
  return {
    root,
    names: files.join("\0"),
    count: files.length,
    digests: new SharedArrayBuffer(files.length * DIGEST),
    sizes: new Float64Array(new SharedArrayBuffer(files.length * 8)).fill(Number.NaN),
    encoded,
    recall,
    counters: new Int32Array(new SharedArrayBuffer(3 * 4)),
    bytes: new BigInt64Array(new SharedArrayBuffer(8)),
  };
}

/** Files that a thread takes at once, where most are remembered. */
const STEP = 16;

/** So many checksums are written as one string: in a third of the time, and it is kept as long as one of them is. */
const BATCH = 1024;

/** The checksums of some files, as hex digits, in their order; `undefined` for one that could not be read. */
export function jobChecksums(
  { digests, sizes }: Pick<HashJob, "digests" | "sizes">,
  first = 0,
  beyond = sizes.length,
): (string | undefined)[] {
  const bytes = Buffer.from(digests);
  const hex: (string | undefined)[] = [];
  for (let start = first; start < beyond; start += BATCH) {
    const end = Math.min(beyond, start + BATCH);
    const all = bytes.toString("hex", start * DIGEST, end * DIGEST);
    for (let i = start, at = 0; i < end; i++, at += 2 * DIGEST) {
      hex.push(Number.isNaN(sizes[i]) ? undefined : all.slice(at, at + 2 * DIGEST));
    }
  }
  return hex;
}

export const filesDone = (job: HashJob) => Atomics.load(job.counters, 1);
export const bytesDone = (job: HashJob) => Number(Atomics.load(job.bytes, 0));
export const stop = (job: HashJob) => void Atomics.store(job.counters, 2, 1);
const stopped = (job: HashJob) => Atomics.load(job.counters, 2) === 1;

/**
 * Take files and hash them until none is left.
 *
 * @param pause - Called after each file; what it returns, if anything, is awaited.
 * @param onError - Called for a file that failed.
 */
export async function runHashJob(
  job: HashJob,
  pause: () => Promise<void> | undefined,
  onError: (error: SeamlessError) => void,
): Promise<void> {
  const nameOf = readNames(job.names);
  const readSmall = createSmallReader();
  const recall = job.recall && new Recall(job.recall);
  const digests = Buffer.from(job.digests);
  const add = (bytes: number) => void Atomics.add(job.bytes, 0, BigInt(bytes));
  const hashOne = async (index: number, path: string) => {
    const small = readSmall(path, recall?.stamp);
    if (small.hex !== undefined) add(small.size);
    const { hex, size } = small.hex === undefined ? await readLarge(path, job, add, recall?.stamp) : small;
    digests.write(hex, index * DIGEST, "hex");
    recall?.learn(index, hex);
    job.sizes[index] = size;
  };
  // What is remembered takes less time than to count it.
  const step = recall === undefined ? 1 : STEP;
  while (!stopped(job)) {
    const start = Atomics.add(job.counters, 0, step);
    const end = Math.min(start + step, job.count);
    if (start >= end) return;
    for (let index = start; index < end && !stopped(job); index++) {
      const path = `${job.root}/${nameOf(index)}`;
      const length = recall?.find(path, index, digests);
      if (length !== undefined) {
        job.sizes[index] = length;
        continue;
      }
      if (job.encoded?.[index] === 1) continue;
      try {
        await hashOne(index, path);
      } catch (error) {
        if (stopped(job)) return;
        if (!isSeamlessError(error)) throw error;
        onError(error);
      }
    }
    if (stopped(job)) return;
    Atomics.add(job.counters, 1, end - start);
    const wait = pause();
    if (wait !== undefined) await wait;
  }
}

/**
 * Names one by one, as they are needed: a list of a million takes 50 MB, in each thread.
 *
 * @param names - With a NUL between them.
 * @returns gives the name at a place, which is not before that of the last call.
 */
function readNames(names: string): (index: number) => string {
  let at = 0;
  let start = 0;
  return (index) => {
    for (; at < index; at++) start = names.indexOf("\0", start) + 1;
    const end = names.indexOf("\0", start);
    return end === -1 ? names.slice(start) : names.slice(start, end);
  };
}

async function readLarge(
  path: string,
  job: HashJob,
  add: (bytes: number) => void,
  stamp: Float64Array | undefined,
): Promise<{ readonly hex: string; readonly size: number }> {
  const controller = new AbortController();
  let before = 0;
  const { checksum, length } = await hashFile(path, {
    signal: controller.signal,
    stamp,
    onProgress: ({ bytes }) => {
      add(bytes - before);
      before = bytes;
      if (stopped(job)) controller.abort();
    },
  });
  return { hex: checksum.hex(), size: length };
}
