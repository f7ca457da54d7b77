import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { HashserverResponse, StreamMemory } from "../server/requests.ts";
import { BUSY } from "../server/responses.ts";
import { type ChunkPool, LentMemory } from "./chunk-pool.ts";
import { watch } from "./limits.ts";
import type { Lease, Outflow, Transfer } from "./outflow.ts";

/**
 * In bytes: what a stream takes beside its chunks, with its part of the heap, which the engine lets grow to four times what is
 * used, and of connections that wait. Measured with 1,000 clients: the least for which the process stays well below 200 MiB.
 */
const OVERHEAD = 327_680;

export interface SendOptions {
  /** In milliseconds. */
  readonly stallTimeout: number;
  readonly outflow: Outflow;
  readonly pool: ChunkPool;
}

/** The memory of one stream on its way to a client. It ends when the client has gone. */
export class Reservation implements StreamMemory, Transfer {
  readonly chunkSize: number;
  readonly memory: LentMemory;
  readonly #response: ServerResponse;
  readonly #lease: Lease;
  #length = Number.POSITIVE_INFINITY;
  #wake: (() => void) | undefined;

  constructor(response: ServerResponse, { outflow, pool }: SendOptions) {
    this.chunkSize = outflow.chunkSize;
    this.memory = new LentMemory(pool, this.chunkSize);
    this.#response = response;
    this.#lease = outflow.open(this);
    // One listener for all chunks: what waits for each of them anew is kept for as long as the client is there.
    response.on("drain", () => this.#wake?.());
    response.once("close", () => {
      this.#wake?.();
      this.end();
      this.memory.end();
    });
  }

  /**
   * Wait for room.
   *
   * @param length - Of the stream, in bytes.
   * @returns itself, or `undefined` if there is none.
   */
  async grant(length: number): Promise<this | undefined> {
    this.#length = length;
    // Of its own, and one that the store holds back until it is known to be right.
    const granted = await this.#lease.reserve(OVERHEAD + Math.min(2 * this.chunkSize, length));
    if (granted && !this.#response.destroyed) return this;
    // Where the client had gone before, nothing tells of it any more.
    this.end();
    return undefined;
  }

  /** Hold what there is of a stream with a chunk of so many bytes. */
  grow(bytes: number): void {
    this.#lease.grow(OVERHEAD + Math.max(this.memory.held, Math.min(2 * bytes, this.#length)));
  }

  /** Wait until the client has taken enough, or has gone; at the latest the watch sees to that. */
  async drained(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  /** Bytes that the system has taken so far; `undefined` while it is not the client who is waited for. */
  moved(): number | undefined {
    return this.#wake === undefined ? undefined : taken(this.#response.req.socket);
  }

  /** The client reads too little for what it holds. */
  cut(): void {
    this.#response.destroy();
  }

  /** Nothing more is read for it. */
  end(): void {
    this.#lease.end();
  }
}

/**
 * Send an answer. One whose bytes turn out to be wrong is broken off: the client sees fewer than were announced.
 *
 * @param reservation - Of the answer, if it is a stream for which memory was reserved before it was opened.
 */
export async function send(
  response: ServerResponse,
  { status, headers, body }: HashserverResponse,
  options: SendOptions,
  reservation?: Reservation,
): Promise<void> {
  if (body !== null && !(body instanceof Uint8Array)) {
    return sendStream(response, { status, headers, body }, options, reservation);
  }
  reservation?.end();
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
  reserved: Reservation | undefined,
): Promise<void> {
  const reservation = reserved ?? new Reservation(response, options);
  const { memory } = reservation;
  const reader = body.getReader();
  const unwatch = watch(
    options.stallTimeout,
    () => reservation.moved(),
    () => response.destroy(),
  );
  try {
    if (reserved === undefined && (await reservation.grant(Number.POSITIVE_INFINITY)) === undefined) {
      reader.cancel().catch(ignore);
      if (!response.destroyed) await send(response, BUSY, options);
      return;
    }
    response.writeHead(status, headers);
    // One at a time: to read the next while the client takes one gained 6 % of 64 MiB, and held half as much again for each client
    // that does not read.
    for (;;) {
      const { done, value: chunk } = await reader.read();
      if (response.destroyed) return void reader.cancel().catch(ignore);
      if (done) break;
      reservation.grow(chunk.byteLength);
      if (!response.write(chunk, () => memory.release(chunk))) await reservation.drained();
    }
    response.end();
    if (response.writableLength > 0) holdUntilTaken(response, options);
  } catch {
    reader.cancel().catch(ignore);
    // Wrong bytes, or a store that failed in the middle. It cannot be said any more, only shown.
    response.destroy();
  } finally {
    unwatch();
    reservation.end();
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
