import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { decoders } from "#decoders";
import type { Coding } from "./coding.ts";

/** Where encoded bytes come from, and how many they may become. */
export interface DecodeOptions {
  /** Name of the store, for messages. */
  readonly store: string;
  /** Of the decoded bytes; encoded ones may be somewhat more. */
  readonly limit: number;
}

/**
 * Undo content codings, in constant memory.
 *
 * @param codings - In the order in which they are to be undone.
 * @throws {SeamlessError} `STORE_FAILED` for bytes that are not of the coding they claim to be; `TOO_LARGE` as soon as
 * there are more than the limit. What the source throws passes unchanged.
 */
export function decode(
  codings: readonly Coding[],
  source: AsyncIterable<Uint8Array>,
  options: DecodeOptions,
): AsyncIterable<Uint8Array> {
  const { store, limit } = options;
  // What cannot be made shorter becomes a little longer. But nothing may come forever that makes nothing.
  const encoded = { store, limit: 2 * limit + 65_536 };
  return limited(
    codings.reduce((pieces, coding) => guarded(coding, limited(pieces, encoded), store), source),
    options,
  );
}

/** Not more bytes than the limit. */
export async function* limited(
  source: AsyncIterable<Uint8Array>,
  { store, limit }: DecodeOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  for await (const piece of source) {
    total += piece.byteLength;
    if (total > limit)
      throw new SeamlessError("TOO_LARGE", `${store}: more than the limit of ${limit} bytes`, { store });
    yield piece;
  }
}

/** What the source throws, on its way through a decoder that may wrap or replace it. */
class SourceFailure {
  reason: unknown;
  happened = false;
}

async function* guarded(
  coding: Coding,
  source: AsyncIterable<Uint8Array>,
  store: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const failure = new SourceFailure();
  try {
    yield* decoders[coding](watched(source, failure));
  } catch (cause) {
    if (failure.happened) throw failure.reason;
    if (isSeamlessError(cause)) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SeamlessError("STORE_FAILED", `${store}: what should be ${coding} cannot be decoded: ${why}`, {
      store,
      cause,
    });
  }
}

async function* watched(
  source: AsyncIterable<Uint8Array>,
  failure: SourceFailure,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* source;
  } catch (reason) {
    failure.happened = true;
    failure.reason = reason;
    throw reason;
  }
}
