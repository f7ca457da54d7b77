import type { AbortOptions, Checksum, SeamlessError } from "@seamless/checksum";
import { type DeleteOptions, type ListedBuffer, requireWritable, type Store } from "@seamless/store";
import { tierError, tierErrors } from "./tier.ts";

/** Buffers of one tier that the tiers before it are asked for at once. */
const BATCH = 1000;

/**
 * The methods of tiers for what all of them can do: `list` if each can; `touch` if each can that is writable; `delete` if each
 * can, since what lies in a read-only tier cannot be removed for good (but if none is writable, it is refused as for any
 * read-only store).
 *
 * @param tiered - What they are methods of.
 */
export function housekeeping(stores: readonly Store[], tiered: () => Store): Pick<Store, "list" | "delete" | "touch"> {
  const writable = stores.filter((store) => store.writable);
  const writers = writable.length > 0 ? writable : stores;
  const deletes = writers.length === stores.length && stores.every((store) => store.delete);
  return {
    ...(stores.every((store) => store.list) && { list: (options = {}) => listOnce(stores, options) }),
    ...(deletes && {
      async delete(checksum: Checksum, options: DeleteOptions = {}) {
        options.signal?.throwIfAborted();
        requireWritable(tiered(), checksum);
        const what = `delete ${checksum.hex()}`;
        const removed = await eachTier(tiered(), writable, what, options, (store) => store.delete!(checksum, options));
        return removed.includes(true);
      },
    }),
    ...(writers.every((store) => store.touch) && {
      async touch(checksums: readonly Checksum[], options: AbortOptions = {}) {
        options.signal?.throwIfAborted();
        for (const checksum of checksums) requireWritable(tiered(), checksum);
        const what = `touch ${checksums.length} buffers`;
        const there = await eachTier(tiered(), writable, what, options, (store) => store.touch!(checksums, options));
        return checksums.map((_, i) => there.some((each) => each[i]));
      },
    }),
  };
}

/** What a tier before has, too, was listed with it: no table is needed of what was listed. */
async function* listOnce(
  stores: readonly Store[],
  { signal }: AbortOptions,
): AsyncGenerator<ListedBuffer, void, undefined> {
  for (const [at, store] of stores.entries()) {
    let batch: ListedBuffer[] = [];
    for await (const buffer of store.list!({ signal })) {
      batch.push(buffer);
      if (batch.length < BATCH) continue;
      yield* await withoutListed(stores.slice(0, at), batch, signal);
      batch = [];
    }
    if (batch.length > 0) yield* await withoutListed(stores.slice(0, at), batch, signal);
  }
}

async function withoutListed(
  before: readonly Store[],
  batch: readonly ListedBuffer[],
  signal: AbortSignal | undefined,
): Promise<readonly ListedBuffer[]> {
  let left = batch;
  for (const store of before) {
    if (left.length === 0) break;
    const there = await store.has(
      left.map(({ checksum }) => checksum),
      { signal },
    );
    left = left.filter((_, i) => there[i] !== true);
  }
  return left;
}

/** All of them, whatever becomes of the others. */
async function eachTier<T>(
  { name }: Store,
  stores: readonly Store[],
  what: string,
  { signal }: AbortOptions,
  work: (store: Store) => Promise<T>,
): Promise<readonly T[]> {
  const errors: SeamlessError[] = [];
  const results: T[] = [];
  const under = stores.map(async (store) => {
    try {
      results.push(await work(store));
    } catch (error) {
      errors.push(tierError(store.name, what, error));
    }
  });
  await Promise.all(under);
  signal?.throwIfAborted();
  if (errors.length > 0) throw tierErrors({ store: name, what, errors });
  return results;
}
