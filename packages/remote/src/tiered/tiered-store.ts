import type { AbortOptions, Checksum, SeamlessError } from "@seamless/checksum";
import { requireWritable, type Store, withProofs } from "@seamless/store";
import { askForAll, checking, HAS, LENGTHS } from "./ask-list.ts";
import { BackFill } from "./back-fill.ts";
import { tierFailure, tierFailures } from "./failures.ts";
import { readOptions } from "./options.ts";
import { get, getBody } from "./read.ts";
import { readStream } from "./read-stream.ts";
import { Tiers } from "./tiers.ts";
import type { TieredStore, TieredStoreOptions } from "./types.ts";
import { put, putStream } from "./write.ts";

/**
 * Several stores as one: reads ask the fastest first and keep in it what a slower one gave; writes go to all. A tier that
 * fails or has wrong bytes is passed over, and never taken for one that lacks a buffer.
 *
 * @param tiers - The fastest first.
 * @returns a store; closing it closes the tiers. Its reads reject with `STORE_FAILED` if some tier failed and no other has
 * the buffer, its writes if not all tiers have it: `errors` has one error for each tier that failed, with its name in
 * `store`.
 * @throws {SeamlessError} `INVALID_ARGUMENT` for no tier, one that is given twice, and one that is no store.
 *
 * @example
 * import { memoryStore } from "@seamless/store";
 * import { Buffer } from "@seamless/celltypes";
 * import { tieredStore } from "@seamless/remote";
 * const near = memoryStore({ name: "near" });
 * const far = memoryStore({ name: "far", costClass: "remote" });
 * const buffer = new Buffer("hello", "text");
 * const checksum = buffer.getChecksum();
 * await far.put(checksum, buffer.content);
 *
 * const store = tieredStore([near, far]);
 * console.log((await store.get(checksum))?.byteLength); // → 6
 * console.log(store.stats().map(({ name, hits, misses }) => `${name}: ${hits} hits, ${misses} misses`));
 * // → [ 'near: 0 hits, 1 misses', 'far: 1 hits, 0 misses' ]
 * await store.close();
 * console.log(await near.has([checksum])); // → [ true ]
 */
export function tieredStore(
  tiers: readonly [fast: Store, ...slower: Store[]],
  options: TieredStoreOptions = {},
): TieredStore {
  const settings = readOptions(tiers, options);
  const { name, stores, backfill } = settings;
  const all = new Tiers(settings);
  const backFill = new BackFill(settings);
  let closing: Promise<void> | undefined;

  const find = async (checksum: Checksum, options: AbortOptions) => {
    const answer = await get(all, checksum, options);
    if (answer === undefined) return undefined;
    const { found, tier, lacking } = answer;
    tier.trust(checksum);
    return { found, filling: backfill && backFill.fill(found, lacking) };
  };

  const store: TieredStore = {
    name,
    tiers: stores,
    costClass: tiers[0].costClass,

    get writable() {
      return all.writable;
    },

    stats: () => all.all.map((tier) => tier.stats()),

    has: (checksums, options = {}) => askForAll(all, HAS, checksums, options),

    lengths: (checksums, options = {}) => askForAll(all, LENGTHS, checksums, options),

    check: (checksums, options = {}) => askForAll(all, checking(checksums.length, options), checksums, options),

    async get(checksum, options = {}) {
      const answer = await find(checksum, options);
      // What the reader then owns must not change under the back-fill.
      return answer?.filling ? answer.found.copyInSlices(options) : answer?.found.expose();
    },

    async getStream(checksum, { signal, chunkSize, memory } = {}) {
      // Other tiers may still have to write a piece when whoever reads the stream is done with it.
      const answer = await getBody(all, checksum, { signal, chunkSize, memory: backfill ? undefined : memory });
      if (answer === undefined) return undefined;
      const fill = () => (backfill ? backFill.stream(checksum, answer.lacking, signal) : undefined);
      return readStream(checksum, answer, { ...settings, signal, fill });
    },

    async put(checksum, bytes, options = {}) {
      options.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await put(all, checksum, bytes, options);
    },

    async putStream(checksum, pieces, options = {}) {
      options.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await putStream(all, checksum, pieces, options);
    },

    close() {
      closing ??= closeAll();
      return closing;
    },
  };

  const closeAll = async () => {
    await backFill.close();
    const errors: SeamlessError[] = [];
    const closed = stores.map(async (one) => {
      try {
        await one.close?.();
      } catch (error) {
        errors.push(tierFailure(one.name, "close", error));
      }
    });
    await Promise.all(closed);
    if (errors.length > 0) {
      throw tierFailures({ store: name, what: `close ${errors.length} of ${stores.length} tiers`, errors });
    }
  };

  return withProofs(store, {
    async getProven(checksum, options = {}) {
      return (await find(checksum, options))?.found;
    },

    async putProven(bytes, options = {}) {
      options.signal?.throwIfAborted();
      requireWritable(store, bytes.checksum);
      await put(all, bytes.checksum, bytes, options);
    },
  });
}
