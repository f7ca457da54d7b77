import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { joinChunks } from "@seamless/store";
import {
  ALWAYS_ALLOWED,
  DECODED,
  decode,
  FOREIGN_LIMITS,
  limited,
  parseCodings,
  tooLargeError,
} from "../encoding/decode.ts";
import { requestError, type Subject } from "../request-error.ts";
import { TransportFailure, type TransportResponse } from "./fetch-transport.ts";

/** A server that did not answer, or not as it should. */
export function serverError(subject: Subject, why: string, cause?: unknown): SeamlessError {
  return requestError("STORE_FAILED", subject, why, cause);
}

/** Status → what to tell the reader. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: "the server rejects it as wrong",
  401: "the server requires a token, or a different one",
  403: "the server does not allow it",
  407: "a proxy requires credentials",
  408: "the server timed out waiting for the request",
  421: "the server does not accept that host name: use another one in the URL, or allow it there",
  425: "the server does not accept the request this early",
  429: "the server is overloaded",
  501: "the server does not support it",
  507: "the disk of the server is full",
};

/** Statuses by which a server, or a proxy before it, denies access: the same credentials are denied again. */
const DENIED: ReadonlySet<number> = new Set([401, 403, 407]);

/** Below 500, statuses that another attempt may change. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/** May another attempt get another answer than this status? Where it may not, the error says so too, by its code. */
export function isPassing(status: number): boolean {
  return PASSING.has(status) || (status >= 500 && status !== 501);
}

/**
 * An answer with an unexpected status: `STORE_FAILED` if it may pass; else `ACCESS_DENIED`, `TOO_LARGE`, or
 * `UNSUPPORTED` of a server that does not do what it takes.
 */
export function unexpectedStatusError(subject: Subject, status: number): SeamlessError {
  const { store, checksum } = subject;
  const why = REFUSALS[status] ?? (status >= 500 ? "the server failed" : "no server of buffers answers like that");
  if (status === 413) {
    const what = checksum === undefined ? "the question (fewer checksums at once may help)" : checksum.hex();
    return new SeamlessError("TOO_LARGE", `${store}: ${what} is larger than the server takes`, { checksum, store });
  }
  const code = DENIED.has(status) ? "ACCESS_DENIED" : isPassing(status) ? "STORE_FAILED" : "UNSUPPORTED";
  return requestError(code, subject, `${why} (status ${status})`);
}

/**
 * What was thrown while a request was under way, as one of ours. What is neither ours nor of the connection is a fault of the
 * platform, or a misunderstanding with it: the next attempt would find the same.
 */
export function asRequestError(subject: Subject, error: unknown): SeamlessError {
  if (error instanceof TransportFailure) return serverError(subject, error.message, error.cause ?? error);
  if (isSeamlessError(error) && error.checksum === undefined && subject.checksum !== undefined) {
    const { code, message, cause } = error;
    return new SeamlessError(code, `${message}, of ${subject.checksum.hex()}`, {
      checksum: subject.checksum,
      store: subject.store,
      cause,
    });
  }
  if (isSeamlessError(error)) return error;
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return requestError("UNSUPPORTED", subject, `this platform cannot do what is needed (${why})`, error);
}

/** An answer; its place among the connections is free again once its body is read, or discarded. */
export interface Answer extends Pick<TransportResponse, "status" | "header" | "body" | "discard"> {
  /** Has the platform undone the encoding of the body? */
  readonly decoded: boolean;
  /** Aborted with the caller's until the body ends: for all who work on it, since each listener adds one to the caller's. */
  readonly signal: AbortSignal;
}

/** How long a body may be, in bytes: as it is, and when it comes encoded. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly maxDecodedBytes: number;
  /** How many times its size an encoded body may become; a mebibyte is always allowed. */
  readonly maxDecodedRatio: number;
}

/**
 * The body of an answer, decoded as its headers say.
 *
 * @throws {SeamlessError} `STORE_FAILED` for an encoding that is unknown, or is another one; `TOO_LARGE`.
 */
export function decodedBody(subject: Subject, answer: Answer, limits: BodyLimits): AsyncIterable<Uint8Array> {
  const { store } = subject;
  const { maxBytes, maxDecodedBytes, maxDecodedRatio: ratio } = limits;
  const plain = { store, limit: maxBytes, limitedBy: "maxBytes" };
  if (answer.decoded) return limited(limited(answer.body, decodedLimits(answer, limits, store), DECODED), plain);
  const codings = parseCodings(answer.header("content-encoding"));
  if (codings === undefined) {
    answer.discard();
    throw serverError(subject, "the answer has a Content-Encoding that is neither zstd nor gzip");
  }
  const length = lengthOf(answer);
  if (codings.length > 0) {
    const limits = maxBytes < maxDecodedBytes ? plain : { store, limit: maxDecodedBytes, limitedBy: "maxDecodedBytes" };
    return decode(codings, answer.body, { ...limits, ratio, encodedLength: length });
  }
  if ((length ?? 0) > maxBytes) {
    answer.discard();
    throw tooLargeError("it has", plain);
  }
  return limited(answer.body, plain);
}

/** The same for an answer that is short, as text: a longer one is an error. */
export async function shortText(subject: Subject, answer: Answer, limit: number): Promise<string> {
  const limits = { maxBytes: limit, maxDecodedBytes: limit, maxDecodedRatio: FOREIGN_LIMITS.ratio };
  try {
    return new TextDecoder().decode(await joinChunks(decodedBody(subject, answer, limits)));
  } catch (error) {
    if (!isSeamlessError(error, "TOO_LARGE")) throw error;
    throw serverError(subject, `the answer has more than ${limit} bytes`, error);
  }
}

/**
 * Limits of what the platform has decoded. It need not say that it has: a page does not see every header. But what is longer
 * than the answer was must have been encoded.
 */
function decodedLimits(answer: Answer, { maxDecodedBytes, maxDecodedRatio }: BodyLimits, store: string) {
  const length = lengthOf(answer);
  const codings = parseCodings(answer.header("content-encoding"));
  const asItIs = codings?.length === 0 ? (length ?? Number.POSITIVE_INFINITY) : 0;
  const densest = length === undefined ? maxDecodedBytes : Math.max(ALWAYS_ALLOWED, maxDecodedRatio * length);
  const limit = Math.max(asItIs, Math.min(maxDecodedBytes, densest));
  return { store, limit, limitedBy: "maxDecodedBytes, maxDecodedRatio" };
}

/** Of the body as it is sent, in bytes, where it is known. */
function lengthOf(answer: Answer): number | undefined {
  const length = answer.header("content-length");
  return length !== undefined && Number.isSafeInteger(Number(length)) ? Number(length) : undefined;
}
