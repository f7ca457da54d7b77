import { isSeamlessError } from "@seamless/checksum";
import { joinChunks } from "@seamless/store";
import { parseCodings } from "../../encoding/coding.ts";
import { ALWAYS_ALLOWED, DECODED, decode, FOREIGN_LIMITS, limited, tooLargeError } from "../../encoding/decode.ts";
import type { Answer } from "./connection.ts";
import { type Subject, serverFailure } from "./failures.ts";

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
  if (answer.decoded) return limited(notDenser(answer, limits, store), plain);
  const codings = parseCodings(answer.header("content-encoding"));
  if (codings === undefined) {
    answer.discard();
    throw serverFailure(subject, "the answer has a Content-Encoding that is neither zstd nor gzip");
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

/** The same for an answer that is short, as text: one that is not is no answer. */
export async function shortText(subject: Subject, answer: Answer, limit: number): Promise<string> {
  const limits = { maxBytes: limit, maxDecodedBytes: limit, maxDecodedRatio: FOREIGN_LIMITS.ratio };
  try {
    return new TextDecoder().decode(await joinChunks(decodedBody(subject, answer, limits)));
  } catch (error) {
    if (!isSeamlessError(error, "TOO_LARGE")) throw error;
    throw serverFailure(subject, `the answer has more than ${limit} bytes`, error);
  }
}

/**
 * What the platform has decoded. It need not say that it has: a page does not see every header. But what is longer than the
 * answer was must have been encoded.
 */
async function* notDenser(
  answer: Answer,
  { maxDecodedBytes, maxDecodedRatio }: BodyLimits,
  store: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const length = lengthOf(answer);
  const codings = parseCodings(answer.header("content-encoding"));
  const asItIs = codings?.length === 0 ? (length ?? Number.POSITIVE_INFINITY) : 0;
  const densest = length === undefined ? maxDecodedBytes : Math.max(ALWAYS_ALLOWED, maxDecodedRatio * length);
  const limit = Math.max(asItIs, Math.min(maxDecodedBytes, densest));
  let total = 0;
  for await (const piece of answer.body) {
    total += piece.byteLength;
    if (total > limit) throw tooLargeError(DECODED, { store, limit, limitedBy: "maxDecodedBytes, maxDecodedRatio" });
    yield piece;
  }
}

/** Of the body as it is sent, in bytes, where it is known. */
function lengthOf(answer: Answer): number | undefined {
  const length = answer.header("content-length");
  return length !== undefined && Number.isSafeInteger(Number(length)) ? Number(length) : undefined;
}
