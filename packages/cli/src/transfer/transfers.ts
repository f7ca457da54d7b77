import { isSeamlessError } from "@seamless/checksum";
import { mapParallel } from "@seamless/internal/parallel";
import { sleep } from "@seamless/internal/timers";
import { UsageError } from "../program/arguments.ts";
import type { Call } from "../program/command.ts";
import type { OptionTable } from "../program/options.ts";

/** Files at a time, if nothing else is said. */
export const PARALLEL = 16;

/** The option of commands that transfer many files. */
export const PARALLEL_OPTION: OptionTable = {
  parallel: { kind: "number", value: "N", min: 1, max: 256, does: `how many files at a time (default ${PARALLEL})` },
};

/** Items to transfer, and how. */
interface Transfers<T> {
  readonly items: Iterable<T>;
  /** Number of items. */
  readonly count: number;
  /** Total size in bytes; 0 if it is not known. */
  readonly totalBytes: number;
  /** The path that an error of the item is reported with. */
  nameOf(item: T): string;
  /** Whether a failure is thrown: there is only one item. @default false */
  readonly throws?: boolean | undefined;
  /**
   * Transfers one item.
   *
   * @param onBytes - To call with the number of bytes transferred so far.
   */
  transfer(item: T, onBytes: (bytes: number) => void): Promise<void>;
}

/**
 * Transfers many items, several at a time, with progress. Failures are reported, and the others are still transferred.
 *
 * @returns the number of failures.
 */
export async function transferAll<T>(
  call: Call,
  { items, count, totalBytes, nameOf, transfer, throws = false }: Transfers<T>,
): Promise<number> {
  const { console, signal, numbers } = call;
  const progress = console.progress();
  let [files, bytes, failed] = [0, 0, 0];
  const current = new Map<T, { readonly name: string; readonly since: number }>();
  const tell = () => progress?.update({ files, totalFiles: count, bytes, totalBytes, current });
  await mapParallel(items, { limit: numbers["parallel"] ?? PARALLEL, signal }, async (item) => {
    let moved = 0;
    current.set(item, { name: nameOf(item), since: performance.now() });
    // Starts from 0 again when it is retried.
    const onBytes = (now: number) => {
      bytes += now - moved;
      moved = now;
      tell();
    };
    try {
      await transfer(item, onBytes);
    } catch (error) {
      signal.throwIfAborted();
      if (throws) throw error;
      console.report(error, nameOf(item));
      failed++;
    } finally {
      current.delete(item);
    }
    files++;
    tell();
  });
  return failed;
}

/**
 * Plans each of several things that were asked for, and does them once all plans are known to be allowed. Failures are reported
 * in order, and the others are still done; that of a single one is thrown, as is wrong usage.
 *
 * @param nameOf - The operand that a failure is reported with.
 * @param allows - Resolves to whether all that could be planned may be done.
 * @param work - Resolves to whether it succeeded.
 * @returns whether all succeeded.
 */
export async function planAndDo<T, P>(
  { signal, console }: Call,
  items: readonly T[],
  steps: {
    nameOf(item: T): string;
    plan(item: T): Promise<P>;
    allows(plans: readonly P[]): Promise<boolean>;
    work(plan: P, item: T): Promise<boolean>;
  },
): Promise<boolean> {
  const outcomes: { readonly item: T; readonly plan?: P; readonly error?: unknown }[] = [];
  const isFatal = (error: unknown) => items.length === 1 || error instanceof UsageError || signal.aborted;
  for (const item of items) {
    try {
      outcomes.push({ item, plan: await steps.plan(item) });
    } catch (error) {
      if (isFatal(error)) throw error;
      outcomes.push({ item, error });
    }
  }
  const plans = outcomes.flatMap(({ plan }) => (plan === undefined ? [] : [plan]));
  if (!(await steps.allows(plans))) return false;
  let ok = true;
  for (const { item, plan, error: failure } of outcomes) {
    try {
      if (plan === undefined) throw failure;
      ok = (await steps.work(plan, item)) && ok;
    } catch (error) {
      if (isFatal(error)) throw error;
      console.report(error, steps.nameOf(item));
      ok = false;
    }
  }
  return ok;
}

/** Number of buffers in one request to a store: few round trips, and requests of a bounded size. */
const BATCH_SIZE = 1000;

/** Runs work on batches of items, one after the other, in order. */
export async function eachBatch<T>(items: Iterable<T>, work: (batch: readonly T[]) => Promise<void>): Promise<void> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < BATCH_SIZE) continue;
    await work(batch);
    batch = [];
  }
  if (batch.length > 0) await work(batch);
}

/** Maps items in batches, one after the other. The answers are in the order of the items. */
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

/** Waits before each retry, in ms. */
const WAITS = [200, 800, 2500];

/**
 * Makes a function that runs work on a store and retries it with a back-off where the store failed (`STORE_FAILED`) and
 * may work again.
 * Once one caller has used up its retries, all callers fail at once until the store succeeds again: a directory of many
 * files must not wait for each of them if the store is gone.
 *
 * The function also takes a question for the store, asked before each retry: an answer makes the retry unnecessary, and
 * if the question fails (the store wants another token), so would the work.
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
        if (!isSeamlessError(error, "STORE_FAILED") || (await isLasting(error))) throw error;
        const giveUp = () => {
          gone = true;
          throw error;
        };
        const wait = gone ? undefined : waits[tries];
        if (wait === undefined) return giveUp();
        await sleep(wait, signal);
        const answer = await ask?.().catch(giveUp);
        if (answer !== undefined) return answer;
      }
    }
  };
}

/** `isLasting` of stores, loaded only after a failure: help and usage errors need no store. */
async function isLasting(error: unknown): Promise<boolean> {
  const store = await import("@seamless/store");
  return store.isLasting(error);
}
