import {
  type AbortOptions,
  type Checksum,
  type ErrorCode,
  isSeamlessError,
  ProvenBytes,
  type SeamlessError,
  type TransferProgress,
} from "@seamless/checksum";
import { onAbort, untilAborted } from "@seamless/internal/abort";
import { copyBytes } from "@seamless/internal/bytes";
import {
  type PutStreamOptions,
  proveVerified,
  putTo,
  type TransferOptions,
  verifiedChunks,
  withProgress,
} from "@seamless/store";
import { asBytes } from "../bytes.ts";
import { Attempt, type Failure, Sink, untilReady } from "./attempt.ts";
import { SLOWEST, type Tier, type Tiers, tierError, tierErrors, type WriteChunks } from "./tier.ts";

/** Faults of the source, not of a tier: thrown unchanged if no tier took the buffer. */
const OF_THE_SOURCE: ReadonlySet<ErrorCode> = new Set(["CHECKSUM_MISMATCH", "INVALID_ARGUMENT"]);

/** How long an aborted write waits for the tiers to stop, in milliseconds: until then, the buffer may still turn up. */
const GRACE = 1000;

/** What one tier made of a write. */
interface Result {
  readonly tier: Tier;
  readonly failure: Failure | undefined;
  /** Was it the source that failed? */
  readonly cutOff?: boolean | undefined;
}

/** Give bytes to all tiers that are to have them, at once. */
export async function put(
  tiers: Tiers,
  checksum: Checksum,
  bytes: Uint8Array | ProvenBytes,
  { signal, onProgress }: TransferOptions = {},
): Promise<void> {
  // A proof spares each tier that has the buffer one pass over the bytes.
  const proven = ProvenBytes.isProvenBytes(bytes)
    ? bytes
    : await proveVerified(checksum, asBytes(bytes), { signal, store: tiers.name });
  const targets = tiers.targets();
  // As far as the slowest is.
  const sent = targets.map(() => 0);
  const progressOf = (at: number) => (progress: TransferProgress) => {
    sent[at] = progress.bytes;
    onProgress?.({ bytes: Math.min(...sent), totalBytes: proven.length });
  };
  const attempts = targets.map(
    ({ store }, at) => new Attempt((signal) => putTo(store, proven, { signal, onProgress: progressOf(at) })),
  );
  const failures = await outcomes(tiers, attempts, proven.length, signal);
  const results = targets.map((tier, at) => ({ tier, failure: failures[at] }));
  conclude(tiers, checksum, results, proven.length);
}

/** Give one source to all tiers that are to have it, in step. */
export async function putStream(
  tiers: Tiers,
  checksum: Checksum,
  chunks: AsyncIterable<Uint8Array>,
  { signal, length, onProgress }: PutStreamOptions = {},
): Promise<void> {
  const { name: store } = tiers;
  const source = copies(withProgress(chunks, onProgress, length));
  await putThrough(tiers, checksum, {
    signal,
    chunks: (stopped) => verifiedChunks(checksum, source, { signal: stopped, length, store, copy: false }),
    write: (store, read, given) => store.putStream(checksum, read, { signal: given, length }),
  });
}

