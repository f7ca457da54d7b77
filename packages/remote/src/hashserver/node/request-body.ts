import type { IncomingMessage, ServerResponse } from "node:http";
import { Watchdog } from "./watchdog.ts";

/**
 * The body of a request, read as it is asked for. Whoever waits for `100 Continue` gets it when the first piece is wanted, so
 * that what is not wanted is not sent at all.
 *
 * @param stallTimeout - In milliseconds.
 */
export async function* requestBody(
  request: IncomingMessage,
  response: ServerResponse,
  stallTimeout: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (request.headers.expect !== undefined) response.writeContinue();
  const watchdog = new Watchdog(stallTimeout, () => {
    request.destroy(new Error(`the client sent nothing for ${stallTimeout} ms`));
  });
  try {
    // What is left unread is thrown away by whoever ends the answer.
    for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      watchdog.feed(piece.byteLength);
      yield piece;
    }
    // A body that broke off is not always an error of the stream.
    if (!request.complete) throw new Error("the client broke off");
  } finally {
    watchdog.stop();
  }
}
