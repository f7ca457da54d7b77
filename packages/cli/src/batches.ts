/** How many buffers a store is asked about at once: few round trips, and requests of a bounded size. */
const BATCH = 1000;

/**
 * Do something with many things, a batch at a time, in their order.
 */
export async function eachBatch<T>(items: Iterable<T>, work: (batch: readonly T[]) => Promise<void>): Promise<void> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    await work(batch);
    batch = [];
  }
  if (batch.length > 0) await work(batch);
}

/** The same where each thing has an answer; in the order of the things. */
export async function inBatches<T, A>(
  items: Iterable<T>,
  ask: (batch: readonly T[]) => Promise<readonly A[]>,
): Promise<readonly A[]> {
  const answers: A[] = [];
  await eachBatch(items, async (batch) => {
    for (const answer of await ask(batch)) answers.push(answer);
  });
  return answers;
}
