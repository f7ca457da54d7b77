import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { streamPieces } from "@seamless/cache";
import type { HashserverResponse } from "../server/index.ts";
import { Watchdog } from "./watchdog.ts";

/**
 * Send an answer. One whose bytes turn out to be wrong is broken off: the client sees fewer than were announced.
 *
 * @param stallTimeout - In milliseconds.
 */
export async function send(
  response: ServerResponse,
  { status, headers, body }: HashserverResponse,
  stallTimeout: number,
): Promise<void> {
  response.writeHead(status, headers);
  if (body === null) return void response.end();
  if (body instanceof Uint8Array) return void response.end(body);
  const watchdog = new Watchdog(stallTimeout, () => response.destroy());
  const gone = once(response, "close").catch(() => undefined);
  try {
    for await (const piece of streamPieces(body)) {
      if (response.destroyed) return;
      if (response.write(piece)) watchdog.feed(piece.byteLength);
      else {
        // One of the two comes, at the latest from the watchdog.
        await Promise.race([once(response, "drain"), gone]);
        watchdog.feed(piece.byteLength);
      }
    }
    response.end();
  } catch {
    // Wrong bytes, or a store that failed in the middle. It cannot be said any more, only shown.
    response.destroy();
  } finally {
    watchdog.stop();
  }
}
