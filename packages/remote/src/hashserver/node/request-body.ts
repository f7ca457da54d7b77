import type { IncomingMessage, ServerResponse } from "node:http";
import { watch } from "./watchdog.ts";

/** The body of a request, read as it is asked for. */
export class RequestBody implements AsyncIterable<Uint8Array> {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #stallTimeout: number;
  readonly #waits: boolean;
  #stopped = false;
  #wake = () => {};

  /**
   * @param stallTimeout - In milliseconds.
   * @param waits - Does the client wait for leave to send? It gets it when the first piece is wanted.
   */
  constructor(request: IncomingMessage, response: ServerResponse, stallTimeout: number, waits: boolean) {
    this.#request = request;
    this.#response = response;
    this.#stallTimeout = stallTimeout;
    this.#waits = waits;
  }

  /** Nobody reads any more: what is still waited for fails, and what comes is left to others. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const request = this.#request;
    if (this.#waits) this.#response.writeContinue();
    let moved = 0;
    let waiting = true;
    const unwatch = watch(
      this.#stallTimeout,
      () => (waiting ? moved : undefined),
      // Not the request: a body that breaks off while nobody has gone would be taken for a failure of ours.
      () => this.#response.destroy(),
    );
    try {
      while (!this.#stopped) {
        const piece: Buffer | null = request.read();
        if (piece !== null) {
          moved += piece.byteLength;
          // A client need not pay for the time that the store takes.
          waiting = false;
          yield piece;
          waiting = true;
        } else if (request.readableEnded || request.destroyed) break;
        else await this.#more();
      }
      // A body that broke off is not always an error of the stream.
      if (this.#stopped || !request.complete) throw new Error("the client broke off");
    } finally {
      unwatch();
    }
  }

  /** Resolves when there is more to read, when there will be nothing more, and when nobody reads any more. */
  #more(): Promise<void> {
    const request = this.#request;
    return new Promise((resolve) => {
      const wake = () => {
        for (const event of EVENTS) request.off(event, wake);
        this.#wake = () => {};
        resolve();
      };
      for (const event of EVENTS) request.on(event, wake);
      this.#wake = wake;
    });
  }
}

const EVENTS = ["readable", "end", "close", "error"] as const;
