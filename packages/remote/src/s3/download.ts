import { type AbortOptions, type Checksum, isSeamlessError, type ProvenBytes } from "@seamless/checksum";
import { createProver, proveOwnedInSlices } from "@seamless/checksum/unsafe";
import { onAbort } from "@seamless/internal/abort";
import {
  type Coding,
  chunkStream,
  type EncodedBuffer,
  type GetStreamOptions,
  joinChunks,
  requireOffset,
  resumedChunks,
  streamChunks,
  type TransferOptions,
  verifiedStream,
  withProgress,
} from "@seamless/store";
import { LARGEST_ARRAY, requireProofOf, skipBytes } from "../bytes.ts";
import { decode, isUndecodable, limited } from "../encoding/decode.ts";
import {
  allowedLength,
  confirmsLength,
  isSendable,
  MAX_RECORD,
  type Parts,
  parseRecord,
} from "../encoding/decoded-length.ts";
import { encodedBuffer } from "../encoding/encoded-buffer.ts";
import { FORMS, type Form, LENGTH_SUFFIX } from "../encoding/forms.ts";
import { type Connection, MISSING } from "./connection.ts";
import { asStoreError, foreignError, type Subject, subjectError } from "./errors.ts";
import { discard, type Forms, type Lookup } from "./lookup.ts";
import type { Settings } from "./options.ts";

/** The bytes of an object from some position on, as they come; where the connection breaks, they go on by another request. */
interface Body {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Of what comes, in bytes; `undefined` where it is to be decoded. */
  readonly length: number | undefined;
  /** Lets the connection go; harmless at the end. */
  discard(): void;
}

/** Gets buffers: verified, decoded, within the limits. */
export class Download {
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #lookup: Lookup;

  constructor(connection: Connection, settings: Settings, lookup: Lookup) {
    this.#connection = connection;
    this.#settings = settings;
    this.#lookup = lookup;
  }

  /** The bytes, proven, of the first form that is right. */
  async get(checksum: Checksum, options: TransferOptions): Promise<ProvenBytes | undefined> {
    const plain = await this.#object(checksum, "", options, 0);
    let fault: unknown;
    if (plain !== undefined) {
      try {
        return await this.#prove(checksum, plain, options);
      } catch (error) {
        if (!isSeamlessError(error, "CHECKSUM_MISMATCH")) throw error;
        fault = error;
      }
    }
    for await (const body of this.#otherForms(checksum, options, plain !== undefined)) {
      try {
        return await this.#prove(checksum, body, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        fault ??= error;
      }
    }
    if (fault !== undefined) throw fault;
    return undefined;
  }

  /** The same as a stream, in constant memory. */
  async getStream(checksum: Checksum, options: GetStreamOptions): Promise<ReadableStream<Uint8Array> | undefined> {
    const { signal, onProgress, offset = 0 } = options;
    const { name } = this.#settings;
    requireOffset(offset, Number.MAX_SAFE_INTEGER, checksum, name);
    let body = await this.#object(checksum, "", options, offset);
    let skipped = 0;
    if (body === undefined) {
      skipped = offset;
      for await (const found of this.#otherForms(checksum, options, false)) {
        body = found;
        break;
      }
    }
    if (body === undefined) return undefined;
    const found = body;
    const rest = skipped > 0 ? skipBytes(found.chunks, skipped, checksum, name) : found.chunks;
    const chunks = withProgress(rest, onProgress, found.length);
    const controller = new AbortController();
    const forget = onAbort(signal, () => {
      found.discard();
      controller.abort(signal?.reason);
    });
    const onEnd = () => {
      forget();
      found.discard();
    };
    if (offset > 0) return chunkStream(chunks, { signal: controller.signal, onEnd });
    return verifiedStream(checksum, chunks, { signal: controller.signal, store: name, onEnd });
  }

