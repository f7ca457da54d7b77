import { type AbortOptions, type Checksum, isSeamlessError, type ProvenBytes } from "@seamless/checksum";
import { proveOwnedInSlices } from "@seamless/checksum/unsafe";
import { mapParallel } from "@seamless/internal/parallel";
import {
  type Coding,
  chunkStream,
  type EncodedBuffer,
  type GetStreamOptions,
  joinChunks,
  requireOffset,
  type TransferOptions,
  withProgress,
} from "@seamless/store";
import { LARGEST_ARRAY, requireProofOf, skipBytes } from "../bytes.ts";
import { decode } from "../encoding/decode.ts";
import {
  confirmsLength,
  isSendable,
  LONGEST_HEADER,
  MAX_RECORD,
  type Parts,
  parseRecord,
} from "../encoding/decoded-length.ts";
import { encodedBuffer } from "../encoding/encoded-buffer.ts";
import { LENGTH_SUFFIX } from "../encoding/forms.ts";
import { type Answer, shortText, unexpectedStatusError } from "../http-client/answers.ts";
import { askForRest, asOurs, Body, type BufferQuestion, bodyStream } from "../http-client/body.ts";
import type { Connection } from "../http-client/connection.ts";
import { requestError } from "../request-error.ts";
import type { Files, FoundFile } from "./files.ts";
import { beginsAs, isEncoded } from "./magic.ts";
import type { HttpStoreSettings } from "./options.ts";

/** Gets buffers from a web server: verified, decoded, within the limits. */
export class Download {
  readonly #connection: Connection;
  readonly #settings: HttpStoreSettings;
  readonly #files: Files;

  constructor(connection: Connection, settings: HttpStoreSettings, files: Files) {
    this.#connection = connection;
    this.#settings = settings;
    this.#files = files;
  }

