/**
 * Do something with each item, some at a time.
 *
 * @param limit - How many are under way at most.
 * @returns what it gave, in the order of the items.
 * @throws what the first that fails throws, once those under way have ended; no more are begun.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const run = async () => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const runs = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, run));
  for (const one of runs) if (one.status === "rejected") throw one.reason;
  return results;
}
