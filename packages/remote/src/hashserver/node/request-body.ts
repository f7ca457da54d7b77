import type { IncomingMessage, ServerResponse } from "node:http";
import { watch } from "./watchdog.ts";

/**
 * The body of a request, read as it is asked for.
 *
 * @param stallTimeout - In milliseconds.
 * @param waits - Does the client wait for leave to send? It gets it when the first piece is wanted.
 */
export async function* requestBody(
  request: IncomingMessage,
  response: ServerResponse,
  stallTimeout: number,
  waits: boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (waits) response.writeContinue();
  let moved = 0;
  let waiting = true;
  const unwatch = watch(
    stallTimeout,
    () => (waiting ? moved : undefined),
    // Not the request: a body that breaks off while nobody has gone would be taken for a failure of ours.
    () => response.destroy(),
  );
  try {
    // What is left unread is thrown away by whoever ends the answer.
    for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      moved += piece.byteLength;
      // A client need not pay for the time that the store takes.
      waiting = false;
      yield piece;
      waiting = true;
    }
    // A body that broke off is not always an error of the stream.
    if (!request.complete) throw new Error("the client broke off");
  } finally {
    unwatch();
  }
}
