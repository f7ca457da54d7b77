import { joinPieces } from "@seamless/cache";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { decode, parseCodings } from "../../encoding/index.ts";
import type { Answer } from "./connection.ts";
import { type Subject, serverFailure } from "./failures.ts";

/**
 * The body of an answer, decoded as its headers say.
 *
 * @param limit - In bytes, after decoding.
 * @throws {SeamlessError} `STORE_FAILED` for an encoding that is unknown, or is another one; `TOO_LARGE`.
 */
export function decodedBody(subject: Subject, answer: Answer, limit: number): AsyncIterable<Uint8Array> {
  const { store } = subject;
  if (answer.decoded) return decode([], answer.body, { store, limit });
  const codings = parseCodings(answer.header("content-encoding"));
  if (codings === undefined) {
    answer.discard();
    throw serverFailure(subject, "the answer has a Content-Encoding that is neither zstd nor gzip");
  }
  if (codings.length === 0 && Number(answer.header("content-length") ?? 0) > limit) {
    answer.discard();
    throw new SeamlessError("TOO_LARGE", `${store}: more than the limit of ${limit} bytes`, { store });
  }
  return decode(codings, answer.body, { store, limit });
}

/** The same for an answer that is short, as text: one that is not is no answer. */
export async function shortText(subject: Subject, answer: Answer, limit: number): Promise<string> {
  try {
    return new TextDecoder().decode(await joinPieces(decodedBody(subject, answer, limit)));
  } catch (error) {
    if (!isSeamlessError(error, "TOO_LARGE")) throw error;
    throw serverFailure(subject, `the answer has more than ${limit} bytes`, error);
  }
}
