import { bounded } from "../bytes.ts";

/** Size of the slices in which bytes are hashed and written, in bytes; smaller buffers are one slice. */
export const SLICE = 2 ** 20;

/** How many slices are hashed while one is written. */
export const PREFETCHED = 4;

/** One is being written, one is held back until the next is hashed, one is being hashed, and the others wait. */
const BUFFERS = PREFETCHED + 3;

/** What is shorter gets memory of its own, in bytes: many such chunks may be collected before they are used. */
const LEAST = 2 ** 16;

/** Memory for copies, used in turn: new memory for a gigabyte would take half as long as hashing it. */
class Buffers {
  readonly #buffers: Uint8Array[] = [];
  #next = 0;

  /** Copies of slices, since the bytes may change before they are written. */
  *copies(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
    for (let start = 0; start < bytes.byteLength; start += SLICE) {
      const slice = bytes.subarray(start, start + SLICE);
      const copy = slice.byteLength < LEAST ? new Uint8Array(slice.byteLength) : this.#take(slice.byteLength);
      copy.set(slice);
      yield copy;
    }
  }

  #take(length: number): Uint8Array {
    const at = this.#next++ % BUFFERS;
    this.#buffers[at] ??= new Uint8Array(SLICE);
    return this.#buffers[at].subarray(0, length);
  }
}

export async function* copies(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield* new Buffers().copies(bytes);
}

/** The same of chunks: done with each before it asks for the next, which is no longer waited for than the signal allows. */
export async function* copiesOfAll(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffers = new Buffers();
  for await (const chunk of bounded(source, signal)) yield* buffers.copies(chunk);
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
