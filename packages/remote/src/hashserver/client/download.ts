import { joinPieces, type StoreOptions, verifiedStream, verifyBytes } from "@seamless/cache";
import { type Checksum, SeamlessError } from "@seamless/checksum";
import { decode, limited, parseCodings } from "../../encoding/index.ts";
import { PATHS } from "../protocol.ts";
import type { Answer, Connection, Question } from "./connection.ts";
import { asFailure, type Subject, serverFailure, unexpected } from "./failures.ts";
import type { Settings } from "./options.ts";

/** Gets buffers: verified, decoded, within the limit. */
export class Download {
  readonly #connection: Connection;
  readonly #settings: Settings;

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  get(checksum: Checksum, options: StoreOptions): Promise<Uint8Array | undefined> {
    const question = this.#question(checksum, options);
    const { name } = this.#settings;
    return this.#connection.ask(question, async (answer) => {
      if (this.#isMissing(question.subject, answer)) return undefined;
      const bytes = await joinPieces(this.#decoded(question.subject, answer));
      verifyBytes(checksum, bytes, { store: name });
      return bytes;
    });
  }

  getStream(checksum: Checksum, options: StoreOptions): Promise<ReadableStream<Uint8Array> | undefined> {
    const question = this.#question(checksum, options);
    const { subject } = question;
    const { name } = this.#settings;
    return this.#connection.ask(question, async (answer) => {
      if (this.#isMissing(subject, answer)) return undefined;
      const pieces = asOurs(subject, this.#decoded(subject, answer));
      return verifiedStream(checksum, pieces, { signal: options.signal, store: name, onEnd: answer.discard });
    });
  }

  /**
   * The length of one buffer, in bytes, by the headers of an answer whose body nobody reads: for servers and platforms that
   * cannot be asked otherwise.
   */
  length(checksum: Checksum, { signal }: StoreOptions): Promise<number | undefined> {
    const subject: Subject = { store: this.#settings.name, what: "look for", checksum };
    // Node's client would close the connection after a HEAD.
    const method = this.#connection.full ? "GET" : "HEAD";
    const path = PATHS.buffer(checksum);
    return this.#connection.ask({ subject, method, path, signal }, async (answer) => {
      if (method === "HEAD" && (answer.status === 405 || answer.status === 501)) {
        answer.discard();
        return (await this.get(checksum, { signal }))?.byteLength;
      }
      if (this.#isMissing(subject, answer)) return undefined;
      const length = Number(answer.header("content-length"));
      const encoded = (answer.header("content-encoding") ?? "identity") !== "identity";
      if (answer.header("content-length") !== undefined && Number.isSafeInteger(length) && !encoded) {
        answer.discard();
        return length;
      }
      return (await joinPieces(this.#decoded(subject, answer))).byteLength;
    });
  }

  #question(checksum: Checksum, { signal }: StoreOptions): Question {
    const subject: Subject = { store: this.#settings.name, what: "get", checksum };
    return { subject, method: "GET", path: PATHS.buffer(checksum), signal };
  }

  #isMissing(subject: Subject, answer: Answer): boolean {
    if (answer.status === 200) return false;
    answer.discard();
    if (answer.status === 404) return true;
    throw unexpected(subject, answer.status);
  }

  #decoded(subject: Subject, answer: Answer): AsyncIterable<Uint8Array> {
    const { name, maxBytes } = this.#settings;
    const limit = { store: name, limit: maxBytes };
    const codings = this.#connection.decodes ? [] : parseCodings(answer.header("content-encoding"));
    if (codings === undefined) {
      answer.discard();
      throw serverFailure(subject, "the answer has a Content-Encoding that is neither zstd nor gzip");
    }
    if (codings.length === 0 && Number(answer.header("content-length") ?? 0) > maxBytes && !this.#connection.decodes) {
      answer.discard();
      throw new SeamlessError("TOO_LARGE", `${name}: more than the limit of ${maxBytes} bytes`, { store: name });
    }
    return decode(codings, limited(answer.body, limit), limit);
  }
}

/** The same pieces; what the connection throws on the way is said as ours. */
async function* asOurs(
  subject: Subject,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* pieces;
  } catch (error) {
    throw asFailure(subject, error);
  }
}
