import type { Checksum } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import { requireOffset, resumedChunks, type TransferOptions, verifiedStream, withProgress } from "@seamless/store";
import { skipBytes } from "../bytes.ts";
import { limited } from "../encoding/decode.ts";
import type { Subject } from "../request-error.ts";
import {
  type Answer,
  asRequestError,
  type BodyLimits,
  decodedBody,
  serverError,
  unexpectedStatusError,
} from "./answers.ts";
import type { Connection, Question } from "./connection.ts";
import { TransportFailure } from "./fetch-transport.ts";
import type { HttpSettings } from "./options.ts";

/** A question for the bytes of one buffer. */
export interface BufferQuestion extends Question {
  readonly subject: Subject & { readonly checksum: Checksum };
}

/** How a body is read, and how often it is asked for again. */
export type BodySettings = BodyLimits & Pick<HttpSettings, "retries">;

/** The bytes of a buffer as they come, not verified; where the connection breaks, they go on by another request. */
export class Body {
  readonly #connection: Connection;
  readonly #question: BufferQuestion;
  readonly #settings: BodySettings;
  readonly #options: TransferOptions;
  readonly #first: Answer;
  #current: Answer;

  constructor(
    connection: Connection,
    question: BufferQuestion,
    settings: BodySettings,
    answer: Answer,
    options: TransferOptions,
  ) {
    this.#connection = connection;
    this.#question = question;
    this.#settings = settings;
    this.#options = options;
    this.#first = answer;
    this.#current = answer;
  }

  /** To be called once. @throws {SeamlessError} `STORE_FAILED`, `TOO_LARGE`. */
  chunks(): AsyncIterable<Uint8Array> {
    const { count, firstDelay } = this.#settings.retries;
    const first = decodedBody(this.#question.subject, this.#first, this.#settings);
    const chunks = resumedChunks(first, (offset) => this.#reopen(offset), {
      signal: this.#options.signal,
      attempts: count,
      firstDelay,
      // A request that fails was tried again already.
      mayPass: (error) => error instanceof TransportFailure && error.again,
    });
    return withProgress(asOurs(this.#question.subject, chunks), this.#options.onProgress, wholeLength(this.#first));
  }

  /** Frees the connection of a body that will not be read any more. */
  discard(): void {
    this.#current.discard();
  }

  async #reopen(offset: number): Promise<AsyncIterable<Uint8Array> | undefined> {
    const rest = await askForRest(this.#connection, this.#question, this.#settings, offset);
    if (rest !== undefined) this.#current = rest.answer;
    return rest?.chunks;
  }
}

/**
 * The bytes of a buffer as a stream, verified.
 *
 * @param discard - Frees the connection; called once the stream will not be read any more.
 */
export function bodyStream(
  { checksum, store }: BufferQuestion["subject"],
  chunks: AsyncIterable<Uint8Array>,
  discard: () => void,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  // Of its own: each stream that listens to the caller's signal would add a listener to it.
  const controller = new AbortController();
  const forget = onAbort(signal, () => controller.abort(signal?.reason));
  const onEnd = () => {
    forget();
    discard();
  };
  return verifiedStream(checksum, chunks, { signal: controller.signal, store, onEnd });
}

/** A part of a buffer as it comes. */
interface Rest {
  readonly answer: Answer;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * Asks for a buffer from an offset on. Servers that know no ranges send all of it, of which the beginning is passed over.
 *
 * @param offset - In bytes.
 * @param length - How much is wanted, in bytes; there may come more.
 * @returns `undefined` if the server does not have it.
 * @throws {SeamlessError} `INVALID_ARGUMENT` for an offset beyond the end; what the connection throws.
 */
export async function askForRest(
  connection: Connection,
  question: BufferQuestion,
  limits: BodyLimits,
  offset: number,
  length?: number,
): Promise<Rest | undefined> {
  const end = length === undefined ? "" : offset + length - 1;
  // Of a compressed form, the bytes would be counted in what it is compressed to.
  const headers = { range: `bytes=${offset}-${end}`, "accept-encoding": "identity" };
  const found = await connection.ask({ ...question, headers }, async (answer) =>
    readRest(question, answer, limits, offset),
  );
  if (found !== "other part") return found;
  return connection.ask(question, async (answer) => {
    const rest = readRest(question, answer, limits, offset);
    if (rest !== "other part") return rest;
    throw serverError(question.subject, "the server sends a part of the buffer that it was not asked for");
  });
}

function readRest(
  { subject }: BufferQuestion,
  answer: Answer,
  limits: BodyLimits,
  offset: number,
): Rest | undefined | "other part" {
  const { store, checksum } = subject;
  const range = answer.header("content-range");
  switch (answer.status) {
    case 200:
      return { answer, chunks: skipBytes(decodedBody(subject, answer, limits), offset, checksum, store) };
    case 206: {
      // Pages see the header only if the server lets them; the hash of the whole tells in any case.
      const isAsked = range === undefined || range.startsWith(`bytes ${offset}-`);
      const isPlain = (answer.header("content-encoding") ?? "identity") === "identity";
      if (isAsked && isPlain) {
        const limit = Math.max(0, limits.maxBytes - offset);
        return { answer, chunks: limited(answer.body, { store, limit, limitedBy: "maxBytes" }) };
      }
      answer.discard();
      return "other part";
    }
    case 404:
      answer.discard();
      return undefined;
    case 416: {
      answer.discard();
      // Of all of it, the length is to be seen.
      if (range === undefined) return "other part";
      const length = Number(/^bytes \*\/(\d+)$/.exec(range)?.[1] ?? 0);
      requireOffset(offset, length, checksum, store);
      return { answer, chunks: nothing() };
    }
    default:
      answer.discard();
      throw unexpectedStatusError(subject, answer.status);
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

/** In bytes, where the answer says so of what is not encoded. */
function wholeLength({ header, decoded }: Answer): number | undefined {
  const length = header("content-length");
  const isPlain = !decoded && (header("content-encoding") ?? "identity") === "identity";
  return isPlain && length !== undefined ? Number(length) : undefined;
}

/** The same chunks; what the connection throws on the way is said as ours. */
export async function* asOurs(
  subject: Subject,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks;
  } catch (error) {
    throw asRequestError(subject, error);
  }
}