  /**
   * As it lies, if it lies compressed in one of some ways.
   *
   * @returns `undefined` also for a zstd object that not all decoders have the memory for.
   */
  async getEncoded(
    checksum: Checksum,
    accept: readonly Coding[],
    options: AbortOptions,
  ): Promise<EncodedBuffer | undefined> {
    if (accept.length === 0 || (await this.#lookup.head(checksum, "", options)) !== undefined) return undefined;
    const forms = await this.#lookup.forms(checksum, options);
    const form = FORMS.find(({ suffix }) => forms.has(suffix));
    const coding = form?.coding;
    if (form === undefined || coding === undefined || !accept.includes(coding)) return undefined;
    const length = forms.get(form.suffix) ?? 0;
    if (!(await isSendable(coding, this.#parts(checksum, form, forms, options)))) return undefined;
    const open = async (signal: AbortSignal) => {
      const limits = await this.#limits(checksum, form, forms, { signal });
      const body = await this.#object(checksum, form.suffix, { signal }, 0);
      if (body === undefined) throw subjectError("STORE_FAILED", this.#subject(checksum), "it has just been removed");
      return { ...body, limits: { ...limits, encodedLength: body.length } };
    };
    return encodedBuffer(checksum, coding, length, open, options);
  }

  /** The length of what is stored compressed, in bytes: the recorded one if the object states the same, else by decoding. */
  async decodedLength(
    checksum: Checksum,
    form: Form,
    forms: Forms,
    options: AbortOptions,
  ): Promise<number | undefined> {
    const recorded = await this.#recordedLength(checksum, forms, options);
    const parts = this.#parts(checksum, form, forms, options);
    if (recorded !== undefined && (await confirmsLength(form.coding!, parts, recorded))) return recorded;
    const body = await this.#decoded(checksum, form, forms, options);
    if (body === undefined) return undefined;
    let length = 0;
    for await (const chunk of body.chunks) length += chunk.byteLength;
    return length;
  }

  /** Is a buffer there, and right in the form in which it is read first? In constant memory. */
  async isRight(checksum: Checksum, { signal }: AbortOptions): Promise<"right" | "wrong" | "missing"> {
    const stream = await this.getStream(checksum, { signal });
    if (stream === undefined) return "missing";
    try {
      for await (const _ of streamChunks(stream));
      return "right";
    } catch (error) {
      signal?.throwIfAborted();
      if (isSeamlessError(error, "CHECKSUM_MISMATCH") || isSeamlessError(error, "TOO_LARGE")) return "wrong";
      if (isUndecodable(error)) return "wrong";
      throw error;
    }
  }

  async #prove(checksum: Checksum, body: Body, { signal, onProgress }: TransferOptions): Promise<ProvenBytes> {
    const { name, maxBytes } = this.#settings;
    const limit = Math.min(maxBytes, LARGEST_ARRAY);
    try {
      if ((body.length ?? 0) > limit) throw this.#tooLargeError(checksum, limit);
      const chunks = withProgress(body.chunks, onProgress, body.length);
      const proven =
        body.length === undefined
          ? await proveOwnedInSlices(await joinChunks(limited(chunks, { store: name, limit })), { signal })
          : await proveWhile(chunks, body.length, signal);
      return requireProofOf(checksum, proven, name);
    } finally {
      body.discard();
    }
  }

  /** The other forms of a buffer, in the order in which they are looked for; the plain one too, if it was not there before. */
  async *#otherForms(
    checksum: Checksum,
    options: AbortOptions,
    hadPlain: boolean,
  ): AsyncGenerator<Body, void, undefined> {
    const forms = await this.#lookup.forms(checksum, options);
    for (const form of FORMS) {
      if (!forms.has(form.suffix) || (form.coding === undefined && hadPlain)) continue;
      const body =
        form.coding === undefined
          ? await this.#object(checksum, form.suffix, options, 0)
          : await this.#decoded(checksum, form, forms, options);
      if (body !== undefined) yield body;
    }
  }

  async #decoded(checksum: Checksum, form: Form, forms: Forms, options: AbortOptions): Promise<Body | undefined> {
    const limits = await this.#limits(checksum, form, forms, options);
    const body = await this.#object(checksum, form.suffix, options, 0);
    if (body === undefined) return undefined;
    const chunks = decode([form.coding!], body.chunks, { ...limits, encodedLength: body.length });
    return { chunks, length: undefined, discard: body.discard };
  }

  /** What a compressed form may become. */
  async #limits(checksum: Checksum, form: Form, forms: Forms, options: AbortOptions) {
    const { name: store, limits } = this.#settings;
    const recorded = await this.#recordedLength(checksum, forms, options);
    const parts = this.#parts(checksum, form, forms, options);
    return { store, ...(await allowedLength(form.coding!, parts, limits, recorded)) };
  }

  async #recordedLength(checksum: Checksum, forms: Forms, options: AbortOptions): Promise<number | undefined> {
    const size = forms.get(LENGTH_SUFFIX);
    if (size === undefined || size > MAX_RECORD) return undefined;
    const record = await this.#object(checksum, LENGTH_SUFFIX, options, 0);
    return record && parseRecord(await joinChunks(record.chunks));
  }

  #parts(checksum: Checksum, { suffix }: Form, forms: Forms, options: AbortOptions): Parts {
    return {
      size: forms.get(suffix) ?? 0,
      read: (position, length) => this.#part(checksum, suffix, position, length, options),
    };
  }

