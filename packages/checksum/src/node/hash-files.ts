import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type AbortOptions, onAbort } from "@seamless/internal/abort";
import { describe, showPath } from "@seamless/internal/text";
import { nextTurn } from "@seamless/internal/timers";
import { type ErrorCode, SeamlessError } from "../errors.ts";
import { bytesDone, createHashJob, filesDone, type HashJob, jobChecksums, runHashJob, stop } from "./hash-job.ts";

export interface HashFilesOptions extends AbortOptions {
  /** Called about ten times a second and at the end with the files done and the bytes hashed so far. */
  readonly onProgress?: ((progress: { readonly files: number; readonly bytes: number }) => void) | undefined;
  /**
   * Threads at most, this one included.
   * @default the number of processors, at most 8
   */
  readonly threads?: number | undefined;
}

export interface HashedFiles {
  /** 64 hex digits a file, in the order of the files; `undefined` for one that could not be read. */
  readonly hex: readonly (string | undefined)[];
  /** In bytes, in the order of the files; NaN for one that could not be read. */
  readonly sizes: Float64Array;
  /** Size of all files together, in bytes. */
  readonly bytes: number;
  /** One for each file that could not be read, in no order; `file` is its path. */
  readonly errors: readonly SeamlessError[];
}

/** The same, but the checksums as bytes, for `jobChecksums`: as strings they took a quarter of the memory of an index. */
export type FileDigests = Omit<HashedFiles, "hex" | "sizes"> & Pick<HashJob, "digests" | "sizes">;

/** The event loop gets a turn after this long, in ms. */
const TURN = 6;
/**
 * A worker takes 20 to 40 ms of a processor to start. It pays at once for this many files (at 25 µs each, at the least; if
 * they are remembered, at 2 µs); for fewer, which may be large, it is decided after a moment, in ms, by what is then left to
 * do, in ms.
 */
const MANY_FILES = 3000;
const MANY_REMEMBERED = 30_000;
const PROBE = 15;
const WORTH_IT = 50;
const MAX_THREADS = 8;
const PROGRESS_INTERVAL = 100;

/**
 * Hash many files, in constant memory but for 100 bytes a file. This thread starts at once, with small files read
 * synchronously; if what is left after a moment is worth it, workers join in.
 *
 * @param root - Path of a directory.
 * @param files - Paths relative to it, of regular files or links to some.
 * @throws what `onProgress` throws, and {SeamlessError} `IO_ERROR` if a thread fails: never a part of the result. What is
 * wrong with single files is in the result.
 *
 * @example
 * import { mkdir, writeFile } from "node:fs/promises";
 * import { hashFiles } from "@seamless/checksum/node";
 * await mkdir("data");
 * await writeFile("data/a.txt", "hello\n");
 * const { hex, errors } = await hashFiles("data", ["a.txt", "b.txt"]);
 * console.log(hex[0]?.slice(0, 8), errors.map(({ code }) => code)); // → 5891b5b5 [ 'NOT_FOUND' ]
 */
export async function hashFiles(
  root: string,
  files: readonly string[],
  options: HashFilesOptions = {},
): Promise<HashedFiles> {
  const { digests, ...hashed } = await runPool(createHashJob(root, files), options);
  return { hex: jobChecksums({ digests, sizes: hashed.sizes }), ...hashed };
}

/**
 * Run a job on as many threads as are worth it: all that `hashFiles` does.
 *
 * @param waiting - Threads that have been started for it.
 * @param rest - Does what they leave.
 */
