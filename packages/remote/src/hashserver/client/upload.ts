import { joinPieces, onAbort, type PutStreamOptions, type StoreOptions, verifiedPieces } from "@seamless/cache";
import { type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { pause } from "../../pause.ts";
import { PATHS, PUT_STATUS } from "../protocol.ts";
import { shortText } from "./body.ts";
import type { Connection } from "./connection.ts";
import { refusal, type Subject, serverFailure, unexpected } from "./failures.ts";
import type { Lookup } from "./lookup.ts";
import type { Settings } from "./options.ts";

/** In bytes: streams up to this are collected, so that they can be sent again. */
const SMALL = 2 ** 20;

/** Between two looks at what somebody else is uploading, in milliseconds: doubled from the first to the last. */
const FIRST_LOOK = 100;
const LAST_LOOK = 5_000;

const OTHER_HASH = "the server takes right bytes for wrong (status 400): it may use another hash, or be no hashserver";

/** How long a stream, which cannot be sent again, waits for somebody else's upload, in milliseconds. */
const STREAM_PATIENCE = 30_000;

/** Puts buffers, and makes sure that they have arrived. */
export class Upload {
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #lookup: Lookup;

  constructor(connection: Connection, settings: Settings, lookup: Lookup) {
    this.#connection = connection;
    this.#settings = settings;
    this.#lookup = lookup;
  }

  async put(checksum: Checksum, bytes: Uint8Array, options: StoreOptions): Promise<void> {
    const pieces = verifiedPieces(checksum, slices(bytes), { ...options, copy: false, store: this.#settings.name });
    for await (const _ of pieces);
    await this.#putVerified(checksum, bytes, options);
  }

  /** A larger one is sent as it comes, and cannot be sent again. */
  async putStream(checksum: Checksum, source: AsyncIterable<Uint8Array>, options: PutStreamOptions): Promise<void> {
    const { signal, length } = options;
    // A signal of its own: a source that hangs is left alone once the server has answered.
    const stopper = new AbortController();
    const forget = onAbort(signal, () => stopper.abort(signal?.reason));
    const rest = verifiedPieces(checksum, source, { length, signal: stopper.signal, store: this.#settings.name });
    let whole: Uint8Array | undefined;
    let stored = false;
    try {
      const start = await this.#collect(rest);
      if (start.complete) whole = await joinPieces(iterate(start.pieces));
      else stored = await this.#sendStream(checksum, start.pieces, rest, options);
    } finally {
      forget();
      stopper.abort();
      rest.return().catch(() => undefined);
    }
    if (whole !== undefined) return this.#putVerified(checksum, whole, options);
    if (!stored) await this.#waitForOther(checksum, Math.min(this.#settings.patience, STREAM_PATIENCE), options);
  }

  /** @returns how long the server keeps the promise, in milliseconds. */
  promise(checksum: Checksum, { signal }: StoreOptions): Promise<number> {
    const subject: Subject = { store: this.#settings.name, what: "promise", checksum };
    const question = { subject, method: "PUT", path: PATHS.promise(checksum), length: 0, signal } as const;
    return this.#connection.ask(question, async (answer) => {
      if (answer.status !== 202) {
        answer.discard();
        throw this.#refusal(subject, answer.status);
      }
      const text = await shortText(subject, answer, 4096);
      const seconds = Number(/"expires_in"\s*:\s*([0-9.]+)/.exec(text)?.[1]);
      if (Number.isFinite(seconds)) return seconds * 1000;
      throw serverFailure(subject, "the answer is no promise");
    });
  }

  async #putVerified(checksum: Checksum, bytes: Uint8Array, options: StoreOptions): Promise<void> {
    const send = () => this.#send(checksum, bytes, bytes.byteLength, options.signal);
    if (!(await send())) await this.#waitForOther(checksum, this.#settings.patience, options, send);
  }

  /** All of a stream if it is short, or if streams cannot be sent; otherwise its beginning. */
  async #collect(stream: AsyncGenerator<Uint8Array, void, undefined>) {
    const limit = this.#connection.full ? SMALL : Number.POSITIVE_INFINITY;
    const pieces: Uint8Array[] = [];
    let collected = 0;
    while (collected <= limit) {
      const next = await stream.next();
      if (next.done) return { pieces, complete: true };
      pieces.push(next.value);
      collected += next.value.byteLength;
    }
    return { pieces, complete: false };
  }

  /** @returns false if somebody else is uploading the buffer. */
  async #sendStream(
    checksum: Checksum,
    start: readonly Uint8Array[],
    rest: AsyncIterable<Uint8Array>,
    { length, signal }: PutStreamOptions,
  ): Promise<boolean> {
    let failure: { readonly reason: unknown } | undefined;
    const body = async function* () {
      try {
        yield* start;
        yield* rest;
      } catch (reason) {
        // Kept, since it may be anything: `undefined` would not even break off the request.
        failure = { reason };
        throw new Error("the source failed");
      }
    };
    const throwFailure = () => {
      if (failure !== undefined) throw failure.reason;
    };
    try {
      return await this.#send(checksum, body(), length, signal);
    } finally {
      // Also if the answer came before the end, and the source has said since that it was wrong.
      throwFailure();
    }
  }

  /** @returns false if somebody else is uploading the buffer. */
  #send(
    checksum: Checksum,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    length: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const subject: Subject = { store: this.#settings.name, what: "put", checksum };
    const headers = { "content-type": "application/octet-stream" };
    const question = { subject, method: "PUT", path: PATHS.buffer(checksum), headers, body, length, signal } as const;
    return this.#connection.ask(question, async (answer) => {
      answer.discard();
      if (answer.status === PUT_STATUS.stored || answer.status === PUT_STATUS.there) return true;
      if (answer.status === PUT_STATUS.busy) return false;
      // The bytes were hashed before they left: the next time, it would find the same.
      if (answer.status === PUT_STATUS.wrong) throw refusal("CHECKSUM_MISMATCH", subject, OTHER_HASH);
      throw this.#refusal(subject, answer.status);
    });
  }

  /**
   * The server has left the buffer to somebody else, who may never finish: only a length proves that it has arrived.
   *
   * @param patience - In milliseconds.
   * @param again - Sends the buffer once more: should the other have given up, it is taken now.
   */
  async #waitForOther(
    checksum: Checksum,
    patience: number,
    options: StoreOptions,
    again?: () => Promise<boolean>,
  ): Promise<void> {
    const end = performance.now() + patience;
    let allowed = true;
    const failed = (error: unknown) => {
      if (isSeamlessError(error, "ACCESS_DENIED")) allowed = false;
      return [];
    };
    for (let wait = FIRST_LOOK; performance.now() < end; wait = Math.min(LAST_LOOK, wait * 2)) {
      await pause(Math.min(wait, patience), options.signal);
      if (allowed) {
        const look = this.#lookup.lengths([checksum], options);
        // A look that fails proves nothing. Whoever can send the buffer once more learns as much from that.
        const [length] = await (again === undefined ? look : look.catch(failed));
        if (length !== undefined) return;
      }
      if (await again?.()) return;
    }
    const subject: Subject = { store: this.#settings.name, what: "put", checksum };
    throw serverFailure(subject, "somebody else is uploading it, and does not finish: try again");
  }

  #refusal(subject: Subject, status: number): SeamlessError {
    if (status !== 405) return unexpected(subject, status);
    const { store, checksum } = subject;
    const message = `${store} is read-only: ${checksum?.hex()} was not written`;
    return new SeamlessError("READ_ONLY", message, { checksum, store });
  }
}

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += SMALL) yield bytes.subarray(at, at + SMALL);
}

async function* iterate<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items;
}
