import { joinPieces, type PutStreamOptions, type StoreOptions, verifiedPieces } from "@seamless/cache";
import { type Checksum, SeamlessError } from "@seamless/checksum";
import { pause } from "../../pause.ts";
import { PATHS, PUT_STATUS } from "../protocol.ts";
import type { Connection } from "./connection.ts";
import { type Subject, serverFailure, unexpected } from "./failures.ts";
import type { Lookup } from "./lookup.ts";
import type { Settings } from "./options.ts";

/** In bytes: streams up to this are collected, so that they can be sent again. */
const SMALL = 2 ** 20;

/** Between two looks at what somebody else is uploading, in milliseconds: doubled from the first to the last. */
const FIRST_LOOK = 100;
const LAST_LOOK = 5_000;

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
    const send = () => this.#send(checksum, bytes, bytes.byteLength, options.signal);
    if (await send()) return;
    await this.#waitForOther(checksum, this.#settings.patience, options, send);
  }

  /** A larger one is sent as it comes, and cannot be sent again. */
  async putStream(checksum: Checksum, source: AsyncIterable<Uint8Array>, options: PutStreamOptions): Promise<void> {
    const { signal, length } = options;
    const iterator = verifiedPieces(checksum, source, { ...options, store: this.#settings.name });
    const limit = this.#connection.full ? SMALL : Number.POSITIVE_INFINITY;
    const start: Uint8Array[] = [];
    let collected = 0;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      start.push(next.value);
      collected += next.value.byteLength;
      if (collected <= limit) continue;
      return this.#putRest(checksum, start, iterator, length, options);
    }
    // It has been verified on its way.
    const bytes = await joinPieces(iterate(start));
    const send = () => this.#send(checksum, bytes, bytes.byteLength, signal);
    if (await send()) return;
    await this.#waitForOther(checksum, this.#settings.patience, options, send);
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
      const text = new TextDecoder().decode(await joinPieces(answer.body, 4096));
      const seconds = Number(/"expires_in"\s*:\s*([0-9.]+)/.exec(text)?.[1]);
      if (Number.isFinite(seconds)) return seconds * 1000;
      throw serverFailure(subject, "the answer is no promise");
    });
  }

  async #putRest(
    checksum: Checksum,
    start: readonly Uint8Array[],
    rest: AsyncGenerator<Uint8Array, void, undefined>,
    length: number | undefined,
    options: StoreOptions,
  ): Promise<void> {
    // What the source throws is not to be taken for a fault of the connection, nor to be wrapped on its way.
    let failure: { readonly reason: unknown } | undefined;
    const body = async function* () {
      try {
        yield* start;
        yield* rest;
      } catch (reason) {
        failure = { reason };
        throw reason;
      } finally {
        await rest.return();
      }
    };
    const sending = this.#send(checksum, body(), length, options.signal).catch((error: unknown) => {
      throw failure === undefined ? error : failure.reason;
    });
    const stored = await sending.finally(() => rest.return());
    // The answer may have come before the end, and then the source says that it was wrong.
    if (failure !== undefined) throw failure.reason;
    if (!stored) await this.#waitForOther(checksum, Math.min(this.#settings.patience, STREAM_PATIENCE), options);
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
    for (let wait = FIRST_LOOK; performance.now() < end; wait = Math.min(LAST_LOOK, wait * 2)) {
      await pause(Math.min(wait, patience), options.signal);
      const [length] = await this.#lookup.lengths([checksum], options);
      if (length !== undefined || (await again?.())) return;
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
