import { type Checksum, SeamlessError } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import type { Timers } from "@seamless/internal/timers";
import { verifiedStream } from "@seamless/store";
import { tierFailures } from "./failures.ts";
import type { FillStream } from "./fill-stream.ts";
import type { Found } from "./read.ts";

export interface ReadStreamOptions {
  readonly signal: AbortSignal | undefined;
  /** Name of the tiered store, for messages. */
  readonly name: string;
  readonly clock: Timers;
  /** How long the tier may take for the next piece, in milliseconds. */
  readonly readTimeout: number;
  /** Starts the back-fill, if there is to be one. */
  readonly fill: () => FillStream | undefined;
}

/**
 * The body that one tier gave, verified, on its way into faster tiers. It errors where the tier fails or turns out to
 * have other bytes: what another tier has is never put behind it.
 */
export function readStream(
  checksum: Checksum,
  { found, tier, errors }: Found<ReadableStream<Uint8Array>>,
  { signal, name, clock, readTimeout, fill }: ReadStreamOptions,
): ReadableStream<Uint8Array> {
  const source = found.getReader();
  const reader = verifiedStream(checksum, piecesOf(source), { signal, store: tier.name }).getReader();
  // Also when nobody is reading, or ever has: what is verified is not asked for then, and does not stop its source.
  const forget = onAbort(signal, () => void source.cancel(signal?.reason).catch(() => undefined));
  let filling: { readonly stream: FillStream | undefined } | undefined;

  const broken = (error: unknown): SeamlessError => {
    const what = `get ${checksum.hex()}`;
    return tierFailures({ store: name, what, errors: [...errors, tier.failedToGive(checksum, error)], checksum });
  };

  /** The next piece, unless the tier hangs. */
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
        // Not before somebody reads: tiers would hold files open for nobody.
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
        // This first: it is no end of the source, but nobody looks at it any more.
        const stopped = reader.cancel(reason);
        await source.cancel(reason).catch(() => undefined);
        await stopped;
      },
    },
    { highWaterMark: 0 },
  );
}

/** What a reader gets, as pieces. */
function piecesOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncIterable<Uint8Array> {
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
