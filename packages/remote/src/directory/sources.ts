import { setImmediate as nextTurn } from "node:timers/promises";
import { bounded } from "../bytes.ts";

/**
 * Size of the slices in which bytes are hashed and written, in bytes; smaller buffers are one slice. With slices of 1 MiB an
 * upload of 64 MiB took a tenth longer, in chunks of 64 KiB as they come from a socket half as long again.
 */
export const SLICE = 2 ** 19;

/** How many slices are hashed while others are written. */
export const PREFETCHED = 4;

/** How many are written at a time. */
export const WRITES = 2;

/** Some are being written, one is held back until the next is hashed, one is being hashed, and the others wait. */
const BUFFERS = PREFETCHED + WRITES + 2;

/** What is shorter gets memory of its own, in bytes: many such chunks may be collected before they are used. */
const LEAST = 2 ** 16;

/** A source may have so many chunks at once that nothing else gets a turn of the event loop, not even what would stop it. */
const CHUNKS_IN_A_TURN = 64;

/** Memory for copies, used in turn: new memory for a gigabyte would take half as long as hashing it. */
class Buffers {
  readonly #buffers: Uint8Array[] = [];
  #next = 0;

  take(): Uint8Array {
    const at = this.#next++ % BUFFERS;
    this.#buffers[at] ??= new Uint8Array(SLICE);
    return this.#buffers[at];
  }
}

/** Copies of slices, since the bytes may change before they are written. */
export async function* copies(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  const buffers = new Buffers();
  for (let start = 0; start < bytes.byteLength; start += SLICE) {
    const slice = bytes.subarray(start, start + SLICE);
    const memory = slice.byteLength < LEAST ? new Uint8Array(slice.byteLength) : buffers.take();
    memory.set(slice);
    yield memory.subarray(0, slice.byteLength);
  }
}

/** The same of chunks, joined to slices: no longer waited for than the signal allows, and each is copied when it comes. */
export async function* copiesOfAll(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffers = new Buffers();
  let memory: Uint8Array | undefined;
  let filled = 0;
  let turns = 0;
  for await (const chunk of bounded(source, signal)) {
    if (++turns % CHUNKS_IN_A_TURN === 0) await nextTurn();
    for (let start = 0; start < chunk.byteLength; ) {
      memory ??= buffers.take();
      const part = chunk.subarray(start, start + SLICE - filled);
      memory.set(part, filled);
      start += part.byteLength;
      filled += part.byteLength;
      if (filled < SLICE) continue;
      yield memory;
      memory = undefined;
      filled = 0;
    }
  }
  if (memory !== undefined) yield filled < LEAST ? memory.slice(0, filled) : memory.subarray(0, filled);
}

/**
 * Reads ahead: asks for items before they are wanted, so that one is read or hashed while another is written.
 *
 * @param depth - Number of items that are asked for ahead, at most.
 * @param onStop - Called when the consumer stops early, before the source is closed: to wake up one that hangs.
 */
export async function* prefetch<T>(
  source: AsyncIterable<T>,
  depth: number,
  onStop: () => void = () => {},
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const ready: Promise<IteratorResult<T>>[] = [];
  let last: Promise<unknown> = Promise.resolve();
  // Each is asked for when the one before has come: generators queue calls, other iterators need not.
  const ask = () => {
    const next = last.then(() => iterator.next());
    last = next;
    // A failure is thrown when it is its turn; until then it must not count as unhandled.
    next.catch(() => undefined);
    ready.push(next);
  };
  let finished = false;
  try {
    for (;;) {
      while (ready.length < depth) ask();
      const next = await ready.shift()!;
      if (next.done === true) break;
      yield next.value;
    }
    finished = true;
  } finally {
    if (!finished) {
      onStop();
      // As in `for await`, an error of the clean-up must not hide the first one.
      await Promise.resolve(iterator.return?.()).catch(() => undefined);
    }
  }
}
