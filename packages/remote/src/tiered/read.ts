import { type Checksum, isSeamlessError, ProvenBytes, SeamlessError } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import type { Timers } from "@seamless/internal/timers";
import {
  chunkStream,
  type GetStreamOptions,
  getFrom,
  proveVerified,
  type Store,
  streamChunks,
  type TransferOptions,
  verifiedStream,
} from "@seamless/store";
import { skipBytes } from "../bytes.ts";
import { inTime } from "./attempt.ts";
import type { FillStream } from "./back-fill.ts";
import { noOtherHasIt, SLOWEST, type Tier, type Tiers, tierErrors } from "./tier.ts";

/** What a tier gave, and what became of those that were asked before. */
export interface Found<T> {
  readonly found: T;
  readonly tier: Tier;
  /** Faster and writable ones that lack the buffer, or have other bytes in its place. */
  readonly lacking: readonly Tier[];
  /** One for each tier that failed. */
  readonly errors: readonly SeamlessError[];
}

/** The bytes of a buffer, proven; `undefined` if all tiers say that it is missing. */
export async function get(
  tiers: Tiers,
  checksum: Checksum,
  { signal, onProgress }: TransferOptions,
): Promise<Found<ProvenBytes> | undefined> {
  const { clock, readTimeout: limit } = tiers;
  return search(tiers, tiers.all, checksum, signal, async ({ store, name }) => {
    const more = async (given: AbortSignal) => {
      const [length = 0] = await store.lengths([checksum], { signal: given });
      return length / SLOWEST;
    };
    const found = await inTime((given) => getFrom(store, checksum, { signal: given, onProgress }), {
      clock,
      limit,
      more,
      signal,
    });
    if (found === undefined || ProvenBytes.isProvenBytes(found)) return found;
    // A copy, since the tier may still have what it gave.
    return proveVerified(checksum, found, { signal, store: name });
  });
}

/** The body of a buffer, not verified; `undefined` if all tiers say that it is missing. */
export async function getBody(
  tiers: Tiers,
  checksum: Checksum,
  { signal, offset = 0, ...options }: GetStreamOptions,
): Promise<Found<ReadableStream<Uint8Array>> | undefined> {
  const order = inOrder(tiers, checksum);
  const { clock, readTimeout: limit } = tiers;
  // An offset that is not in the buffer is no fault of a tier.
  const isOurs = (error: unknown) => offset > 0 && isSeamlessError(error, "INVALID_ARGUMENT");
  const ask = ({ store }: Tier) =>
    inTime(
      async (given) => {
        const body = await streamFrom(store, checksum, offset, { ...options, signal: given });
        // One that comes too late is not read.
        if (given.aborted) await body?.cancel(given.reason).catch(() => undefined);
        return body;
      },
      { clock, limit, signal },
    );
  return search(tiers, order, checksum, signal, ask, isOurs);
}

/** The end of a stream is too late to ask another tier: those that had wrong bytes come last. */
export function inOrder({ all }: Tiers, checksum: Checksum): readonly Tier[] {
  return [...all.filter((tier) => !tier.suspects(checksum)), ...all.filter((tier) => tier.suspects(checksum))];
}

/** The tiers before one that are to have what it gives. */
export function lackingBefore(
  { all }: Tiers,
  tier: Tier,
  missing: ReadonlySet<Tier>,
  checksum: Checksum,
): readonly Tier[] {
  const faster = all.slice(0, all.indexOf(tier));
  return faster.filter((one) => one.writable && (missing.has(one) || one.suspects(checksum)));
}

/** From a store that cannot begin within a buffer, all comes, and the beginning is passed over. */
async function streamFrom(store: Store, checksum: Checksum, offset: number, options: GetStreamOptions) {
  if (offset === 0) return store.getStream(checksum, options);
  if (store.resumes === true) return store.getStream(checksum, { ...options, offset });
  const body = await store.getStream(checksum, options);
  return body && chunkStream(skipBytes(streamChunks(body), offset, checksum, store.name), options);
}

