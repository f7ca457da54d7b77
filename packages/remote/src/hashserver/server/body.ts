import { SeamlessError } from "@seamless/checksum";
import { joinChunks, streamChunks } from "@seamless/store";
import type { HashserverRequest } from "./types.ts";

/** The bytes that came with a request; none if there is no body. */
export function bodyPieces({ body }: HashserverRequest): AsyncIterable<Uint8Array> {
  if (body === null) return nothing();
  // Streams of browsers are not always iterable.
  return "getReader" in body ? streamChunks(body) : body;
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

/**
 * A short body, as text.
 *
 * @throws {SeamlessError} `TOO_LARGE` over the limit, in bytes; `INVALID_ARGUMENT` if it is not UTF-8.
 */
export async function bodyText(request: HashserverRequest, limit: number): Promise<string> {
  const bytes = await joinChunks(bodyPieces(request), limit);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SeamlessError("INVALID_ARGUMENT", "the body is not UTF-8", { cause });
  }
}
