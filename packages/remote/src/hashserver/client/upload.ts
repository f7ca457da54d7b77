import { type AbortOptions, type Checksum, isSeamlessError, type ProvenBytes, SeamlessError } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import { sleep } from "@seamless/internal/timers";
import {
  type Coding,
  joinChunks,
  type PutEncodedOptions,
  type PutStreamOptions,
  reportProgress,
  type TransferOptions,
  verifiedChunks,
  verifyInSlices,
} from "@seamless/store";
import { copied } from "../../bytes.ts";
import { ALWAYS_ALLOWED, decode, FOREIGN_LIMITS } from "../../encoding/decode.ts";
import { verifiedEncoded } from "../../encoding/verified-encoded.ts";
import { serverError, shortText, unexpectedStatusError } from "../../http-client/answers.ts";
import type { Connection } from "../../http-client/connection.ts";
import { requestError, type Subject } from "../../request-error.ts";
import { etagOf, PATHS, PUT_STATUS } from "../protocol.ts";
import type { Download } from "./download.ts";
import type { Check } from "./lookup.ts";
import type { Settings } from "./options.ts";
import { Resendable } from "./resendable.ts";

/** In bytes: streams up to this are collected, so that they can be sent again. */
const SMALL = 2 ** 20;

/**
 * Time between two checks of another client's upload, in milliseconds: doubled from the first to the last, with jitter. Clients
 * that were turned away together must not come back together, each to be turned away for another.
 */
const FIRST_LOOK = 100;
const LAST_LOOK = 5_000;

const OTHER_HASH = "the server takes right bytes for wrong (status 400): it may use another hash, or be no hashserver";

/** Of a longer stream, so much is kept until the server takes it, in bytes: what was turned away is sent again. */
const KEPT = 2 ** 22;

/**
 * How long a stream of which more is gone waits for another client's upload, in milliseconds: a server lets a second one in
 * after two seconds, and so the next attempt has no need to wait.
 */
const STREAM_PATIENCE = 3_000;

/** What is put, as often as it can be sent. */
interface Sendable {
  /** @returns false if another client is uploading the buffer. */
  send(): Promise<boolean>;
  readonly again: boolean;
}

/** How bytes are sent. */
interface SendOptions extends PutStreamOptions {
  /** What they are encoded with; `length` is then that of the encoded bytes. */
  readonly coding?: Coding | undefined;
}

/** Puts buffers, and makes sure that they have arrived. */
export class Upload {
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #proof: Proof;
  #accepted: Promise<readonly string[]> | undefined;

  constructor(connection: Connection, settings: Settings, proof: Proof) {
    this.#connection = connection;
    this.#settings = settings;
    this.#proof = proof;
  }

