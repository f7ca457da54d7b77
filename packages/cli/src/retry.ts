import { setTimeout as pause } from "node:timers/promises";
import { isSeamlessError } from "@seamless/checksum";

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
