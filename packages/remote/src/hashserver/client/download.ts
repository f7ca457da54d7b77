import { type AbortOptions, type Checksum, isSeamlessError, type ProvenBytes } from "@seamless/checksum";
import { proveOwnedInSlices } from "@seamless/checksum/unsafe";
import {
  type CheckResult,
  joinChunks,
  mismatchError,
  type PutStreamOptions,
  verifiedChunks,
  verifiedStream,
} from "@seamless/store";
import { EMPTY, PATHS } from "../protocol.ts";
import type { Answer } from "./answers.ts";
import { asRequestError, decodedBody, type Subject, unexpectedStatusError } from "./answers.ts";
import type { Connection, Question } from "./connection.ts";
import type { Settings } from "./options.ts";

/** What fits into one array of bytes in every Node, in bytes. */
const AT_ONCE = 2 ** 32;

/** Gets buffers: verified, decoded, within the limit. */
export class Download {
  readonly #connection: Connection;
  readonly #settings: Settings;

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  get(checksum: Checksum, options: AbortOptions): Promise<ProvenBytes | undefined> {
    const question = this.#question(checksum, options);
    const { name, maxBytes } = this.#settings;
    const limits = { ...this.#settings, maxBytes: Math.min(maxBytes, AT_ONCE) };
    return this.#connection.ask(question, async (answer) => {
      if (this.#isMissing(question.subject, answer)) return undefined;
      const bytes = await joinChunks(decodedBody(question.subject, answer, limits));
      const proven = await proveOwnedInSlices(bytes, { signal: options.signal });
      if (!proven.checksum.equals(checksum)) throw mismatchError(checksum, proven.checksum, { store: name });
      return proven;
    });
  }

  getStream(checksum: Checksum, options: AbortOptions): Promise<ReadableStream<Uint8Array> | undefined> {
    const question = this.#question(checksum, options);
    const { subject } = question;
    const { name } = this.#settings;
    return this.#connection.ask(question, async (answer) => {
      if (this.#isMissing(subject, answer)) return undefined;
      const chunks = asOurs(subject, decodedBody(subject, answer, this.#settings));
      return verifiedStream(checksum, chunks, { signal: answer.signal, store: name, onEnd: answer.discard });
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

  #question(checksum: Checksum, { signal }: AbortOptions): Question {
    const subject: Subject = { store: this.#settings.name, what: "get", checksum };
    return { subject, method: "GET", path: PATHS.buffer(checksum), signal };
  }

  #isMissing(subject: Subject, answer: Answer): boolean {
    if (answer.status === 200) return false;
    answer.discard();
    if (answer.status === 404) return true;
    throw unexpectedStatusError(subject, answer.status);
  }
}

/** The same chunks; what the connection throws on the way is said as ours. */
async function* asOurs(
  subject: Subject,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks;
  } catch (error) {
    throw asRequestError(subject, error);
  }
}
