import { systemClock } from "@seamless/store";
import { LEAST_PROGRESS } from "./limits.ts";

/**
 * Gives up a transfer that does not get on: in each period some bytes must move. A client that sends one byte now and then
 * must not hold a connection forever.
 *
 * @param period - In milliseconds.
 * @param moved - Bytes so far; `undefined` while it is not the client who is waited for.
 * @param giveUp - Called at most once.
 * @returns a function that ends the watch.
 */
export function watch(period: number, moved: () => number | undefined, giveUp: () => void): () => void {
  let before = moved();
  let ended = false;
  const end = () => {
    ended = true;
    timer.cancel();
  };
  const look = () => {
    if (ended) return;
    const now = moved();
    // Who was not waited for when the period began had no whole period.
    if (now !== undefined && before !== undefined && now - before < LEAST_PROGRESS) {
      end();
      giveUp();
    }
    before = now;
  };
  // Not before the system was asked what has moved: we may have been the ones who were busy.
  const timer = systemClock.setInterval(() => setImmediate(look), period);
  return end;
}
