/** Size of the slices in which bytes are hashed and written, in bytes; smaller buffers are one slice. */
export const SLICE = 2 ** 20;

/** How many slices are hashed while one is written. */
export const PREFETCHED = 4;

/** One is being written, one is held back until the next is hashed, one is being hashed, and the others wait. */
const BUFFERS = PREFETCHED + 3;

/**
 * Copies of slices, since the caller may change the bytes before they are written. A few buffers are used in turn: new memory
 * for a gigabyte would take half as long as hashing it.
 */
export async function* copies(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  const buffers = Array.from({ length: BUFFERS }, () => new Uint8Array(SLICE));
  for (let i = 0; i * SLICE < bytes.byteLength; i++) {
    const slice = bytes.subarray(i * SLICE, (i + 1) * SLICE);
    const copy = buffers[i % BUFFERS]!.subarray(0, slice.byteLength);
    copy.set(slice);
    yield copy;
  }
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
