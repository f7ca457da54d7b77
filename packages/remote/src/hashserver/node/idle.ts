import type { RequestListener, Server } from "node:http";
import { onAbort } from "@seamless/internal/abort";
import { platformTimers } from "@seamless/internal/timers";

/**
 * Resolves when a server has had no request for a time, counted from the end of the last answer.
 *
 * @param time - In milliseconds.
 * @throws the signal's reason.
 */
export function whenIdle(server: Server, time: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let underWay = 0;
    const wait = () => platformTimers.setTimeout(() => end(resolve), time);
    const onRequest: RequestListener = (_, response) => {
      underWay += 1;
      timer.cancel();
      response.once("close", () => {
        underWay -= 1;
        if (underWay === 0 && !ended) timer = wait();
      });
    };
    let ended = false;
    const end = (settle: () => void) => {
      ended = true;
      timer.cancel();
      forget();
      for (const event of EVENTS) server.off(event, onRequest);
      settle();
    };
    let timer = wait();
    for (const event of EVENTS) server.prependListener(event, onRequest);
    let forget = () => {};
    forget = onAbort(signal, () => end(() => reject(signal?.reason)));
  });
}

const EVENTS = ["request", "checkContinue"] as const;
