import { setTimeout as pause } from "node:timers/promises";
import { isSeamlessError } from "@seamless/checksum";
import type { Call } from "../program/command.ts";
import type { OptionTable } from "../program/options.ts";

const PARALLEL = 16;

/** Of commands that move many files. */
export const PARALLEL_OPTION: OptionTable = {
  parallel: { kind: "number", value: "N", min: 1, max: 256, does: `how many files at a time (default ${PARALLEL})` },
};

/** What is to be moved, and how. */
export interface Transfers<T> {
  readonly items: Iterable<T>;
  /** How many they are. */
  readonly count: number;
  /** Size of all together, in bytes; 0 where it is not known. */
  readonly totalBytes: number;
  /** What an error of an item is reported with. */
  nameOf(item: T): string;
  /**
   * Move one.
   *
   * @param onBytes - To be told how many bytes of it have been moved so far.
   */
  move(item: T, onBytes: (bytes: number) => void): Promise<void>;
}

/**
 * Move many files, several at a time, with progress. One that fails is reported, and the others are moved all the same.
 *
 * @returns how many failed.
 */
export async function transferAll<T>(
  call: Call,
  { items, count, totalBytes, nameOf, move }: Transfers<T>,
): Promise<number> {
  const { console, signal, numbers } = call;
  const progress = console.progress();
  let [files, bytes, failed] = [0, 0, 0];
  const tell = () => progress?.update({ files, totalFiles: count, bytes, totalBytes });
  await eachParallel(items, numbers["parallel"] ?? PARALLEL, signal, async (item) => {
    let moved = 0;
    // Back to nothing where it is tried again.
    const onBytes = (now: number) => {
      bytes += now - moved;
      moved = now;
      tell();
    };
    try {
      await move(item, onBytes);
    } catch (error) {
      signal.throwIfAborted();
      console.report(error, nameOf(item));
      failed++;
    }
    files++;
    tell();
  });
  return failed;
}

/** How many buffers a store is asked about at once: few round trips, and requests of a bounded size. */
const BATCH = 1000;

/**
 * Do something with many things, a batch at a time, in their order.
 */
export async function eachBatch<T>(items: Iterable<T>, work: (batch: readonly T[]) => Promise<void>): Promise<void> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    await work(batch);
    batch = [];
  }
  if (batch.length > 0) await work(batch);
}

/** The same where each thing has an answer; in the order of the things. */
export async function mapBatches<T, A>(
  items: Iterable<T>,
  ask: (batch: readonly T[]) => Promise<readonly A[]>,
): Promise<readonly A[]> {
  const answers: A[] = [];
  await eachBatch(items, async (batch) => {
    for (const answer of await ask(batch)) answers.push(answer);
  });
  return answers;
}

/** Between one try and the next, in ms. */
const WAITS = [200, 800, 2500];

/**
 * Makes a function that does something with a store, and again after a while where the store failed: it may be busy, or
 * another client that put the same buffer broke off. All that share it give up quickly once one has tried in vain, until
 * the store answers again: with a store that is gone, a directory of many files must come to its end.
 *
 * The function takes a question for the store as well, for before the next try. Its answer may make that needless, and a
 * store that does not answer (it wants another token) would not do the work either.
 */
export function createRetry(signal: AbortSignal, waits: readonly number[] = WAITS) {
  let gone = false;
  return async function retry<T>(work: () => Promise<T>, ask?: () => Promise<T | undefined>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        const result = await work();
        gone = false;
        return result;
      } catch (error) {
        signal.throwIfAborted();
        if (!isSeamlessError(error, "STORE_FAILED")) throw error;
        const giveUp = () => {
          gone = true;
          throw error;
        };
        const wait = gone ? undefined : waits[tries];
        if (wait === undefined) return giveUp();
        await pause(wait, undefined, { signal });
        const answer = await ask?.().catch(giveUp);
        if (answer !== undefined) return answer;
      }
    }
  };
}

/**
 * Do something with each item, several at a time, begun in their order. The first failure, or an abort, lets nothing
 * new begin; what is under way is waited for.
 *
 * @param limit - How many at a time.
 * @throws what the work throws first; the signal's reason once it is aborted.
 */
export async function eachParallel<T>(
  items: Iterable<T>,
  limit: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const worker = async () => {
    try {
      while (!failed && !signal.aborted) {
        const next = iterator.next();
        if (next.done) return;
        await work(next.value);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: limit }, worker));
  signal.throwIfAborted();
  for (const result of workers) if (result.status === "rejected") throw result.reason;
}
