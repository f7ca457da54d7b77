import { type AbortOptions, type Checksum, isSeamlessError, type ProvenBytes } from "@seamless/checksum";
import { proveOwnedInSlices } from "@seamless/checksum/unsafe";
import {
  type CheckResult,
  chunkStream,
  type GetStreamOptions,
  joinChunks,
  type PutStreamOptions,
  requireOffset,
  type TransferOptions,
  verifiedChunks,
  withProgress,
} from "@seamless/store";
import { LARGEST_ARRAY, requireProofOf } from "../../bytes.ts";
import { type Answer, decodedBody, unexpectedStatusError } from "../../http-client/answers.ts";
import { askForRest, asOurs, Body, type BufferQuestion, bodyStream } from "../../http-client/body.ts";
import type { Connection } from "../../http-client/connection.ts";
import type { Subject } from "../../request-error.ts";
import { EMPTY, PATHS } from "../protocol.ts";
import type { Settings } from "./options.ts";

/** Gets buffers: verified, decoded, within the limit. */
export class Download {
  readonly #connection: Connection;
  readonly #settings: Settings;

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  get(checksum: Checksum, options: TransferOptions): Promise<ProvenBytes | undefined> {
    const question = this.#question(checksum, options);
    const { name, maxBytes } = this.#settings;
    const limits = { ...this.#settings, maxBytes: Math.min(maxBytes, LARGEST_ARRAY) };
    return this.#connection.ask(question, async (answer) => {
      if (this.#isMissing(question.subject, answer)) return undefined;
      const body = new Body(this.#connection, question, limits, answer, options);
      const bytes = await joinChunks(body.chunks());
      return requireProofOf(checksum, await proveOwnedInSlices(bytes, { signal: options.signal }), name);
    });
  }

  async getStream(checksum: Checksum, options: GetStreamOptions): Promise<ReadableStream<Uint8Array> | undefined> {
    const question = this.#question(checksum, options);
    const { subject } = question;
    const { name } = this.#settings;
    const { signal, offset = 0 } = options;
    requireOffset(offset, Number.MAX_SAFE_INTEGER, checksum, name);
    if (offset > 0) {
      const rest = await askForRest(this.#connection, question, this.#settings, offset);
      if (rest === undefined) return undefined;
      return chunkStream(withProgress(asOurs(subject, rest.chunks), options.onProgress), { signal });
    }
    return this.#connection.ask(question, async (answer) => {
      if (this.#isMissing(subject, answer)) return undefined;
      const body = new Body(this.#connection, question, this.#settings, answer, options);
      return bodyStream(subject, body.chunks(), () => body.discard(), signal);
    });
  }

  /**
   * Fetch a buffer to hash it, in constant memory, and no more of it than its length, where that is known.
   *
   * @returns `unknown` if the server does not show us what it has.
   * @throws {SeamlessError} `TOO_LARGE` if its length is not known; `STORE_FAILED`.
   */
  prove(checksum: Checksum, { length, signal }: PutStreamOptions): Promise<CheckResult> {
    const question = this.#question(checksum, { signal });
    const { subject } = question;
    const limits =
      length === undefined ? this.#settings : { maxBytes: length, maxDecodedBytes: length, maxDecodedRatio: 2 ** 32 };
    return this.#connection.ask(question, async (answer) => {
      if (answer.status !== 200) {
        answer.discard();
        return answer.status === 404 ? "missing" : "unknown";
      }
      try {
        const chunks = asOurs(subject, decodedBody(subject, answer, limits));
        for await (const _ of verifiedChunks(checksum, chunks, {
          signal: answer.signal,
          copy: false,
          store: subject.store,
        }));
        return "ok";
      } catch (error) {
        const tooLong = length !== undefined && isSeamlessError(error, "TOO_LARGE");
        if (tooLong || isSeamlessError(error, "CHECKSUM_MISMATCH")) return "corrupt";
        throw error;
      }
    });
  }

  /**
   * The length of one buffer, in bytes, by the headers of an answer whose body is not read: for servers and platforms that
   * cannot be asked otherwise.
   */
  length(checksum: Checksum, { signal }: AbortOptions): Promise<number | undefined> {
    const subject: Subject = { store: this.#settings.name, what: "look for", checksum };
    // Node's client closes the connection after a HEAD. But a GET waits for what is promised, and everybody asks for the
    // buffer without bytes.
    const method = this.#connection.full && checksum.hex() !== EMPTY ? "GET" : "HEAD";
    const path = PATHS.buffer(checksum);
    return this.#connection.ask({ subject, method, path, signal }, async (answer) => {
      if (method === "HEAD" && (answer.status === 405 || answer.status === 501)) {
        answer.discard();
        return (await this.get(checksum, { signal }))?.length;
      }
      if (this.#isMissing(subject, answer)) return undefined;
      const length = Number(answer.header("content-length"));
      const encoded = (answer.header("content-encoding") ?? "identity") !== "identity";
      if (answer.header("content-length") !== undefined && Number.isSafeInteger(length) && !encoded) {
        answer.discard();
        return length;
      }
      return (await joinChunks(decodedBody(subject, answer, this.#settings))).byteLength;
    });
  }

  #question(checksum: Checksum, { signal }: AbortOptions): BufferQuestion {
    const subject = { store: this.#settings.name, what: "get", checksum };
    return { subject, method: "GET", path: PATHS.buffer(checksum), signal };
  }

  #isMissing(subject: Subject, answer: Answer): boolean {
    if (answer.status === 200) return false;
    answer.discard();
    if (answer.status === 404) return true;
    throw unexpectedStatusError(subject, answer.status);
  }
}
