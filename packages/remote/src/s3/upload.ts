import { type AbortOptions, type Checksum, hashInSlices, type ProvenBytes } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import {
  type Coding,
  joinChunks,
  type PutEncodedOptions,
  type PutStreamOptions,
  proveVerified,
  type TransferOptions,
  verifiedChunks,
} from "@seamless/store";
import { copied } from "../bytes.ts";
import { formOfCoding, formsBefore, LENGTH_SUFFIX } from "../encoding/forms.ts";
import { verifiedEncoded } from "../encoding/verified-encoded.ts";
import type { Connection } from "./connection.ts";
import type { Download } from "./download.ts";
import { foreignError, type Subject, subjectError } from "./errors.ts";
import { type FormKey, type Lookup, VERIFIED } from "./lookup.ts";
import { type Multipart, THERE } from "./multipart.ts";
import type { Settings } from "./options.ts";
import type { Renewal } from "./renewal.ts";

/** In bytes: larger buffers are sent in parts. */
const SINGLE = 2 ** 24;

/** In bytes: what is hashed and copied between two turns of the event loop. */
const SLICE = 2 ** 20;

/** Times that an object may be put and removed by others meanwhile. */
const ATTEMPTS = 5;

/** Puts buffers. */
export class Upload {
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #multipart: Multipart;
  readonly #download: Download;
  readonly #renewal: Renewal;
  readonly #lookup: Lookup;

  constructor(
    connection: Connection,
    settings: Settings,
    multipart: Multipart,
    download: Download,
    renewal: Renewal,
    lookup: Lookup,
  ) {
    this.#connection = connection;
    this.#settings = settings;
    this.#lookup = lookup;
    this.#multipart = multipart;
    this.#download = download;
    this.#renewal = renewal;
  }

