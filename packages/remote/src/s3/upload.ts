import type { Checksum, ProvenBytes } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import {
  joinChunks,
  type PutStreamOptions,
  proveVerified,
  type TransferOptions,
  verifiedChunks,
} from "@seamless/store";
import type { Connection } from "./connection.ts";
import type { Download } from "./download.ts";
import { foreignError, type Subject, subjectError } from "./errors.ts";
import { VERIFIED } from "./lookup.ts";
import { type Multipart, THERE } from "./multipart.ts";
import type { Settings } from "./options.ts";
import type { Renewal } from "./renewal.ts";

/** In bytes: larger buffers are sent in parts. */
const SINGLE = 2 ** 24;

/** In bytes: what is hashed and copied between two turns of the event loop. */
const SLICE = 2 ** 20;

/** Puts buffers. */
export class Upload {
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #multipart: Multipart;
  readonly #download: Download;
  readonly #renewal: Renewal;

  constructor(connection: Connection, settings: Settings, multipart: Multipart, download: Download, renewal: Renewal) {
    this.#connection = connection;
    this.#settings = settings;
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
    await this.#putWhole(checksum, proven.expose(), options);
  }

  /** @param proven - Hashed again only if the proof ends before all is copied, or for a large one, on its way. */
  async putProven(proven: ProvenBytes, options: TransferOptions): Promise<void> {
    const { checksum, length } = proven;
    if (length > SINGLE) return this.putStream(checksum, copies(proven), { ...options, length });
    this.#requireSize(checksum, length);
    const bytes = await proven.copyInSlices({ signal: options.signal });
    if (proven.intact) await this.#putWhole(checksum, bytes, options);
    else await this.put(checksum, bytes, options);
  }

  async putStream(checksum: Checksum, source: AsyncIterable<Uint8Array>, options: PutStreamOptions): Promise<void> {
    const { signal, length } = options;
    const isLarge = length !== undefined && length > SINGLE;
    if (length !== undefined) this.#requireSize(checksum, length);
    if (isLarge && (await this.#renewal.touchRight(checksum, length, { signal }))) {
      return void (await source[Symbol.asyncIterator]().return?.());
    }
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
      if (start?.ended) await this.#putWhole(checksum, await joinChunks(iterate(start.chunks)), options);
      else await this.#multipart.send(checksum, follow(start?.chunks ?? [], verified), stopper, options);
    } finally {
      forget();
      stopper.abort();
      await verified.return().catch(() => undefined);
    }
  }

  /** @param bytes - Hashed, and nobody else's. */
  async #putWhole(checksum: Checksum, bytes: Uint8Array, { signal, onProgress }: TransferOptions): Promise<void> {
    const { keys, name, ifNoneMatch, sendChecksum } = this.#settings;
    const subject: Subject = { store: name, what: "put", checksum };
    const hex = checksum.hex();
    const input = {
      Key: keys.of(hex),
      Body: bytes,
      ContentLength: bytes.byteLength,
      Metadata: { [VERIFIED]: hex },
      ...(sendChecksum && { ChecksumSHA256: base64(checksum.bytes()) }),
    };
    const question = { subject, signal, payload: hex };
    const answer = ifNoneMatch
      ? await this.#putIfNone(checksum, input, question)
      : await this.#connection.ask("PutObject", input, question);
    if (answer !== undefined && answer.ETag === undefined) throw foreignError(subject);
    onProgress?.({ bytes: bytes.byteLength, totalBytes: bytes.byteLength });
  }

  /** @returns `undefined` if it is there, and right. */
  async #putIfNone(
    checksum: Checksum,
    input: { readonly Key: string; readonly Body: Uint8Array },
    question: { readonly subject: Subject; readonly signal?: AbortSignal | undefined; readonly payload: string },
  ) {
    const open = { ...question, expected: THERE };
    const answer = await this.#connection.ask("PutObject", { ...input, IfNoneMatch: "*" }, open);
    if (answer !== undefined) return answer;
    const { signal } = question;
    if (await this.#renewal.touchRight(checksum, input.Body.byteLength, { signal })) return undefined;
    if (await this.#download.isRight(checksum, { signal })) return undefined;
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
