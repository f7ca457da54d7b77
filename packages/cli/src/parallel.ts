/**
 * Do something with each item, several at a time, begun in their order. The first failure, or an abort, lets nothing
 * new begin; what is under way is waited for.
 *
 * @param limit - How many at a time.
 * @throws what the work throws first; the signal's reason once it is aborted.
 */
export async function eachParallel<T>(
  items: Iterable<T>,
  limit: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const worker = async () => {
    try {
      while (!failed && !signal.aborted) {
        const next = iterator.next();
        if (next.done) return;
        await work(next.value);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: limit }, worker));
  signal.throwIfAborted();
  for (const result of workers) if (result.status === "rejected") throw result.reason;
}