  async #part(checksum: Checksum, suffix: string, position: number, length: number, { signal }: AbortOptions) {
    const subject = this.#subject(checksum);
    const Key = this.#settings.keys.of(checksum.hex(), suffix);
    const range = { Key, Range: `bytes=${position}-${position + length - 1}` };
    const { Body: body } = await this.#connection.ask("GetObject", range, { subject, signal });
    return joinChunks(limited(iterate(body, subject), { store: subject.store, limit: length }));
  }

  /**
   * One object as it is stored.
   *
   * @returns `undefined` if it is proven not to be there.
   */
  async #object(checksum: Checksum, suffix: string, options: AbortOptions, offset: number): Promise<Body | undefined> {
    const { signal } = options;
    let open = await this.#open(checksum, suffix, signal, offset);
    if (open === undefined) return undefined;
    const { length } = open;
    const first = open.chunks;
    const reopen = async (more: number) => {
      open = await this.#open(checksum, suffix, signal, offset + more);
      return open?.chunks;
    };
    const { maxBytes, name } = this.#settings;
    const chunks = limited(resumedChunks(first, reopen, { signal }), {
      store: name,
      limit: maxBytes,
      limitedBy: "maxBytes",
    });
    return { chunks, length, discard: () => discard(open?.body) };
  }

  async #open(checksum: Checksum, suffix: string, signal: AbortSignal | undefined, offset: number) {
    const subject = this.#subject(checksum);
    const { name, keys } = this.#settings;
    const input = { Key: keys.of(checksum.hex(), suffix), Range: offset === 0 ? undefined : `bytes=${offset}-` };
    const expected = [...MISSING, BEYOND];
    const answer = await this.#connection.ask("GetObject", input, {
      subject,
      signal,
      expected: offset === 0 ? MISSING : expected,
    });
    if (answer === undefined) return offset === 0 ? undefined : this.#beyond(checksum, suffix, signal, offset);
    const { Body: body, ContentLength, ContentRange, ETag } = answer;
    if (ETag === undefined) {
      discard(body);
      throw foreignError(subject);
    }
    const all = iterate(body, subject);
    if (offset === 0 || ContentRange !== undefined) return { body, chunks: all, length: ContentLength };
    // A server, or a proxy, that knows no ranges.
    const length = ContentLength === undefined ? undefined : ContentLength - offset;
    return { body, chunks: skipBytes(all, offset, checksum, name), length };
  }

  /** Missing, or nothing after the offset: which of both, HEAD tells. */
  async #beyond(checksum: Checksum, suffix: string, signal: AbortSignal | undefined, offset: number) {
    const facts = await this.#lookup.head(checksum, suffix, { signal });
    if (facts === undefined) return undefined;
    requireOffset(offset, facts.size, checksum, this.#settings.name);
    return { body: undefined, chunks: iterate(undefined, this.#subject(checksum)), length: 0 };
  }

  #subject(checksum: Checksum): Subject {
    return { store: this.#settings.name, what: "get", checksum };
  }

  #tooLargeError(checksum: Checksum, limit: number) {
    return subjectError("TOO_LARGE", this.#subject(checksum), `it has more than the limit of ${limit} bytes`);
  }
}

/** What an offset at the end, or after it, is called. */
const BEYOND = "InvalidRange";

/** Hashed while it comes. */
async function proveWhile(
  chunks: AsyncIterable<Uint8Array>,
  length: number,
  signal: AbortSignal | undefined,
): Promise<ProvenBytes> {
  const memory = new Uint8Array(length);
  const prover = createProver();
  let at = 0;
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    const slice = memory.subarray(at, at + chunk.byteLength);
    slice.set(chunk.subarray(0, slice.byteLength));
    prover.update(slice);
    at += chunk.byteLength;
  }
  return prover.finish();
}

/** The bytes of an answer, on every platform: a stream of Node or of the web, or a blob. */
async function* iterate(body: unknown, subject: Subject): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === undefined) return;
  try {
    if (Symbol.asyncIterator in (body as object)) yield* body as AsyncIterable<Uint8Array>;
    else yield* streamChunks((body as { transformToWebStream(): ReadableStream<Uint8Array> }).transformToWebStream());
  } catch (error) {
    throw asStoreError(error, subject);
  }
}
