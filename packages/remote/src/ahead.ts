/**
 * The same pieces, asked for before they are wanted: so that one is hashed or read while another is written.
 *
 * @param depth - How many are held at most.
 * @param onStop - Called first when the consumer stops early: to wake up a source that hangs.
 */
export async function* ahead<T>(
  source: AsyncIterable<T>,
  depth: number,
  onStop: () => void = () => {},
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const ready: Promise<IteratorResult<T>>[] = [];
  let last: Promise<unknown> = Promise.resolve();
  // Each is asked for when the one before has come: generators would queue the calls, other iterators need not.
  const ask = () => {
    const next = last.then(() => iterator.next());
    last = next;
    // A failure is thrown when its turn comes; until then it must not count as unhandled.
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
      // As in `for await`: what fails in the cleanup is not what went wrong.
      await Promise.resolve(iterator.return?.()).catch(() => undefined);
    }
  }
}