export async function runPool(
  job: HashJob,
  options: HashFilesOptions,
  waiting: readonly HashThread[] = [],
  rest?: (onError: (error: SeamlessError) => void) => Promise<void>,
): Promise<FileDigests> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  const errors: SeamlessError[] = [];
  const collect = (error: SeamlessError) => void errors.push(error);
  // Any failure but that of a single file ends the work. Caught where it happens, since timers are never awaited, and
  // workers are awaited late.
  const failures: unknown[] = [];
  const fail = (reason: unknown) => {
    failures.push(reason);
    stop(job);
  };
  const workers: Promise<void>[] = [];
  const recruit = () => {
    for (let i = 0; i < extraThreads(options, job.count); i++) {
      workers.push((waiting[i] ?? new HashThread()).run(job, collect).catch(fail));
    }
  };
  const tell = () => onProgress?.({ files: filesDone(job), bytes: bytesDone(job) });
  const forget = onAbort(signal, () => stop(job));
  const timer = onProgress && setInterval(() => attempt(tell, fail), PROGRESS_INTERVAL);
  const started = performance.now();
  const probe = setTimeout(() => {
    const perFile = (performance.now() - started) / filesDone(job);
    if (perFile * (job.count - filesDone(job)) > WORTH_IT) recruit();
  }, PROBE);
  if (waiting.length > 0 || job.count >= (remembersAny(job) ? MANY_REMEMBERED : MANY_FILES)) {
    clearTimeout(probe);
    recruit();
  }
  let turn = started;
  const pause = () => {
    if (performance.now() - turn < TURN) return undefined;
    return nextTurn().then(() => {
      turn = performance.now();
    });
  };
  await runHashJob(job, pause, collect).catch(fail);
  // Before the wait for the workers: none may join them any more.
  clearTimeout(probe);
  await Promise.all(workers);
  if (failures.length === 0 && !signal?.aborted) await rest?.(collect).catch(fail);
  clearInterval(timer);
  forget();
  signal?.throwIfAborted();
  if (failures.length > 0) throw failures[0];
  failIfUndone(job);
  tell();
  return {
    digests: job.digests,
    sizes: job.sizes,
    bytes: job.sizes.reduce((sum, size) => sum + (size || 0), 0),
    errors,
  };
}

function attempt(work: () => void, onError: (reason: unknown) => void): void {
  try {
    work();
  } catch (error) {
    onError(error);
  }
}

/** A file that was taken and not finished has no checksum: better no result than zeros in place of one. */
function failIfUndone(job: HashJob): void {
  const [done, all] = [filesDone(job), job.count];
  if (done !== all) throw hashingError(job, `a thread ended too soon: ${all - done} of ${all} files were not read`);
}

function hashingError({ root }: HashJob, fault: string, cause?: unknown): SeamlessError {
  return new SeamlessError("IO_ERROR", `cannot index ${showPath(root)}: ${fault}`, { cause, file: root });
}

function extraThreads({ threads = availableParallelism() }: HashFilesOptions, files: number): number {
  return Math.max(0, Math.min(threads, MAX_THREADS, files) - 1);
}

const remembersAny = ({ recall }: HashJob) => recall !== undefined && recall.used.length > 0;

/** Threads for so many files that are remembered, to be started while those are looked for. */
export function startEarly(files: number, options: HashFilesOptions): readonly HashThread[] {
  const count = files < MANY_REMEMBERED ? 0 : extraThreads(options, files);
  return Array.from({ length: count }, () => new HashThread());
}

/** A worker, which waits for a job. */
export class HashThread {
  // Options of this process (`--input-type`) may not be valid for a file.
  readonly #worker = new Worker(new URL("./hash-worker.js", import.meta.url), { execArgv: [] });
  readonly #ended: Promise<void>;

  constructor() {
    this.#ended = new Promise((resolve, reject) => {
      this.#worker.once("error", reject);
      this.#worker.once("exit", (status) =>
        status === 0 ? resolve() : reject(new Error(`it ended with status ${status}`)),
      );
    });
    // It may fail before it is given anything to do.
    this.#ended.catch(() => {});
  }

  /**
   * Resolves when it has found no more files to take.
   *
   * @throws {SeamlessError} `IO_ERROR` if it could not start or did not end well.
   */
  async run(job: HashJob, onError: (error: SeamlessError) => void): Promise<void> {
    this.#worker.on("message", ({ code, message, file }: { code: ErrorCode; message: string; file?: string }) =>
      onError(new SeamlessError(code, message, { file })),
    );
    this.#worker.postMessage(job);
    try {
      await this.#ended;
    } catch (cause) {
      const fault = describe(cause instanceof Error ? cause.message : cause);
      throw hashingError(job, `a thread failed (${fault})`, cause);
    }
  }

  /** For one that was given nothing to do. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