  async put(checksum: Checksum, bytes: Uint8Array, options: TransferOptions): Promise<void> {
    await verifyInSlices(checksum, bytes, { signal: options.signal, store: this.#settings.name });
    await this.#putVerified(checksum, bytes, options);
  }

  /** @param proven - Hashed again only if the proof ends before all is copied, since it may be sent more than once. */
  async putProven(proven: ProvenBytes, options: TransferOptions): Promise<void> {
    const bytes = await proven.copyInSlices({ signal: options.signal });
    if (proven.intact) await this.#putVerified(proven.checksum, bytes, options);
    else await this.put(proven.checksum, bytes, options);
  }

  /** A larger one is sent as it comes, and cannot be sent again once more of it is gone than is kept. */
  async putStream(checksum: Checksum, source: AsyncIterable<Uint8Array>, options: PutStreamOptions): Promise<void> {
    const { length } = options;
    const { name: store } = this.#settings;
    await this.#putChunks(checksum, (signal) => verifiedChunks(checksum, source, { length, signal, store }), options);
  }

  /** As it is encoded, if the server takes that; otherwise it is decoded first. */
  async putEncoded(
    checksum: Checksum,
    coding: Coding,
    source: AsyncIterable<Uint8Array>,
    { signal, length, decoding, ...asked }: PutEncodedOptions,
  ): Promise<void> {
    const limits = {
      store: "the body",
      encodedLength: length,
      limit: asked.maxDecodedBytes ?? FOREIGN_LIMITS.limit,
      limitedBy: "maxDecodedBytes",
      ratio: asked.maxDecodedRatio ?? FOREIGN_LIMITS.ratio,
    };
    const stopper = new AbortController();
    const forget = onAbort(signal, () => stopper.abort(signal?.reason));
    const own = copied(source, stopper.signal);
    const most = decoding?.length ?? asked.maxDecodedBytes;
    try {
      if (!isUsual(most, length) || !(await this.#accepts(coding, { signal }))) {
        return await this.putStream(checksum, decode([coding], own, limits), { signal });
      }
      const chunks = () => verifiedEncoded(checksum, coding, own, { ...limits, decoding });
      await this.#putChunks(checksum, chunks, { signal, length, coding });
    } finally {
      forget();
      stopper.abort();
    }
  }

  /** Does the server say that it takes uploads so? It is asked once. */
  async #accepts(coding: Coding, { signal }: AbortOptions): Promise<boolean> {
    // Pages send no streams, and their servers would have to allow them the header.
    if (!this.#connection.full) return false;
    const subject: Subject = { store: this.#settings.name, what: "put" };
    this.#accepted ??= this.#connection.ask({ subject, method: "GET", path: PATHS.health, signal }, async (answer) => {
      answer.discard();
      return (answer.header("accept-encoding") ?? "").split(",").map((name) => name.trim());
    });
    try {
      return (await this.#accepted).includes(coding);
    } catch {
      signal?.throwIfAborted();
      this.#accepted = undefined;
      return false;
    }
  }

  /** @param open - Gives all chunks of a buffer, or fails instead of giving the last one. */
  async #putChunks(
    checksum: Checksum,
    open: (signal: AbortSignal) => AsyncGenerator<Uint8Array, void, undefined>,
    options: SendOptions,
  ): Promise<void> {
    const { signal } = options;
    // A signal of its own: a source that hangs is left alone once the server has answered.
    const stopper = new AbortController();
    const forget = onAbort(signal, () => stopper.abort(signal?.reason));
    const rest = open(stopper.signal);
    let whole: Uint8Array | undefined;
    try {
      const start = await this.#collect(rest);
      if (start.complete) whole = await joinChunks(iterate(start.chunks));
      else await this.#putRest(checksum, new Resendable(start.chunks, rest, KEPT), options);
    } finally {
      forget();
      stopper.abort();
      rest.return().catch(() => undefined);
    }
    if (whole !== undefined) await this.#putVerified(checksum, whole, options);
  }

  /** @returns how long the server keeps the promise, in milliseconds. */
  promise(checksum: Checksum, { signal }: AbortOptions): Promise<number> {
    const subject: Subject = { store: this.#settings.name, what: "promise", checksum };
    const question = { subject, method: "PUT", path: PATHS.promise(checksum), length: 0, signal } as const;
    return this.#connection.ask(question, async (answer) => {
      if (answer.status !== 202) {
        answer.discard();
        throw this.#putError(subject, answer.status);
      }
      const text = await shortText(subject, answer, 4096);
      const seconds = Number(/"expires_in"\s*:\s*([0-9.]+)/.exec(text)?.[1]);
      if (Number.isFinite(seconds)) return seconds * 1000;
      throw serverError(subject, "the answer is not a promise");
    });
  }

  #putVerified(checksum: Checksum, bytes: Uint8Array, options: SendOptions): Promise<void> {
    const { coding } = options;
    const length = bytes.byteLength;
    return reportProgress(options, async (asked) => {
      const send = () => this.#send(checksum, bytes, { ...asked, length, coding });
      await this.#deliver(checksum, { send, again: true }, asked);
      asked.onProgress?.({ bytes: length, totalBytes: length });
    });
  }

  async #putRest(checksum: Checksum, source: Resendable, { length, coding, ...options }: SendOptions): Promise<void> {
    await reportProgress(options, (asked) => this.#deliverRest(checksum, source, { ...asked, length, coding }));
  }

