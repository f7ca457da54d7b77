import { type Checksum, SeamlessError } from "@seamless/checksum";
import { optionChecks } from "@seamless/internal/option-checks";
import type { Timers } from "@seamless/internal/timers";
import {
  type CheckOptions,
  type CheckResult,
  chunkStream,
  reportProgress,
  requireOffset,
  requireWritable,
  type Store,
  streamChunks,
  systemClock,
  type TransferOptions,
  withProgress,
  withProofs,
} from "@seamless/store";
import { BackFill } from "./back-fill.ts";
import { getEncoded, giveEncoded, putEncoded } from "./encoded.ts";
import { housekeeping } from "./housekeeping.ts";
import { askForAll, checking, HAS, LENGTHS } from "./lists.ts";
import { get, getBody, readStream } from "./read.ts";
import {
  type TieredSettings,
  type TierStats,
  Tiers,
  tierError,
  tierErrors,
  type WriteChunks,
  type WritePolicy,
} from "./tier.ts";
import { put, putStream } from "./write.ts";

export type { TierStats, WritePolicy } from "./tier.ts";

/** The limits of what an encoded buffer becomes are those of the tier that gives it. */
const UNLIMITED = { maxDecodedBytes: Number.MAX_SAFE_INTEGER, maxDecodedRatio: Number.MAX_SAFE_INTEGER } as const;

export interface TieredStoreOptions {
  /**
   * Which tiers get what is put.
   * @default "all"
   */
  readonly write?: WritePolicy | undefined;
  /**
   * Whether what a slower tier gave is kept in the faster writable ones that lacked it.
   * @default true
   */
  readonly backfill?: boolean | undefined;
  /**
   * For messages.
   * @default the names of the tiers: `tiered(a, b)`
   */
  readonly name?: string | undefined;
  /**
   * How long a tier that is read may give no sign of life, in milliseconds, before it counts as failed and the next one is
   * asked: until it answers `has` and `lengths` (and 10 ms more for each checksum), until a stream begins, and until its next
   * chunk. `get` gives no sign: when the time is up, the tier is asked how long the buffer is, and has a millisecond more for
   * every 16 bytes. There is no limit for `check`, which takes as long as it takes to hash.
   * @default 120,000
   */
  readonly readTimeout?: number | undefined;
  /**
   * How long a tier that is written may give no sign of life, in milliseconds, before it counts as failed and the others are
   * written without it: until it asks for the next chunk of a stream, and until it has what is put, or the end of a stream; for
   * that it has a millisecond more for every 16 bytes. A slow source does not count.
   * @default 720,000: longer than a hashserver store waits for another client that uploads the same buffer
   */
  readonly writeTimeout?: number | undefined;
  /**
   * How long a back-fill may hold up the reader of a stream before it is given up, in milliseconds.
   * @default 5,000
   */
  readonly stallTimeout?: number | undefined;
  /**
   * How long a back-fill may take for a whole buffer, or go without the next chunk of a stream (since nobody reads it
   * any more), before it is given up, in milliseconds.
   * @default 60,000
   */
  readonly backfillTimeout?: number | undefined;
  /**
   * For the time limits; a clock of the tests.
   * @default the clock of the machine
   */
  readonly clock?: Timers | undefined;
}

