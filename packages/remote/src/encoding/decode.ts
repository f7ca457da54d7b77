import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { decoders } from "#decoders";
import type { Coding } from "./coding.ts";

/** Where encoded bytes come from, and how many they may become. */
export interface DecodeOptions {
  /** Name of the store, for messages. */
  readonly store: string;
  /** Of the decoded bytes; encoded ones may be somewhat more. */
  readonly limit: number;
  /** The option that sets the limit, for messages: whoever wants more must know what to set. */
  readonly limitedBy?: string | undefined;
  /**
   * How many times the encoded bytes the decoded ones may be. Up to a mebibyte may come of anything.
   * @default no matter how many
   */
  readonly ratio?: number | undefined;
  /**
   * How many encoded bytes there are going to be, where that is known: a body may begin with what is far denser than the rest.
   * @default as many as have come
   */
  readonly encodedLength?: number | undefined;
}

/**
 * What encoded bytes of somebody else may become where no length is declared or expected: a few kilobytes of zstd can be
 * gigabytes of zeros. `limit` in bytes.
 */
export const FOREIGN_LIMITS = { limit: 2 ** 30, ratio: 1000 } as const;

/** In bytes: small buffers of the same byte are worth a small body, and nothing to be afraid of. */
export const ALWAYS_ALLOWED = 2 ** 20;

/** Before the limit, in messages. */
export const DECODED = "decoded, it has";

/**
 * Undo content codings, in constant memory.
 *
 * @param codings - In the order in which they are to be undone.
 * @throws {SeamlessError} `STORE_FAILED` for bytes that are not of the coding they claim to be; `TOO_LARGE` as soon as
 * there are more than the limit, or more than the ratio allows for what has come. What the source throws passes unchanged.
 */
export function decode(
  codings: readonly Coding[],
  source: AsyncIterable<Uint8Array>,
  options: DecodeOptions,
): AsyncIterable<Uint8Array> {
  const { store, limit, limitedBy, ratio, encodedLength = 0 } = options;
  // What cannot be made shorter becomes a little longer. But nothing may come forever that makes nothing.
  const encoded = { store, limit: 2 * limit + 65_536, limitedBy: limitedBy && `64 KiB and twice ${limitedBy}` };
  if (codings.length === 0 || ratio === undefined) return limited(undo(codings, source, encoded), options, DECODED);
  const { chunks, count } = counted(source);
  const allowed = () => Math.max(ALWAYS_ALLOWED, ratio * Math.max(encodedLength, count()));
  return notDenser(limited(undo(codings, chunks, encoded), options, DECODED), allowed, { store, ratio });
}

/** What comes out of each coding, too, is what goes into the next. */
function undo(
  codings: readonly Coding[],
  source: AsyncIterable<Uint8Array>,
  limits: DecodeOptions,
): AsyncIterable<Uint8Array> {
  return codings.reduce(
    (chunks, coding) => guarded(coding, limited(chunks, limits, "encoded, it has"), limits.store),
    source,
  );
}

/** Not more bytes than the limit. */
export async function* limited(
  source: AsyncIterable<Uint8Array>,
  options: DecodeOptions,
  what = "it has",
): AsyncGenerator<Uint8Array, void, undefined> {
  const { limit } = options;
  let total = 0;
  for await (const chunk of source) {
    total += chunk.byteLength;
    if (total > limit) throw tooLargeError(what, options);
    yield chunk;
  }
}

/** @param what - Has too many bytes: "decoded, it has". */
export function tooLargeError(what: string, { store, limit, limitedBy }: DecodeOptions): SeamlessError {
  const option = limitedBy === undefined ? "" : ` (${limitedBy})`;
  return new SeamlessError("TOO_LARGE", `${store}: ${what} more than the limit of ${limit} bytes${option}`, { store });
}

/** Not more bytes than what has come in so far allows. */
async function* notDenser(
  source: AsyncIterable<Uint8Array>,
  allowed: () => number,
  { store, ratio }: { readonly store: string; readonly ratio: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.byteLength;
    if (total > allowed()) {
      const why = `more than the limit of ${ratio} times its encoded size (maxDecodedRatio)`;
      throw new SeamlessError("TOO_LARGE", `${store}: a buffer becomes ${why} when it is decoded`, { store });
    }
    yield chunk;
  }
}

function counted(source: AsyncIterable<Uint8Array>) {
  let total = 0;
  const chunks = (async function* () {
    for await (const chunk of source) {
      total += chunk.byteLength;
      yield chunk;
    }
  })();
  return { chunks, count: () => total };
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