  get(checksum: Checksum, options: TransferOptions): Promise<ProvenBytes | undefined> {
    const { name, maxBytes } = this.#settings;
    const settings = { ...this.#settings, maxBytes: Math.min(maxBytes, LARGEST_ARRAY) };
    return this.#files.find(this.#question("get", checksum, options), async (answer, file) => {
      const { chunks } = await this.#contents(answer, file, settings, options);
      const proven = await proveOwnedInSlices(await joinChunks(chunks), { signal: options.signal });
      return requireProofOf(checksum, proven, name);
    });
  }

  async getStream(checksum: Checksum, options: GetStreamOptions): Promise<ReadableStream<Uint8Array> | undefined> {
    const { signal, offset = 0 } = options;
    const { name } = this.#settings;
    requireOffset(offset, Number.MAX_SAFE_INTEGER, checksum, name);
    if (offset > 0) return this.#getRest(checksum, offset, options);
    return this.#files.find(this.#question("get", checksum, options), async (answer, file) => {
      const { chunks, discard } = await this.#contents(answer, file, this.#settings, options);
      return bodyStream(file.question.subject, chunks, discard, signal);
    });
  }

  /** Of a plain file by a range; of a compressed one, what comes before is decoded, and passed over. */
  async #getRest(
    checksum: Checksum,
    offset: number,
    options: GetStreamOptions,
  ): Promise<ReadableStream<Uint8Array> | undefined> {
    const { signal, onProgress } = options;
    const { name } = this.#settings;
    const question = this.#question("get", checksum, options);
    const file = await this.#files.find({ ...question, method: "HEAD" }, async (answer, file) => {
      answer.discard();
      return { ...file, question: { ...file.question, method: "GET" } } as const;
    });
    if (file === undefined) return undefined;
    const { subject } = file.question;
    if (file.form.coding === undefined) {
      const rest = await askForRest(this.#connection, file.question, this.#settings, offset);
      return rest && chunkStream(withProgress(asOurs(subject, rest.chunks), onProgress), { signal });
    }
    return this.#connection.ask(file.question, async (answer) => {
      if (answer.status !== 200) {
        answer.discard();
        throw unexpectedStatusError(subject, answer.status);
      }
      const { chunks } = await this.#contents(answer, file, this.#settings, { signal });
      return chunkStream(withProgress(skipBytes(chunks, offset, checksum, name), onProgress), { signal });
    });
  }

  /**
   * As it lies, if it lies compressed in one of some ways, and comes so.
   *
   * @returns `undefined` also for a zstd file that not all decoders have the memory for.
   */
  async getEncoded(
    checksum: Checksum,
    accept: readonly Coding[],
    options: AbortOptions,
  ): Promise<EncodedBuffer | undefined> {
    const question = { ...this.#question("get", checksum, options), method: "HEAD" } as const;
    const found = await this.#files.find(question, async (answer, file) => {
      answer.discard();
      return { file, length: plainLength(answer) };
    });
    const { file, length } = found ?? {};
    const coding = file?.form.coding;
    if (file === undefined || coding === undefined || length === undefined || !accept.includes(coding))
      return undefined;
    const { subject, path } = file.question;
    const header = await this.#parts(length, file.question).read(0, LONGEST_HEADER);
    const parts: Parts = { size: length, read: async (at, count) => header.subarray(at, at + count) };
    if (!beginsAs(coding, header) || !(await isSendable(coding, parts))) return undefined;
    const { maxDecodedBytes: limit, maxDecodedRatio: ratio } = this.#settings;
    const limits = { store: subject.store, encodedLength: length, limit, ratio, limitedBy: "maxDecodedBytes" };
    const open = (signal: AbortSignal) => {
      const question: BufferQuestion = { subject, method: "GET", path, signal };
      return this.#connection.ask(question, async (answer) => {
        if (answer.status === 200) {
          const body = new Body(this.#connection, question, this.#settings, answer, { signal });
          return { chunks: body.chunks(), discard: () => body.discard(), limits };
        }
        answer.discard();
        throw unexpectedStatusError(subject, answer.status);
      });
    };
    return encodedBuffer(checksum, coding, length, open, options);
  }

  /** In bytes, in the order asked: by their headers, where these tell. */
  lengths(checksums: readonly Checksum[], options: AbortOptions): Promise<(number | undefined)[]> {
    const { connections: limit } = this.#settings;
    return mapParallel(checksums, { limit, signal: options.signal }, (checksum) => this.#length(checksum, options));
  }

  async #length(checksum: Checksum, options: AbortOptions): Promise<number | undefined> {
    const question = { ...this.#question("look for", checksum, options), method: "HEAD" } as const;
    const found = await this.#files.find(question, async (answer, file) => {
      answer.discard();
      const length = plainLength(answer);
      // A page, which is there for every name, is no buffer; one that is a page is read to know it.
      if (/^text\/html\b/i.test(answer.header("content-type") ?? "")) return this.#readLength(checksum, options);
      if (file.form.coding === undefined || length === undefined) return { length, file };
      return { length: await this.#decodedLength(file.form.coding, length, file), file };
    });
    if (found === undefined || typeof found === "number") return found;
    return found.length ?? this.#readLength(checksum, options);
  }

  /** By reading all of it. */
  async #readLength(checksum: Checksum, options: AbortOptions): Promise<number | undefined> {
    try {
      const stream = await this.getStream(checksum, options);
      if (stream === undefined) return undefined;
      let length = 0;
      const reader = stream.getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) length += next.value.byteLength;
      return length;
    } catch (error) {
      if (!isSeamlessError(error, "CHECKSUM_MISMATCH")) throw error;
      const subject = this.#question("look for", checksum, options).subject;
      throw requestError("STORE_FAILED", subject, "the server answers with something else, a page perhaps", error);
    }
  }

  /** The recorded length of a compressed buffer, if the file states the same; `undefined` if only decoding tells. */
  async #decodedLength(coding: Coding, size: number, file: FoundFile): Promise<number | undefined> {
    const recorded = await this.#recordedLength(file);
    if (recorded === undefined) return undefined;
    const isRight = await confirmsLength(coding, this.#parts(size, file.question), recorded);
    return isRight === true ? recorded : undefined;
  }

  #recordedLength({ question, plain }: FoundFile): Promise<number | undefined> {
    const { subject, signal } = question;
    return this.#connection.ask({ subject, method: "GET", path: plain + LENGTH_SUFFIX, signal }, async (answer) => {
      if (answer.status !== 200) {
        answer.discard();
        return undefined;
      }
      const text = await shortText(subject, answer, MAX_RECORD).catch((error: unknown) => {
        if (isSeamlessError(error, "STORE_FAILED")) return "";
        throw error;
      });
      return parseRecord(new TextEncoder().encode(text));
    });
  }

  /** Parts of a file, by ranges. */
  #parts(size: number, question: BufferQuestion): Parts {
    return {
      size,
      read: async (position, length) => {
        const asked = { ...question, method: "GET" } as const;
        const rest = await askForRest(this.#connection, asked, this.#settings, position, length);
        const bytes = new Uint8Array(length);
        let filled = 0;
        for await (const chunk of rest?.chunks ?? []) {
          bytes.set(chunk.subarray(0, length - filled), filled);
          filled += Math.min(chunk.byteLength, length - filled);
          if (filled === length) break;
        }
        rest?.answer.discard();
        return bytes.subarray(0, filled);
      },
    };
  }

  /** The bytes of a buffer, not verified. */
  async #contents(answer: Answer, file: FoundFile, settings: HttpStoreSettings, options: TransferOptions) {
    const { question, form } = file;
    const { subject } = question;
    const { coding } = form;
    if (coding === undefined) {
      const body = new Body(this.#connection, question, settings, answer, options);
      return { chunks: body.chunks(), discard: () => body.discard() };
    }
    const { signal, onProgress } = options;
    const { maxDecodedBytes: limit, maxDecodedRatio: ratio } = settings;
    const body = new Body(this.#connection, question, settings, answer, { signal });
    const { encoded, chunks } = await isEncoded(coding, body.chunks());
    const encodedLength = plainLength(answer);
    const decoding = { store: subject.store, encodedLength, limit, ratio, limitedBy: "maxDecodedBytes" };
    const plain = encoded ? decode([coding], chunks, decoding) : chunks;
    return { chunks: withProgress(asOurs(subject, plain), onProgress), discard: () => body.discard() };
  }

  #question(what: string, checksum: Checksum, { signal }: AbortOptions): Omit<BufferQuestion, "path"> {
    return { subject: { store: this.#settings.name, what, checksum }, method: "GET", signal };
  }
}

/** In bytes, where the headers say so of what is not encoded on its way. */
function plainLength(answer: Answer): number | undefined {
  const length = answer.header("content-length");
  const encoded = (answer.header("content-encoding") ?? "identity") !== "identity";
  return length !== undefined && !encoded && Number.isSafeInteger(Number(length)) ? Number(length) : undefined;
}
