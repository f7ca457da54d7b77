/** How many buffers a store is asked about at once: few round trips, and requests of a bounded size. */
const BATCH = 1000;

/**
 * Ask about many things, a batch at a time.
 *
 * @returns the answers, in the order of the items.
 */
export async function inBatches<T, A>(
  items: readonly T[],
  ask: (batch: readonly T[]) => Promise<readonly A[]>,
): Promise<readonly A[]> {
  const answers: A[] = [];
  for (let start = 0; start < items.length; start += BATCH) {
    for (const answer of await ask(items.slice(start, start + BATCH))) answers.push(answer);
  }
  return answers;
}
