import { asBytes, type Checksum } from "@seamless/checksum";
import { onAbort, untilAborted } from "@seamless/internal/abort";
import { copyBytes } from "@seamless/internal/bytes";
import type { Timers } from "@seamless/internal/timers";
import { type PutStreamOptions, verifiedChunks } from "@seamless/store";
import type { Failure } from "./attempt.ts";
import { Sink, untilReady } from "./sink.ts";
import type { Tier } from "./tier.ts";

/** What became of a source that was handed to several tiers. */
export interface FanOut {
  /** In the order of the tiers. */
  readonly sinks: readonly Sink[];
  /** Why the source failed: what it threw, wrong bytes, another length than announced. */
  readonly sourceFailure: Failure | undefined;
  /** Sinks that still wanted more when the source failed. */
  readonly cutOff: ReadonlySet<Sink>;
  /** Was it read to its end? */
  readonly complete: boolean;
  /** In bytes, of what was read. */
  readonly length: number;
}

export interface FanOutOptions extends PutStreamOptions {
  /** Name of the tiered store, for messages. */
  readonly name: string;
  readonly clock: Timers;
  /** How long a tier may take to ask for its next piece, in milliseconds. */
  readonly writeTimeout: number;
}

/** Why the source is stopped when no tier wants more of it. */
const NOBODY = Symbol("nobody wants more");

/**
 * Hand one source to several tiers in step: each piece is asked for when all have asked for it, so that one piece is held
 * for each tier, and one more until the checksum is known. A tier that is over no longer counts. Never rejects; resolves
 * when the source is over, which the writes of the tiers may not be.
 */
export async function fanOut(
  checksum: Checksum,
  source: AsyncIterable<Uint8Array>,
  tiers: readonly Tier[],
  { signal, length, name, clock, writeTimeout }: FanOutOptions,
): Promise<FanOut> {
  const sinks: Sink[] = [];
  const cutOff = new Set<Sink>();
  const stopper = new AbortController();
  const forget = onAbort(signal, () => stopper.abort(signal?.reason));
  // Verified here too: so it is known whose fault wrong bytes are, and no tier sees the end of them.
  const pieces = verifiedChunks(checksum, copies(source), {
    signal: stopper.signal,
    length,
    store: name,
    copy: false,
  });
  let sourceFailure: Failure | undefined;
  let asking = false;
  let complete = false;
  let total = 0;
  try {
    for (const tier of tiers) {
      const sink = new Sink((read, given) => tier.store.putStream(checksum, read, { signal: given, length }));
      sinks.push(sink);
      // One after the other: if tiers lock a buffer while they write it, two fan-outs of it must not each wait for a lock
      // that the other has.
      await untilAborted(untilReady([sink], writeTimeout, clock), stopper.signal);
    }
    // A source may hang when the last tier is over.
    void Promise.all(sinks.map((sink) => sink.outcome)).then(() => {
      if (asking) stopper.abort(NOBODY);
    });
    while (sinks.some((sink) => sink.open)) {
      asking = true;
      const next = await untilAborted(pieces.next(), stopper.signal);
      asking = false;
      if (next.done) {
        complete = true;
        break;
      }
      total += next.value.byteLength;
      // Each has its own memory: one may move what it is given to another thread.
      for (const [at, sink] of sinks.entries()) if (sink.open) sink.give(at === 0 ? next.value : copyBytes(next.value));
      await untilAborted(untilReady(sinks, writeTimeout, clock), stopper.signal);
    }
  } catch (error) {
    asking = false;
    if (error !== NOBODY) sourceFailure = { error };
  }
  for (const sink of sinks) {
    if (sourceFailure === undefined) sink.end();
    else if (sink.fail(sourceFailure)) cutOff.add(sink);
  }
  // A source may hang while it is stopped, too.
  await untilAborted(pieces.return(), stopper.signal).catch(() => undefined);
  forget();
  return { sinks, sourceFailure, cutOff, complete, length: total };
}

/** The same pieces in other memory, since the source may use its own again. */
function copies(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = source[Symbol.asyncIterator]();
      return {
        async next(): Promise<IteratorResult<Uint8Array>> {
          const next = await iterator.next();
          return next.done ? next : { done: false, value: copyBytes(asBytes(next.value)) };
        },
        async return(): Promise<IteratorResult<Uint8Array>> {
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
