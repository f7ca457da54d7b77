import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { type ErrorCode, SeamlessError } from "../errors.ts";
import { bytesDone, createHashJob, filesDone, type HashJob, jobChecksums, runHashJob, stop } from "./hash-job.ts";

export interface HashFilesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called about ten times a second and at the end. */
  readonly onProgress?: ((files: number, bytes: number) => void) | undefined;
  /** Threads at most, this one included. */
  readonly threads?: number | undefined;
}

export interface HashedFiles {
  /** 64 hex digits a file, in the order of the files; meaningless where there were errors. */
  readonly hex: readonly string[];
  readonly bytes: number;
  readonly errors: readonly SeamlessError[];
}

/** The event loop gets a turn after this long, in ms. */
const TURN = 6;
/**
 * A worker takes 20 to 40 ms of a processor to start. It pays at once for this many files (at 25 µs each, at the least);
 * for fewer, which may be large, it is decided after a moment, in ms, by what is then left to do, in ms.
 */
const MANY_FILES = 3000;
const PROBE = 15;
const WORTH_IT = 50;
const MAX_THREADS = 8;
const PROGRESS_INTERVAL = 100;

/**
 * Hash many files. This thread starts at once; if what is left after a moment is worth it, workers join in.
 *
 * @param root - Path of a directory.
 * @param files - Paths relative to it.
 */
export async function hashFiles(
  root: string,
  files: readonly string[],
  options: HashFilesOptions = {},
): Promise<HashedFiles> {
  const { signal, onProgress } = options;
  const job = createHashJob(root, files);
  const errors: SeamlessError[] = [];
  const workers: Promise<void>[] = [];
  const onAbort = () => stop(job);
  signal?.addEventListener("abort", onAbort);
  const timer = onProgress && setInterval(() => onProgress(filesDone(job), bytesDone(job)), PROGRESS_INTERVAL);
  const extra = Math.min(options.threads ?? availableParallelism(), MAX_THREADS, files.length) - 1;
  const recruit = () => {
    for (let i = 0; i < extra; i++) workers.push(startWorker(job, (error) => errors.push(error)));
  };
  const started = performance.now();
  const probe = setTimeout(() => {
    const perFile = (performance.now() - started) / filesDone(job);
    if (perFile * (files.length - filesDone(job)) > WORTH_IT) recruit();
  }, PROBE);
  if (files.length >= MANY_FILES) {
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
  try {
    signal?.throwIfAborted();
    await runHashJob(job, pause, (error) => errors.push(error));
    await Promise.all(workers);
  } catch (error) {
    stop(job);
    await Promise.allSettled(workers);
    throw error;
  } finally {
    clearTimeout(probe);
    clearInterval(timer);
    signal?.removeEventListener("abort", onAbort);
  }
  signal?.throwIfAborted();
  onProgress?.(filesDone(job), bytesDone(job));
  return { hex: jobChecksums(job), bytes: bytesDone(job), errors };
}

/** Resolves when the worker has found no more files to take. */
function startWorker(job: HashJob, onError: (error: SeamlessError) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./hash-worker.js", import.meta.url), { workerData: job });
    worker.on("message", ({ code, message, file }: { code: ErrorCode; message: string; file?: string }) =>
      onError(new SeamlessError(code, message, { file })),
    );
    worker.once("error", reject);
    worker.once("exit", () => resolve());
  });
}
