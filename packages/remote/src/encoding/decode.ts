import { type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { oneLine, showPath } from "@seamless/internal/text";
import type { Coding } from "@seamless/store";
import { decoders } from "#decoders";

/** Header value → coding. */
const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["zstd", "zstd"],
]);

/**
 * The codings that a `Content-Encoding` header names, in the order in which to decode them.
 *
 * @returns `undefined` if one of them is unknown.
 */
export function parseCodings(header: string | undefined): readonly Coding[] | undefined {
  const names = (header ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "identity");
  const codings = names.map((name) => CODINGS.get(name));
  // Each costs memory, and there is no reason for more than one.
  if (codings.length > 2 || codings.includes(undefined)) return undefined;
  return (codings as Coding[]).reverse();
}

/** Where encoded bytes come from, and limits of the decoded size. */
export interface DecodeOptions {
  /** Name of the store, for messages. */
  readonly store: string;
  /** Path of the file that is decoded, for messages, and the checksum that it should have. */
  readonly file?: string | undefined;
  readonly checksum?: Checksum | undefined;
  /** Largest decoded size, in bytes. The encoded bytes may be somewhat more. */
  readonly limit: number;
  /** Name of the option that sets the limit, for messages. */
  readonly limitedBy?: string | undefined;
  /**
   * Largest ratio of decoded to encoded bytes. Up to 1 MiB is always allowed.
   * @default no limit
   */
  readonly ratio?: number | undefined;
  /**
   * Total number of encoded bytes, where it is known: the beginning of a body may be denser than the rest.
   * @default the number of bytes that have come so far
   */
  readonly encodedLength?: number | undefined;
}

/** Where encoded bytes come from. */
type Origin = Pick<DecodeOptions, "store" | "file" | "checksum">;

function nameOf({ store, file }: Origin): string {
  return file === undefined ? store : showPath(file);
}

/** What errors tell of it. */
function factsOf({ store, file, checksum }: Origin): Origin {
  return { store, file, checksum };
}

/**
 * Limits for encoded bytes from outside if no length is declared or expected: a few kilobytes of zstd can decode to gigabytes
 * of zeros. `limit` in bytes.
 */
export const FOREIGN_LIMITS = { limit: 2 ** 30, ratio: 1000 } as const;

/** Decoded size that is allowed at any ratio, in bytes: a small buffer of one repeated byte is harmless. */
export const ALWAYS_ALLOWED = 2 ** 20;

/** What messages about decoded bytes say before the limit. */
export const DECODED = "decoded, it has";

/**
 * Decodes content codings, in constant memory.
 *
 * @param codings - In the order in which to decode them.
 * @throws {SeamlessError} `STORE_FAILED` for bytes that cannot be decoded; `TOO_LARGE` as soon as there are more than the
 * limit, or more than the ratio allows for the bytes that have come. Errors of the source pass unchanged.
 */
export function decode(
  codings: readonly Coding[],
  source: AsyncIterable<Uint8Array>,
  options: DecodeOptions,
): AsyncIterable<Uint8Array> {
  const { limit, limitedBy, ratio, encodedLength = 0 } = options;
  // Bytes that cannot be compressed become a little longer. But the source must not go on forever without any output.
  const encoded = { ...options, limit: 2 * limit + 65_536, limitedBy: limitedBy && `64 KiB and twice ${limitedBy}` };
  if (codings.length === 0 || ratio === undefined) return limited(undo(codings, source, encoded), options, DECODED);
  const { chunks, count } = counted(source);
  const allowed = () => Math.max(ALWAYS_ALLOWED, ratio * Math.max(encodedLength, count()));
  return notDenser(limited(undo(codings, chunks, encoded), options, DECODED), allowed, { ...options, ratio });
}

/** Applies one decoder after the other, each with limits of its input. */
function undo(
  codings: readonly Coding[],
  source: AsyncIterable<Uint8Array>,
  limits: DecodeOptions,
): AsyncIterable<Uint8Array> {
  return codings.reduce(
    (chunks, coding) => withSourceErrors(coding, limited(chunks, limits, "encoded, it has"), limits),
    source,
  );
}

/** The same chunks; throws `TOO_LARGE` for more bytes than the limit. */
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

/** @param what - Beginning of the message, up to the number: "decoded, it has". */
export function tooLargeError(what: string, { limit, limitedBy, ...origin }: DecodeOptions): SeamlessError {
  const option = limitedBy === undefined ? "" : ` (${limitedBy})`;
  return new SeamlessError(
    "TOO_LARGE",
    `${nameOf(origin)}: ${what} more than the limit of ${limit} bytes${option}`,
    factsOf(origin),
  );
}

/** The same chunks; throws `TOO_LARGE` for more bytes than the input so far allows. */
async function* notDenser(
  source: AsyncIterable<Uint8Array>,
  allowed: () => number,
  { ratio, ...origin }: Origin & { readonly ratio: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.byteLength;
    if (total > allowed()) {
      const why = `more than the limit of ${ratio} times its encoded size (maxDecodedRatio)`;
      throw new SeamlessError(
        "TOO_LARGE",
        `${nameOf(origin)}: a buffer becomes ${why} when it is decoded`,
        factsOf(origin),
      );
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

/** Keeps the error of the source, which a decoder may wrap or replace. */
class SourceFailure {
  reason: unknown;
  happened = false;
}

/** Decodes; throws the error of the source itself, whatever the decoder makes of it. */
async function* withSourceErrors(
  coding: Coding,
  source: AsyncIterable<Uint8Array>,
  origin: Origin,
): AsyncGenerator<Uint8Array, void, undefined> {
  const failure = new SourceFailure();
  try {
    yield* decoders[coding](watched(source, failure));
  } catch (cause) {
    if (failure.happened) throw failure.reason;
    if (isSeamlessError(cause)) throw cause;
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw undecodableError(coding, origin, FAULTS[code] ?? oneLine(cause), cause);
  }
}

/** Code of zlib → what is wrong with the data; its own words ("incorrect header check") help nobody who has a file to mend. */
const FAULTS: Readonly<Record<string, string | undefined>> = {
  Z_BUF_ERROR: "it ends too soon",
  Z_DATA_ERROR: "it is damaged, or something else",
};

const undecodable = /* @__PURE__ */ new WeakSet<SeamlessError>();

/** @param why - It cannot be decoded. */
export function undecodableError(coding: Coding, origin: Origin, why: string, cause?: unknown): SeamlessError {
  const message = `${nameOf(origin)}: the ${coding} data cannot be decoded: ${why}`;
  const error = new SeamlessError("STORE_FAILED", message, { ...factsOf(origin), cause });
  undecodable.add(error);
  return error;
}

/** Is it the fault of encoded bytes? Another failure of the store may pass. */
export function isUndecodable(error: unknown): boolean {
  return isSeamlessError(error) && undecodable.has(error);
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