/** A source that is given to several tiers. */
interface Source extends AbortOptions {
  /**
   * Its chunks, in memory of their own. Verified: so it is known whose fault wrong bytes are, and no tier sees the end of them.
   *
   * @param signal - Aborted when no tier wants more.
   */
  chunks(signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined>;
  /** Gives them to one of the tiers. */
  readonly write: WriteChunks;
}

/** The same for any source. */
export async function putThrough(tiers: Tiers, checksum: Checksum, source: Source): Promise<void> {
  const { signal } = source;
  const targets = tiers.targets();
  const fan = await fanOut(source, targets, tiers);
  const failures = await outcomes(tiers, fan.sinks, fan.length, signal);
  // Some tiers may not even have been asked.
  if (fan.sourceFailure !== undefined) signal?.throwIfAborted();
  if (failures.every((failure) => failure !== undefined)) {
    const origin = fan.sourceFailure ?? (fan.complete ? undefined : sharedFailure(failures));
    if (origin !== undefined) throw origin.error;
  }
  const results = targets.map((tier, at) => {
    const sink = fan.sinks[at];
    return { tier, failure: failures[at], cutOff: sink !== undefined && fan.cutOff.has(sink) };
  });
  conclude(tiers, checksum, results, fan.length, fan.sourceFailure);
}

/** The failure that all tiers have that stopped before the end of the source, if it is about what they were given. */
function sharedFailure(failures: readonly Failure[]): Failure | undefined {
  const [first] = failures;
  if (first === undefined || !isSeamlessError(first.error) || !OF_THE_SOURCE.has(first.error.code)) return undefined;
  const { code } = first.error;
  return failures.every(({ error }) => isSeamlessError(error, code)) ? first : undefined;
}

/**
 * How the writes end; rejects with the reason of the signal, once they have stopped or should have.
 *
 * @param length - Of the buffer, in bytes.
 */
async function outcomes(
  { clock, writeTimeout }: Tiers,
  attempts: readonly Attempt[],
  length: number,
  signal: AbortSignal | undefined,
): Promise<(Failure | undefined)[]> {
  const forget = onAbort(signal, () => {
    for (const attempt of attempts) attempt.giveUp(signal?.reason);
  });
  const limit = writeTimeout + length / SLOWEST;
  const ends = await Promise.all(attempts.map((attempt) => attempt.outcomeWithin(limit, clock)));
  forget();
  if (!signal?.aborted || ends.every((end) => end === undefined)) return ends;
  await new Promise<void>((resolve) => {
    const timer = clock.setTimeout(resolve, GRACE);
    void Promise.all(attempts.map(({ settled }) => settled)).then(() => {
      timer.cancel();
      resolve();
    });
  });
  throw signal.reason;
}

/** @throws {SeamlessError} `STORE_FAILED` if not all have it. */
function conclude(
  { name }: Tiers,
  checksum: Checksum,
  results: readonly Result[],
  length: number,
  source?: Failure,
): void {
  const errors: SeamlessError[] = [];
  const having: string[] = [];
  const what = `put ${checksum.hex()}`;
  for (const { tier, failure, cutOff } of results) {
    if (failure === undefined) {
      tier.wrote(length);
      having.push(tier.name);
    } else if (cutOff) errors.push(tierError(tier.name, what, failure.error, checksum));
    else errors.push(tier.failureError(what, failure.error, checksum));
  }
  if (errors.length === 0) return;
  const others = having.length === 0 ? "no tier has it" : `it is in ${having.join(", ")}`;
  throw tierErrors({ store: name, what, errors, others, checksum, cause: source?.error });
}

/** What became of a source that was handed to several tiers. */
interface FanOut {
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

/** Why the source is stopped when no tier wants more of it. */
const NO_READER = Symbol("no tier wants more");

/**
 * Hand one source to several tiers in step: each chunk is asked for when all have asked for it, so that one chunk is held
 * for each tier, and one more until the checksum is known. A tier that is over no longer counts. Never rejects; resolves
 * when the source is over, which the writes of the tiers may not be.
 */
async function fanOut(
  { signal, write, ...source }: Source,
  tiers: readonly Tier[],
  { clock, writeTimeout }: Tiers,
): Promise<FanOut> {
  const sinks: Sink[] = [];
  const cutOff = new Set<Sink>();
  const stopper = new AbortController();
  const forget = onAbort(signal, () => stopper.abort(signal?.reason));
  const chunks = source.chunks(stopper.signal);
  let sourceFailure: Failure | undefined;
  let asking = false;
  let complete = false;
  let total = 0;
  try {
    for (const tier of tiers) {
      const sink = new Sink((read, given) => write(tier.store, read, given));
      sinks.push(sink);
      // One after the other: if tiers lock a buffer while they write it, two fan-outs of it must not each wait for a lock
      // that the other has.
      await untilAborted(untilReady([sink], writeTimeout, clock), stopper.signal);
    }
    // A source may hang when the last tier is over.
    void Promise.all(sinks.map((sink) => sink.outcome)).then(() => {
      if (asking) stopper.abort(NO_READER);
    });
    while (sinks.some((sink) => sink.open)) {
      asking = true;
      const next = await untilAborted(chunks.next(), stopper.signal);
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
    if (error !== NO_READER) sourceFailure = { error };
  }
  for (const sink of sinks) {
    if (sourceFailure === undefined) sink.end();
    else if (sink.fail(sourceFailure)) cutOff.add(sink);
  }
  // A source may hang while it is stopped, too.
  await untilAborted(chunks.return(), stopper.signal).catch(() => undefined);
  forget();
  return { sinks, sourceFailure, cutOff, complete, length: total };
}

/** The same chunks in other memory, since the source may use its own again. */
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
