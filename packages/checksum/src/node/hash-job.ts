import { isSeamlessError, type SeamlessError } from "../errors.ts";
import { checksumFile } from "./checksum-file.ts";
import { createSmallReader } from "./checksum-small.ts";

/** Length of a SHA-256, in bytes. */
const DIGEST = 32;

/**
 * The work that the threads of a pool share: a list of files, and memory in which each thread takes the next file and
 * leaves its checksum. Nothing is sent for a file but the error, should there be one.
 */
export interface HashJob {
  readonly root: string;
  /** Paths relative to the root. */
  readonly files: readonly string[];
  /** 32 bytes a file. */
  readonly digests: SharedArrayBuffer;
  /** In bytes, of each file; NaN until it has been read. */
  readonly sizes: Float64Array<SharedArrayBuffer>;
  /** [the next file to take, files done, 1 to stop] */
  readonly counters: Int32Array<SharedArrayBuffer>;
  /** [bytes hashed] */
  readonly bytes: BigInt64Array<SharedArrayBuffer>;
}

export function createHashJob(root: string, files: readonly string[]): HashJob {
  return {
    root,
    files,
    digests: new SharedArrayBuffer(files.length * DIGEST),
    sizes: new Float64Array(new SharedArrayBuffer(files.length * 8)).fill(Number.NaN),
    counters: new Int32Array(new SharedArrayBuffer(3 * 4)),
    bytes: new BigInt64Array(new SharedArrayBuffer(8)),
  };
}

/** The checksums, as hex digits, in the order of the files; `undefined` for one that could not be read. */
export function jobChecksums({ files, digests, sizes }: HashJob): (string | undefined)[] {
  const bytes = Buffer.from(digests);
  return files.map((_, i) => {
    return Number.isNaN(sizes[i]) ? undefined : bytes.toString("hex", i * DIGEST, (i + 1) * DIGEST);
  });
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
  const readSmall = createSmallReader();
  const digests = Buffer.from(job.digests);
  const add = (bytes: number) => void Atomics.add(job.bytes, 0, BigInt(bytes));
  while (!stopped(job)) {
    const index = Atomics.add(job.counters, 0, 1);
    const file = job.files[index];
    if (file === undefined) return;
    try {
      const path = `${job.root}/${file}`;
      const small = readSmall(path);
      if (small.hex !== undefined) add(small.size);
      const { hex, size } = small.hex === undefined ? await checksumLarge(path, job, add) : small;
      digests.write(hex, index * DIGEST, "hex");
      job.sizes[index] = size;
    } catch (error) {
      if (stopped(job)) return;
      if (!isSeamlessError(error)) throw error;
      onError(error);
    }
    Atomics.add(job.counters, 1, 1);
    const wait = pause();
    if (wait !== undefined) await wait;
  }
}

async function checksumLarge(path: string, job: HashJob, add: (bytes: number) => void) {
  const controller = new AbortController();
  let before = 0;
  const checksum = await checksumFile(path, {
    signal: controller.signal,
    onProgress: (bytes) => {
      add(bytes - before);
      before = bytes;
      if (stopped(job)) controller.abort();
    },
  });
  return { hex: checksum.hex(), size: before };
}
