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
export function verifiedChunks(
  checksum: Checksum,
  source: AsyncIterable<Uint8Array>,
  { copy = true, ...options }: ChunksOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  return checkedChunks(checksum, source, options, hashHere(copy, options));
}

/** SHA-256 of the chunks of one stream, in their order, as something else makes it: another thread. */
export interface ChunkHasher {
  /** Resolves once the bytes have been read. */
  update(chunk: Uint8Array): Promise<void>;
  /** 32 bytes. */
  digest(): Promise<Uint8Array>;
  /** Called last, whatever came of the stream; not of one that was never read. */
  end(): void;
}

/** What becomes of chunks while they are held back. */
interface Hashing {
  /** Resolves when the source may be asked for more. */
  take(chunk: Uint8Array): Promise<Taken>;
  digest(): Promise<Uint8Array>;
  end(): void;
}

interface Taken {
  readonly chunk: Uint8Array;
  /** Resolves once it is hashed, where that is not so yet. */
  readonly hashed?: Promise<void>;
}

function hashHere(copy: boolean, { signal }: AbortOptions): Hashing {
  const hash = createSha256();
  return {
    async take(chunk) {
      const mine = copy ? new Uint8Array(chunk.byteLength) : chunk;
      const takeSlice = (start: number, end: number) => {
        if (copy) mine.set(chunk.subarray(start, end), start);
        hash.update(mine.subarray(start, end));
      };
      await inSlices(chunk.byteLength, takeSlice, { signal });
      return { chunk: mine };
    },
    digest: async () => hash.digest(),
    end() {},
  };
}

/** A chunk is hashed while the one before is on its way, and the next one is read. */
function hashElsewhere(hasher: ChunkHasher): Hashing {
  return {
    async take(chunk) {
      const hashed = hasher.update(chunk);
      // Whoever waits for it is told; but nobody may, if the stream ends before.
      hashed.catch(() => undefined);
      return { chunk, hashed };
    },
    digest: () => hasher.digest(),
    end: () => hasher.end(),
  };
}

async function* checkedChunks(
  checksum: Checksum,
  source: AsyncIterable<Uint8Array>,
  { signal, length, store }: Omit<ChunksOptions, "copy">,
  hashing: Hashing,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  let held: Taken | undefined;
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
      // Hashed here, it is before the source is asked for more, and so before it can change the chunk.
      const last = held;
      held = await hashing.take(chunk);
      if (last === undefined) continue;
      await last.hashed;
      yield last.chunk;
    }
    finished = true;
    if (length !== undefined && total !== length) throw wrongLengthError(checksum, length, `${total}`, store);
    await held?.hashed;
    const found = new Checksum(await hashing.digest());
    if (!found.equals(checksum)) throw mismatchError(checksum, found, { store });
    signal?.throwIfAborted();
    if (held !== undefined) yield held.chunk;
  } finally {
    forget();
    hashing.end();
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
  /**
   * Hashes the chunks, which must not be changed until it has.
   * @default they are hashed in this thread, in slices between which others run
   */
  readonly hasher?: ChunkHasher | undefined;
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
  const { signal, onEnd, hasher, ...rest } = options;
  const stopper = new AbortController();
  const checked = { ...rest, signal: stopper.signal };
  const hashing = hasher === undefined ? hashHere(false, checked) : hashElsewhere(hasher);
  const chunks = checkedChunks(checksum, source, checked, hashing);
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