/** Several stores as one. */
export interface TieredStore extends Store {
  /** The fastest first. */
  readonly tiers: readonly Store[];
  /** What each tier has done, in the order of `tiers`. */
  stats(): readonly TierStats[];
  /**
   * The best that any tier says of each buffer, since a read passes over those that have it wrong: each tier is asked for what
   * no faster one has right. Of a tier that cannot check, all are `unknown`.
   *
   * @throws {SeamlessError} `STORE_FAILED` if no tier has some of them right, and some tier failed.
   */
  check(checksums: readonly Checksum[], options?: CheckOptions): Promise<CheckResult[]>;
  /**
   * Waits for the back-fills under way, and closes all tiers. A back-fill that still waits for a stream to be read
   * is given up, since that may never happen.
   *
   * @throws {SeamlessError} `STORE_FAILED` if tiers did not close; `errors` has one error for each. The others are closed
   * all the same.
   */
  close(): Promise<void>;
  /** Calls `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const checks = optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));

const POLICIES: readonly WritePolicy[] = ["all", "first"];
const METHODS = ["has", "lengths", "get", "getStream", "put", "putStream"] as const;

/** @throws {SeamlessError} `INVALID_ARGUMENT` for wrong tiers and options. */
function readOptions(tiers: readonly Store[], options: TieredStoreOptions): TieredSettings {
  const stores = readTiers(tiers);
  const { write = "all", backfill = true, name } = options;
  if (name !== undefined) checks.text("name", name);
  return {
    stores,
    write: checks.oneOf("write", write, POLICIES),
    backfill: checks.boolean("backfill", backfill),
    name: name ?? `tiered(${stores.map((store) => store.name).join(", ")})`,
    readTimeout: checks.positiveDuration("readTimeout", options.readTimeout ?? 120_000),
    writeTimeout: checks.positiveDuration("writeTimeout", options.writeTimeout ?? 720_000),
    stallTimeout: checks.positiveDuration("stallTimeout", options.stallTimeout ?? 5_000),
    backfillTimeout: checks.positiveDuration("backfillTimeout", options.backfillTimeout ?? 60_000),
    clock: options.clock ?? systemClock,
  };
}

function readTiers(tiers: readonly Store[]): readonly Store[] {
  if (!Array.isArray(tiers) || tiers.length === 0) checks.fail("tiers", "a list of stores, one at least", tiers);
  const stores = Object.freeze([...tiers]);
  for (const [at, store] of stores.entries()) {
    if (!isStore(store)) checks.fail(`tier ${at}`, "a store", store);
    // Two writers of one buffer in one place would wait for each other.
    if (stores.indexOf(store) !== at) checks.fail(`tier ${at}`, "another store than those before it", store.name);
  }
  return stores;
}

function isStore(value: Partial<Store> | null | undefined): boolean {
  return typeof value?.name === "string" && METHODS.every((method) => typeof value[method] === "function");
}

/**
 * Several stores as one: reads ask the fastest first and keep in it what a slower one gave; writes go to all. A tier that
 * fails or has wrong bytes is passed over, and never taken for one that lacks a buffer.
 *
 * @param tiers - The fastest first.
 * @returns a store; closing it closes the tiers. Its reads reject with `STORE_FAILED` if some tier failed and no other has
 * the buffer, its writes if not all tiers have it: `errors` has one error for each tier that failed, with its name in
 * `store`.
 * @throws {SeamlessError} `INVALID_ARGUMENT` for no tier, one that is given twice, and one that is not a store.
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

  const find = async (checksum: Checksum, options: TransferOptions) => {
    const answer = await reportProgress(options, (asked) => get(all, checksum, asked));
    if (answer === undefined) return undefined;
    const { found, tier, lacking } = answer;
    tier.trust(checksum);
    return { found, filling: backfill && backFill.fill(found, lacking) };
  };

  const store: TieredStore = {
    name,
    tiers: stores,
    costClass: tiers[0].costClass,
    resumes: true,

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
      return answer?.filling ? answer.found.copyInSlices({ signal: options.signal }) : answer?.found.expose();
    },

    async getStream(checksum, { memory, ...options } = {}) {
      const { signal, onProgress, offset = 0 } = options;
      requireOffset(offset, Number.MAX_SAFE_INTEGER, checksum, name);
      // Other tiers may still have to write a chunk that the reader is done with.
      const asked = { ...options, onProgress: undefined, memory: backfill ? undefined : memory };
      const answer = await getBody(all, checksum, asked);
      if (answer === undefined) return undefined;
      const told = (body: ReadableStream<Uint8Array>) =>
        chunkStream(withProgress(streamChunks(body), onProgress), { signal });
      // A part is not verified, and so no other tier keeps it.
      if (offset > 0) return told(answer.found);
      const fill = () => (backfill ? backFill.stream(checksum, answer.lacking, signal) : undefined);
      const body = readStream(checksum, answer, { ...settings, signal, fill });
      return onProgress === undefined ? body : told(body);
    },

    async put(checksum, bytes, options = {}) {
      options.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await reportProgress(options, (asked) => put(all, checksum, bytes, asked));
    },

    async putStream(checksum, chunks, options = {}) {
      options.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await putStream(all, checksum, chunks, options);
    },

    ...(stores.some((one) => one.getEncoded) && {
      async getEncoded(checksum, accept, { signal, chunkSize } = {}) {
        const answer = await getEncoded(all, checksum, accept, { signal, chunkSize });
        if (answer === undefined) return undefined;
        const { found, tier, lacking } = answer;
        const { coding, length, stream } = found;
        const write: WriteChunks = (one, chunks, given) =>
          giveEncoded(one, checksum, coding, chunks, { ...UNLIMITED, length, signal: given });
        const fill = () => {
          tier.hit();
          return backfill ? backFill.stream(checksum, lacking, signal, write) : undefined;
        };
        const body = readStream(checksum, { ...answer, found: stream }, { ...settings, signal, fill, encoded: true });
        return { coding, length, stream: body };
      },
    }),

    ...(stores.some((one) => one.putEncoded) && {
      async putEncoded(checksum, coding, chunks, options = {}) {
        options.signal?.throwIfAborted();
        requireWritable(store, checksum);
        await putEncoded(all, checksum, coding, chunks, options);
      },
    }),

    ...housekeeping(stores, () => store),

    close() {
      closing ??= closeAll();
      return closing;
    },

    [Symbol.asyncDispose]: () => store.close(),
  };

  const closeAll = async () => {
    await backFill.close();
    const errors: SeamlessError[] = [];
    const closed = stores.map(async (one) => {
      try {
        await one.close?.();
      } catch (error) {
        errors.push(tierError(one.name, "close", error));
      }
    });
    await Promise.all(closed);
    if (errors.length > 0) {
      throw tierErrors({ store: name, what: `close ${errors.length} of ${stores.length} tiers`, errors });
    }
  };

  return withProofs(store, {
    async getProven(checksum, options = {}) {
      return (await find(checksum, options))?.found;
    },

    async putProven(bytes, options = {}) {
      options.signal?.throwIfAborted();
      requireWritable(store, bytes.checksum);
      await reportProgress(options, (asked) => put(all, bytes.checksum, bytes, asked));
    },
  });
}
