import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { streamPieces } from "@seamless/cache";
import type { HashserverResponse } from "../server/index.ts";
import { BUSY } from "../server/respond.ts";
import type { Lease, Outflow, Plan } from "./outflow.ts";
import type { Pace } from "./pace.ts";
import { watch } from "./watchdog.ts";

/** In bytes: what is given to the system at a time, so that what it has taken is not held any longer. */
const PIECE = 65_536;

/** In bytes, about: what a stream takes beside its pieces, with its connection and what is collected late of both. */
const OVERHEAD = 131_072;

export interface SendOptions {
  /** In milliseconds. */
  readonly stallTimeout: number;
  readonly outflow: Outflow;
  readonly pace: Pace;
  /** What a stream will take, where that was said to its source. */
  readonly plan?: Plan | undefined;
}

/**
 * Send an answer. One whose bytes turn out to be wrong is broken off: the client sees fewer than were announced.
 */
export async function send(
  response: ServerResponse,
  { status, headers, body }: HashserverResponse,
  options: SendOptions,
): Promise<void> {
  if (body !== null && !(body instanceof Uint8Array)) return sendStream(response, { status, headers, body }, options);
  options.plan?.forget();
  response.writeHead(status, headers);
  if (body === null) return void response.end();
  response.end(body);
  // The system takes a small answer at once, unless the client has left others unread.
  if (response.writableLength > 0) holdUntilTaken(response, options);
}

interface StreamResponse extends HashserverResponse {
  readonly body: ReadableStream<Uint8Array>;
}

async function sendStream(
  response: ServerResponse,
  { status, headers, body }: StreamResponse,
  options: SendOptions,
): Promise<void> {
  const { outflow, pace, plan, stallTimeout } = options;
  const { pieceSize, memory } = plan ?? { pieceSize: PIECE };
  let draining = false;
  const moved = () => (draining ? taken(response.req.socket) : undefined);
  const lease = outflow.open({ moved, cut: () => response.destroy() });
  const unwatch = watch(stallTimeout, moved, () => response.destroy());
  // One listener for all pieces: what waits for each of them anew is kept for as long as the client is there.
  let wake = () => {};
  response.on("drain", () => wake());
  response.once("close", () => {
    wake();
    lease.end();
    memory?.end();
  });
  try {
    const length = Number(headers["content-length"] ?? Number.POSITIVE_INFINITY);
    // Of its own, and one that the store holds back until it is known to be right.
    const room = lease.reserve(OVERHEAD + Math.min(2 * pieceSize, length));
    plan?.forget();
    if (!(await room)) {
      body.cancel().catch(ignore);
      if (!response.destroyed) await send(response, BUSY, options);
      return;
    }
    response.writeHead(status, headers);
    const turn = pace.share();
    await turn(pieceSize);
    for await (const piece of streamPieces(body)) {
      if (response.destroyed) return;
      lease.grow(OVERHEAD + Math.max(memory?.held ?? 0, Math.min(2 * piece.byteLength, length)));
      for (let at = 0; at < piece.byteLength && !response.destroyed; at += PIECE) {
        const isLast = at + PIECE >= piece.byteLength;
        const onTaken = isLast ? () => memory?.release(piece) : undefined;
        if (response.write(piece.subarray(at, at + PIECE), onTaken)) continue;
        draining = true;
        // One of the two comes, at the latest from the watch.
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        draining = false;
      }
      await turn(pieceSize);
    }
    response.end();
    if (response.writableLength > 0) holdUntilTaken(response, options);
  } catch {
    // Wrong bytes, or a store that failed in the middle. It cannot be said any more, only shown.
    response.destroy();
  } finally {
    unwatch();
    lease.end();
  }
}

/** What the client has not read is in memory until it does. */
function holdUntilTaken(response: ServerResponse, { outflow, stallTimeout }: SendOptions): void {
  const { socket } = response.req;
  const moved = () => taken(socket);
  const lease: Lease = outflow.open({ moved, cut: () => response.destroy() });
  lease.grow(response.writableLength);
  const unwatch = watch(stallTimeout, moved, () => response.destroy());
  response.once("close", () => {
    unwatch();
    lease.end();
  });
}

function ignore(): void {}

/** Bytes that the system has taken from a connection so far. */
function taken(socket: Socket): number {
  // Of a write that is under way this is told nowhere else. Without it a write counts once it is whole.
  const { _handle: handle } = socket as { _handle?: { readonly writeQueueSize?: number } | null };
  return socket.bytesWritten - (handle?.writeQueueSize ?? socket.writableLength);
}
