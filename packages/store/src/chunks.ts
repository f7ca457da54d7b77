import { type AbortOptions, Checksum, createSha256, inSlices, SeamlessError } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import { asBytes, mismatchError } from "./proofs.ts";

/** How chunks are checked on their way. */
export interface ChunksOptions extends AbortOptions {
  /** In bytes; another length is refused. */
  readonly length?: number | undefined;
  /** Name of the store, for messages. */
  readonly store?: string | undefined;
  /**
   * Copy each chunk, so that the source may use its memory again. Costs less than a tenth of hashing it.
   * @default true
   */
  readonly copy?: boolean | undefined;
}

/**
 * The same chunks, hashed on their way, in slices between which others run; the last one is held back until the checksum
 * is known to be right. Empty chunks are left out.
 *
 * @throws {SeamlessError} `CHECKSUM_MISMATCH`; `INVALID_ARGUMENT` for another length than was announced, or a chunk that
 * is not bytes. What the source throws passes unchanged. The source is told to stop in every case.
 */
export async function* verifiedChunks(
  checksum: Checksum,
  source: AsyncIterable<Uint8Array>,
  options: ChunksOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal, length, store, copy = true } = options;
  signal?.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  const hash = createSha256();
  let held: Uint8Array | undefined;
  let total = 0;
  let finished = false;
  // Told once for all chunks: a listener for each would cost as much as the rest of this.
  let giveUp: (reason: unknown) => void = () => {};
  const forget = onAbort(signal, () => giveUp(signal?.reason));
  try {
    for (;;) {
      signal?.throwIfAborted();
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        giveUp = reject;
        iterator.next().then(resolve, reject);
      });
      if (next.done) break;
      const chunk = asBytes(next.value);
      if (chunk.byteLength === 0) continue;
      total += chunk.byteLength;
      if (length !== undefined && total > length) throw wrongLengthError(checksum, length, `at least ${total}`, store);
      // Before the source is asked for more, and so before it can change the chunk.
      const mine = copy ? new Uint8Array(chunk.byteLength) : chunk;
      const take = (start: number, end: number) => {
        if (copy) mine.set(chunk.subarray(start, end), start);
        hash.update(mine.subarray(start, end));
      };
      await inSlices(chunk.byteLength, take, { signal });
      const last = held;
      held = mine;
      if (last !== undefined) yield last;
    }
    finished = true;
    if (length !== undefined && total !== length) throw wrongLengthError(checksum, length, `${total}`, store);
    const found = new Checksum(hash.digest());
    if (!found.equals(checksum)) throw mismatchError(checksum, found, { store });
    signal?.throwIfAborted();
    if (held !== undefined) yield held;
  } finally {
    forget();
    if (!finished) await stop(iterator, signal);
  }
}

/** Tells a source that the rest is not wanted. */
async function stop(iterator: AsyncIterator<Uint8Array>, signal: AbortSignal | undefined): Promise<void> {
  // As in `for await`, the first failure counts, not one of the cleanup.
  const stopped = Promise.resolve(iterator.return?.()).catch(() => undefined);
  // A source that hangs would never get there.
  if (!signal?.aborted) await stopped;
}

/** How a stream is checked on its way. */
export interface StreamOptions extends Omit<ChunksOptions, "copy"> {
  /**
   * Called once the stream will not be read any more, for any reason. A source that was never asked for anything cannot
   * be told: a generator that has not begun does not run its `finally`.
   */
  readonly onEnd?: (() => void) | undefined;
}

/**
 * A body that is completed only if it is right: errors where `verifiedChunks` throws. Nothing is read before it
 * is asked for; cancelling it stops the source.
 */
export function verifiedStream(
  checksum: Checksum,
  source: AsyncIterable<Uint8Array>,
  options: StreamOptions = {},
): ReadableStream<Uint8Array> {
  const { signal, onEnd, ...rest } = options;
  const stopper = new AbortController();
  const chunks = verifiedChunks(checksum, source, { ...rest, copy: false, signal: stopper.signal });
  return pulledStream(chunks, stopper, { signal, onEnd });
}

/**
 * Chunks as a stream, as they are: for a part of a buffer, which has no checksum. Nothing is read before it is asked for;
 * cancelling it stops the source.
 */
export function chunkStream(
  source: AsyncIterable<Uint8Array>,
  { signal, onEnd }: Pick<StreamOptions, "signal" | "onEnd"> = {},
): ReadableStream<Uint8Array> {
  const stopper = new AbortController();
  return pulledStream(untilAborted(source, stopper.signal), stopper, { signal, onEnd });
}

async function* untilAborted(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of source) {
    signal.throwIfAborted();
    yield chunk;
  }
}

/** @param stopper - Aborted when no chunk is wanted any more. */
function pulledStream(
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
  stopper: AbortController,
  { signal, onEnd = () => {} }: Pick<StreamOptions, "signal" | "onEnd">,
): ReadableStream<Uint8Array> {
  let unlisten = () => {};
  let ended = false;
  const forget = () => {
    unlisten();
    if (ended) return;
    ended = true;
    onEnd();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        if (signal === undefined) return;
        unlisten = onAbort(signal, () => {
          forget();
          stopper.abort(signal.reason);
          controller.error(signal.reason);
          // No further chunk is asked for: without this the source would not know, and keep its file open.
          chunks.return().catch(() => undefined);
        });
      },
      async pull(controller) {
        try {
          const next = await chunks.next();
          if (!next.done) return controller.enqueue(next.value);
        } catch (error) {
          forget();
          throw error;
        }
        forget();
        controller.close();
      },
      async cancel(reason) {
        forget();
        stopper.abort(reason);
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
}

/** The chunks of a stream, which is cancelled when they are not read to the end; for browsers without iterable streams. */
export async function* streamChunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  let finished = false;
  try {
    for (;;) {
      const next = await reader.read();
      if (next.done) break;
      yield next.value;
    }
    finished = true;
  } finally {
    // The stream may have failed itself; what counts is why.
    if (!finished) await reader.cancel().catch(() => undefined);
  }
}

/**
 * All chunks as one, put together in slices between which others run.
 *
 * @param limit - In bytes; gives up beyond.
 * @param beyond - Makes the error for that.
 */
export async function joinChunks(
  chunks: AsyncIterable<Uint8Array>,
  limit = Number.POSITIVE_INFINITY,
  beyond: () => Error = () => new SeamlessError("TOO_LARGE", `more than the limit of ${limit} bytes`),
): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.byteLength;
    if (total > limit) throw beyond();
    all.push(chunk);
  }
  const joined = new Uint8Array(total);
  let at = 0;
  for (const chunk of all) {
    const start = at;
    await inSlices(chunk.byteLength, (from, to) => joined.set(chunk.subarray(from, to), start + from));
    at += chunk.byteLength;
  }
  return joined;
}

function wrongLengthError(checksum: Checksum, length: number, found: string, store: string | undefined): SeamlessError {
  const where = store === undefined ? "" : `${store}: `;
  return new SeamlessError(
    "INVALID_ARGUMENT",
    `${where}${checksum.hex()} was announced with ${length} bytes, but there are ${found}`,
    { checksum, store },
  );
}