  async put(checksum: Checksum, bytes: Uint8Array, options: TransferOptions): Promise<void> {
    const { signal } = options;
    const length = bytes.byteLength;
    if (length > SINGLE) return this.putStream(checksum, slices(bytes), { ...options, length });
    this.#requireSize(checksum, length);
    // A copy: it may be sent more than once, and the caller may change the original meanwhile.
    const proven = await proveVerified(checksum, bytes, { signal, store: this.#settings.name });
    await this.#putWhole(plain(checksum), proven.expose(), checksum, options);
  }

  /** @param proven - Hashed again only if the proof ends before all is copied, or for a large one, on its way. */
  async putProven(proven: ProvenBytes, options: TransferOptions): Promise<void> {
    const { checksum, length } = proven;
    if (length > SINGLE) return this.putStream(checksum, copies(proven), { ...options, length });
    this.#requireSize(checksum, length);
    const bytes = await proven.copyInSlices({ signal: options.signal });
    if (proven.intact) await this.#putWhole(plain(checksum), bytes, checksum, options);
    else await this.put(checksum, bytes, options);
  }

  async putStream(checksum: Checksum, source: AsyncIterable<Uint8Array>, options: PutStreamOptions): Promise<void> {
    const { signal, length } = options;
    const isLarge = length !== undefined && length > SINGLE;
    if (length !== undefined) this.#requireSize(checksum, length);
    const form = plain(checksum);
    if (isLarge && (await this.#renewal.touchRight(form, length, { signal }))) return leave(source);
    // Of its own: a source that hangs is left alone once a part cannot be sent.
    const stopper = new AbortController();
    const forget = onAbort(signal, () => stopper.abort(signal?.reason));
    const { name } = this.#settings;
    const verified = verifiedChunks(checksum, this.#limited(checksum, source), {
      length,
      signal: stopper.signal,
      store: name,
    });
    try {
      const start = isLarge ? undefined : await collect(verified);
      if (start?.ended) await this.#putWhole(form, await joinChunks(iterate(start.chunks)), checksum, options);
      else await this.#multipart.send(form, follow(start?.chunks ?? [], verified), stopper, options);
    } finally {
      forget();
      stopper.abort();
      await verified.return().catch(() => undefined);
    }
  }

  /** As it is encoded, in the form for that, with its length recorded beside it before it is visible. */
  async putEncoded(
    checksum: Checksum,
    coding: Coding,
    source: AsyncIterable<Uint8Array>,
    { signal, length, decoding, maxDecodedBytes, maxDecodedRatio }: PutEncodedOptions,
  ): Promise<void> {
    const form = formOfCoding(coding);
    const key: FormKey = { checksum, suffix: form.suffix };
    const there = await this.#standing(checksum, { signal });
    if (there === "right" && (await this.#renewal.touch(checksum, { signal }))) return leave(source);
    const stopper = new AbortController();
    const forget = onAbort(signal, () => stopper.abort(signal?.reason));
    const { limits } = this.#settings;
    let decoded = 0;
    const verified = verifiedEncoded(checksum, coding, copied(this.#limited(checksum, source), stopper.signal), {
      store: BODY,
      encodedLength: length,
      limit: maxDecodedBytes ?? limits.limit,
      limitedBy: "maxDecodedBytes",
      ratio: maxDecodedRatio ?? limits.ratio,
      decoding,
      onLength(length) {
        decoded = length;
      },
    });
    const recorded = this.#withRecord(checksum, verified, () => decoded, { signal: stopper.signal });
    try {
      const start = await collect(recorded);
      if (start.ended) {
        const bytes = await joinChunks(iterate(start.chunks));
        await this.#putWhole(key, bytes, await hashInSlices(bytes, { signal }), { signal });
      } else await this.#multipart.send(key, follow(start.chunks, recorded), stopper, { signal });
      // What is read before it must not be what was wrong there.
      if (there === "wrong") await this.#lookup.deleteForms(checksum, formsBefore(form), { signal });
    } finally {
      forget();
      stopper.abort();
      await recorded.return().catch(() => undefined);
    }
  }

  /** What is there of a buffer, in the form in which it is read first. What is known to have been hashed is not read. */
  async #standing(checksum: Checksum, options: AbortOptions): Promise<"right" | "wrong" | "missing"> {
    const first = await this.#lookup.first(checksum, options);
    if (first === undefined) return "missing";
    return first.verified ? "right" : this.#download.isRight(checksum, options);
  }

  /** The same chunks; the decoded length is recorded once all are read, and right. */
  async *#withRecord(
    checksum: Checksum,
    chunks: AsyncIterable<Uint8Array>,
    length: () => number,
    { signal }: AbortOptions,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    yield* chunks;
    const { keys, name, ifNoneMatch } = this.#settings;
    const subject: Subject = { store: name, what: "put", checksum };
    const Body = new TextEncoder().encode(String(length()));
    const input = {
      Key: keys.of(checksum.hex(), LENGTH_SUFFIX),
      Body,
      ContentLength: Body.byteLength,
      ...(ifNoneMatch && { IfNoneMatch: "*" }),
    };
    const answer = await this.#connection.ask("PutObject", input, { subject, signal, expected: THERE });
    if (answer !== undefined && answer.ETag === undefined) throw foreignError(subject);
  }

  /**
   * @param bytes - Hashed, and nobody else's.
   * @param digest - Their checksum, as they are.
   */
  async #putWhole(
    form: FormKey,
    bytes: Uint8Array,
    digest: Checksum,
    { signal, onProgress }: TransferOptions,
  ): Promise<void> {
    const { keys, name, ifNoneMatch, sendChecksum } = this.#settings;
    const { checksum, suffix } = form;
    const subject: Subject = { store: name, what: "put", checksum };
    const hex = checksum.hex();
    const input = {
      Key: keys.of(hex, suffix),
      Body: bytes,
      ContentLength: bytes.byteLength,
      Metadata: { [VERIFIED]: hex },
      ...(sendChecksum && { ChecksumSHA256: base64(digest.bytes()) }),
    };
    const question = { subject, signal, payload: digest.hex() };
    const answer = ifNoneMatch
      ? await this.#putIfNone(form, input, question)
      : await this.#connection.ask("PutObject", input, question);
    if (answer !== undefined && answer.ETag === undefined) throw foreignError(subject);
    onProgress?.({ bytes: bytes.byteLength, totalBytes: bytes.byteLength });
  }

  /** @returns `undefined` if it is there, and right. */
  async #putIfNone(
    form: FormKey,
    input: { readonly Key: string; readonly Body: Uint8Array },
    question: { readonly subject: Subject; readonly signal?: AbortSignal | undefined; readonly payload: string },
  ) {
    const open = { ...question, expected: THERE };
    const { signal } = question;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answer = await this.#connection.ask("PutObject", { ...input, IfNoneMatch: "*" }, open);
      if (answer !== undefined) return answer;
      if (await this.#renewal.touchRight(form, input.Body.byteLength, { signal })) return undefined;
      const there = await this.#download.isRight(form.checksum, { signal });
      if (there === "wrong") break;
      if (there === "right" && (await this.#renewal.touch(form.checksum, { signal }))) return undefined;
      // It has been removed meanwhile.
    }
    return this.#connection.ask("PutObject", input, question);
  }

  async *#limited(checksum: Checksum, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    let total = 0;
    for await (const chunk of source) {
      total += chunk.byteLength;
      this.#requireSize(checksum, total);
      yield chunk;
    }
  }

  #requireSize(checksum: Checksum, length: number): void {
    const { maxBytes, name } = this.#settings;
    if (length <= maxBytes) return;
    const why = `it has ${length} bytes, more than the limit of ${maxBytes} (maxBytes)`;
    throw subjectError("TOO_LARGE", { store: name, what: "put", checksum }, why);
  }
}

/** The store in messages about bytes that cannot be decoded. */
const BODY = "the body";

function plain(checksum: Checksum): FormKey {
  return { checksum, suffix: "" };
}

/** Lets a source go that is not wanted. */
async function leave(source: AsyncIterable<Uint8Array>): Promise<void> {
  await source[Symbol.asyncIterator]().return?.();
}

/** The first chunks, up to what is sent at once. */
async function collect(source: AsyncIterator<Uint8Array>) {
  const chunks: Uint8Array[] = [];
  for (let size = 0; size <= SINGLE; ) {
    const next = await source.next();
    if (next.done) return { chunks, ended: true };
    chunks.push(next.value);
    size += next.value.byteLength;
  }
  return { chunks, ended: false };
}

/** The first chunks, which are let go as they are read, and then the others. */
async function* follow(
  first: Uint8Array[],
  rest: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let chunk = first.shift(); chunk !== undefined; chunk = first.shift()) yield chunk;
  yield* rest;
}

async function* iterate(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
}

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += SLICE) yield bytes.subarray(at, at + SLICE);
}

async function* copies(proven: ProvenBytes): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < proven.length; at += SLICE) yield proven.copy(at, at + SLICE);
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
