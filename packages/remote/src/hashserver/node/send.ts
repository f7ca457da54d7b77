import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { streamPieces } from "@seamless/cache";
import type { HashserverResponse } from "../server/index.ts";
import { watch } from "./watchdog.ts";

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
  if (!(body instanceof Uint8Array)) return sendStream(response, body, stallTimeout);
  response.end(body);
  // The system takes a small answer at once, unless the client has left others unread.
  if (response.writableLength > 0) response.once("close", watchSending(response, stallTimeout));
}

async function sendStream(
  response: ServerResponse,
  body: ReadableStream<Uint8Array>,
  stallTimeout: number,
): Promise<void> {
  const unwatch = watchSending(response, stallTimeout);
  const gone = once(response, "close").catch(() => undefined);
  try {
    for await (const piece of streamPieces(body)) {
      if (response.destroyed) return;
      // One of the two comes, at the latest from the watch.
      if (!response.write(piece)) await Promise.race([once(response, "drain"), gone]);
    }
    response.end();
  } catch {
    // Wrong bytes, or a store that failed in the middle. It cannot be said any more, only shown.
    response.destroy();
  } finally {
    unwatch();
  }
}

function watchSending(response: ServerResponse, stallTimeout: number): () => void {
  const { socket } = response.req;
  return watch(
    stallTimeout,
    () => taken(socket),
    () => response.destroy(),
  );
}

/** Bytes that the system has taken from a connection so far. */
function taken(socket: Socket): number {
  // Of a write that is under way this is told nowhere else. Without it a write counts once it is whole.
  const { _handle: handle } = socket as { _handle?: { readonly writeQueueSize?: number } | null };
  return socket.bytesWritten - (handle?.writeQueueSize ?? socket.writableLength);
}