/** @throws {SeamlessError} `STORE_FAILED` if no tier gives anything, and some tier failed; the signal's reason. */
async function search<T>(
  tiers: Tiers,
  order: readonly Tier[],
  checksum: Checksum,
  signal: AbortSignal | undefined,
  ask: (tier: Tier) => Promise<T | undefined>,
  isOurs: (error: unknown) => boolean = () => false,
): Promise<Found<T> | undefined> {
  signal?.throwIfAborted();
  const { name: store, all } = tiers;
  const errors: SeamlessError[] = [];
  const missing = new Set<Tier>();
  for (const tier of order) {
    let found: T | undefined;
    try {
      found = await ask(tier);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (isOurs(error)) throw error;
      errors.push(tier.getError(checksum, error));
      continue;
    }
    if (found === undefined) {
      tier.missed();
      missing.add(tier);
      continue;
    }
    tier.hit();
    return { found, tier, lacking: lackingBefore(tiers, tier, missing, checksum), errors };
  }
  if (errors.length === 0) return undefined;
  throw tierErrors({ store, what: `get ${checksum.hex()}`, errors, others: noOtherHasIt(all, errors), checksum });
}

export interface ReadStreamOptions {
  readonly signal: AbortSignal | undefined;
  /** Name of the tiered store, for messages. */
  readonly name: string;
  readonly clock: Timers;
  /** How long the tier may take for the next chunk, in milliseconds. */
  readonly readTimeout: number;
  /** Starts the back-fill, if there is to be one. */
  readonly fill: () => FillStream | undefined;
  /**
   * Whether the body is not that of the buffer, but of what it is encoded to: the tier has verified that.
   * @default false
   */
  readonly encoded?: boolean | undefined;
}

/**
 * The body that one tier gave, verified, on its way into faster tiers. It errors where the tier fails or turns out to
 * have other bytes: what another tier has is never put behind it.
 */
export function readStream(
  checksum: Checksum,
  { found, tier, errors }: Found<ReadableStream<Uint8Array>>,
  { signal, name, clock, readTimeout, fill, encoded = false }: ReadStreamOptions,
): ReadableStream<Uint8Array> {
  const source = found.getReader();
  const chunks = chunksOf(source);
  const body = encoded
    ? chunkStream(chunks, { signal })
    : verifiedStream(checksum, chunks, { signal, store: tier.name });
  const reader = body.getReader();
  // Also when the stream is not being read: verification is not running then, and cannot stop the source.
  const forget = onAbort(signal, () => void source.cancel(signal?.reason).catch(() => undefined));
  let filling: { readonly stream: FillStream | undefined } | undefined;

  const broken = (error: unknown): SeamlessError => {
    const what = `get ${checksum.hex()}`;
    return tierErrors({ store: name, what, errors: [...errors, tier.getError(checksum, error)], checksum });
  };

  /** The next chunk, unless the tier hangs. */
  const inTime = (): Promise<ReadableStreamReadResult<Uint8Array>> =>
    new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => {
        const error = new SeamlessError("STORE_FAILED", `gave nothing for ${readTimeout} ms`);
        reject(error);
        void source.cancel(error).catch(() => undefined);
      }, readTimeout);
      reader
        .read()
        .finally(() => timer.cancel())
        .then(resolve, reject);
    });

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // Not before the first read: otherwise tiers would hold files open in vain.
        filling ??= { stream: fill() };
        const { stream } = filling;
        let next: ReadableStreamReadResult<Uint8Array>;
        try {
          next = await inTime();
        } catch (error) {
          forget();
          stream?.leave(error);
          throw signal?.aborted ? signal.reason : broken(error);
        }
        if (next.done) {
          forget();
          stream?.end();
          tier.trust(checksum);
          return controller.close();
        }
        await stream?.give(next.value);
        signal?.throwIfAborted();
        controller.enqueue(next.value);
      },
      async cancel(reason) {
        forget();
        filling?.stream?.leave(reason);
        // This first: after it, the cancelled source is no longer looked at.
        const stopped = reader.cancel(reason);
        await source.cancel(reason).catch(() => undefined);
        await stopped;
      },
    },
    { highWaterMark: 0 },
  );
}

/** What a reader gets, as chunks. */
function chunksOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncIterable<Uint8Array> {
  const iterator: AsyncIterator<Uint8Array, undefined> = {
    async next() {
      const { done, value } = await reader.read();
      return done ? { done, value: undefined } : { done, value };
    },
    async return() {
      // The stream may have failed itself; what counts is why.
      await reader.cancel().catch(() => undefined);
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