  #deliverRest(checksum: Checksum, source: Resendable, options: SendOptions): Promise<void> {
    const send = () => this.#sendStream(checksum, source.chunks(), options);
    const sendable = {
      send,
      get again() {
        return source.whole;
      },
    };
    return this.#deliver(checksum, sendable, ofBuffer(options));
  }

  /** All of a stream if it is short, or if streams cannot be sent; otherwise its beginning. */
  async #collect(stream: AsyncGenerator<Uint8Array, void, undefined>) {
    const limit = this.#connection.full ? SMALL : Number.POSITIVE_INFINITY;
    const chunks: Uint8Array[] = [];
    let collected = 0;
    while (collected <= limit) {
      const next = await stream.next();
      if (next.done) return { chunks, complete: true };
      chunks.push(next.value);
      collected += next.value.byteLength;
    }
    return { chunks, complete: false };
  }

  /** @returns false if another client is uploading the buffer. */
  async #sendStream(checksum: Checksum, chunks: AsyncIterable<Uint8Array>, options: SendOptions): Promise<boolean> {
    let failure: { readonly reason: unknown } | undefined;
    const body = async function* () {
      try {
        yield* chunks;
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
      return await this.#send(checksum, body(), options);
    } finally {
      // Also if the answer came before the end, and the source has said since that it was wrong.
      throwFailure();
    }
  }

  /** @returns false if another client is uploading the buffer. */
  async #send(
    checksum: Checksum,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: SendOptions,
  ): Promise<boolean> {
    const { length, signal, onProgress, coding } = options;
    const subject: Subject = { store: this.#settings.name, what: "put", checksum };
    const encoding = coding && { "content-encoding": coding };
    const headers = { "content-type": "application/octet-stream", ...encoding };
    const onSent = onProgress && ((bytes: number) => onProgress({ bytes, totalBytes: length }));
    const sent = { headers, body, length, onSent };
    const question = { subject, method: "PUT", path: PATHS.buffer(checksum), ...sent, signal } as const;
    const told = await this.#connection.ask(question, async (answer) => {
      answer.discard();
      const { status } = answer;
      if (status === PUT_STATUS.stored || status === PUT_STATUS.busy) return status;
      if (status === PUT_STATUS.there) return answer.header("etag") === etagOf(checksum.hex()) ? "proven" : status;
      // The bytes were hashed before they left: the next time, it would find the same.
      if (status === PUT_STATUS.wrong) throw requestError("CHECKSUM_MISMATCH", subject, OTHER_HASH);
      throw this.#putError(subject, status);
    });
    if (told === PUT_STATUS.there) await this.#proof.requireRight(subject, checksum, { ...ofBuffer(options), signal });
    return told !== PUT_STATUS.busy;
  }

  /**
   * Sends a buffer. If the server leaves it to another client, which may never finish, checks until it is proven to have
   * arrived, and sends it again: should the other have given up, it is taken now.
   */
  async #deliver(checksum: Checksum, buffer: Sendable, options: PutStreamOptions): Promise<void> {
    if (await buffer.send()) return;
    const begun = performance.now();
    const { patience: most } = this.#settings;
    const patience = () => (buffer.again ? most : Math.min(most, STREAM_PATIENCE));
    let allowed = true;
    const failed = (error: unknown) => {
      // A failed check proves nothing. If the buffer can be sent again, that tells as much.
      if (!buffer.again || options.signal?.aborted) throw error;
      if (isSeamlessError(error, "ACCESS_DENIED")) allowed = false;
      return false;
    };
    const left = () => patience() - (performance.now() - begun);
    for (let wait = FIRST_LOOK; left() > 0; wait = Math.min(LAST_LOOK, wait * 2)) {
      // A timer may be up to a millisecond early, which is no time for another look.
      await sleep(Math.min(wait * (0.5 + Math.random()), left() + 1), options.signal);
      if (allowed && (await this.#proof.isThere(checksum, !buffer.again, options).catch(failed))) return;
      if (buffer.again && (await buffer.send())) return;
    }
    const subject: Subject = { store: this.#settings.name, what: "put", checksum };
    throw serverError(subject, "another client is uploading it, and does not finish: try again");
  }

  #putError(subject: Subject, status: number): SeamlessError {
    if (status !== 405) return unexpectedStatusError(subject, status);
    const { store, checksum } = subject;
    const message = `${store} is read-only: ${checksum?.hex()} was not written`;
    return new SeamlessError("READ_ONLY", message, { checksum, store });
  }
}

/** The length of the buffer, where it is known. */
function ofBuffer({ coding, length, ...options }: SendOptions): PutStreamOptions {
  return coding === undefined ? { ...options, length } : options;
}

/** Is it no more than what servers mostly let encoded uploads become? */
function isUsual(decoded: number | undefined, encoded: number | undefined): boolean {
  if (decoded === undefined) return true;
  if (decoded > FOREIGN_LIMITS.limit) return false;
  return encoded === undefined || decoded <= Math.max(ALWAYS_ALLOWED, FOREIGN_LIMITS.ratio * encoded);
}

async function* iterate<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items;
}

/** Finds out whether a server has the right bytes, whose word, or whose length of them, proves nothing. */
export class Proof {
  readonly #check: Check;
  readonly #download: Download;

  constructor(check: Check, download: Download) {
    this.#check = check;
    this.#download = download;
  }

  /**
   * Has the buffer arrived? The server hashes it, or, where it cannot, we do.
   *
   * @param fetches - Whether it is worth fetching.
   */
  async isThere(checksum: Checksum, fetches: boolean, options: PutStreamOptions): Promise<boolean> {
    const [told] = await this.#check.check([checksum], { signal: options.signal });
    if (told !== "unknown" || !fetches) return told === "ok";
    return (await this.#download.prove(checksum, options)) === "ok";
  }

  /**
   * A server that does not say that it has hashed what was there already may have anything by that name.
   *
   * @throws {SeamlessError} `CHECKSUM_MISMATCH` if it has other bytes, `STORE_FAILED` if it has none, or cannot give them out.
   */
  async requireRight(subject: Subject, checksum: Checksum, options: PutStreamOptions): Promise<void> {
    const found = await this.#download.prove(checksum, options);
    if (found === "corrupt") {
      const why = "the store accepted it, but keeps a corrupt copy; delete that copy from the store";
      throw requestError("CHECKSUM_MISMATCH", subject, why);
    }
    if (found === "missing")
      throw serverError(subject, "the server says that it already has the buffer, but does not have it");
    // What it does not let us see (`unknown`), we have to believe.
  }
}
