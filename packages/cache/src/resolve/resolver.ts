import { Buffer } from "@seamless/celltypes";
import { type BufferLike, CacheMissError, Checksum, type ResolveOptions, type SeamlessError } from "@seamless/checksum";
import { onAbort, untilAborted } from "@seamless/internal/abort";
import { createShortTexts } from "@seamless/internal/short-texts";
import { platformTimers, type Timers } from "@seamless/internal/timers";
import { type CostClass, getFrom, mismatchError, reportProgress, type Store } from "@seamless/store";
import { storeError, storeErrors, timeoutError } from "../errors.ts";
import { SharedWork } from "./shared-work.ts";

type OnProgress = NonNullable<ResolveOptions["onProgress"]>;

/** How a buffer can be computed again. */
export interface Recipe {
  /** Checksums of the buffers that it is computed from. */
  readonly inputs: readonly Checksum[];
  /** In seconds, if known. */
  readonly cpuSeconds?: number | undefined;
}

/** What resolving and computing need of a cache; `BufferCache` is one. */
export interface CachePort {
  get(checksum: Checksum): BufferLike | undefined;
  register(buffer: BufferLike): void;
  /** A store is known to hold the buffer. */
  markStored(checksum: Checksum, costClass: CostClass, length: number): void;
  /** The buffer is known to be recomputable. */
  recordTransformation(result: Checksum, recipe: Recipe): void;
}

/** What a resolver asks, and what it reports. */
export interface ResolverOptions {
  readonly cache: CachePort;
  /**
   * Asked in this order.
   * @default []
   */
  readonly stores?: readonly Store[] | undefined;
  /**
   * How long a store may take for one buffer, in milliseconds, before the next one is asked.
   * @default no limit: how long is too long depends on how large the buffers are
   */
  readonly timeout?: number | undefined;
  /**
   * For `timeout`.
   * @default the timers of the platform
   */
  readonly clock?: Timers | undefined;
  /** Told of every store that failed, also when a later one had the buffer. What it throws is thrown by `resolve`. */
  readonly onStoreFailure?: ((error: SeamlessError) => void) | undefined;
  /** Told of every buffer that a store gave, and which store: it need not be written there. */
  readonly onFetched?: ((checksum: Checksum, store: Store) => void) | undefined;
}

/**
 * Finds buffers: the trivial ones, then the cache, then the stores in order. What a store gives without a proof is hashed
 * again before it is given out. Callers that want the same checksum at the same time share one fetch.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { BufferCache, Resolver } from "@seamless/cache";
 * import { memoryStore } from "@seamless/store";
 * const store = memoryStore();
 * const buffer = new Buffer({ a: 1 }, "plain");
 * await store.put(buffer.getChecksum(), buffer.content);
 * const cache = new BufferCache();
 * const resolver = new Resolver({ cache, stores: [store] });
 * const found = await resolver.resolve(buffer.getChecksum());
 * console.log(await found.getValue("plain")); // → { a: 1 }
 * await cache.close();
 */
export class Resolver {
  readonly #cache: CachePort;
  readonly #stores: readonly Store[];
  readonly #onStoreFailure: (error: SeamlessError) => void;
  readonly #onFetched: (checksum: Checksum, store: Store) => void;
  readonly #limit: TimeLimit;
  readonly #fetches = new SharedWork<Buffer>();
  /** By hex: who wants to know how far its fetch is. One that joins later hears of the rest. */
  readonly #listeners = new Map<string, Set<OnProgress>>();

  constructor({
    cache,
    stores = [],
    timeout,
    clock,
    onStoreFailure = () => {},
    onFetched = () => {},
  }: ResolverOptions) {
    this.#cache = cache;
    this.#stores = [...stores];
    this.#limit = { timeout, timers: clock ?? platformTimers };
    this.#onStoreFailure = onStoreFailure;
    this.#onFetched = onFetched;
  }

  /**
   * The buffer of a checksum, from the first that has it.
   *
   * @throws {CacheMissError} if every store says that it is missing.
   * @throws {SeamlessError} `STORE_FAILED` if some store could not answer or gave wrong bytes, and no later one had it:
   * the message and `errors` say which store, and why. The signal's reason when it is aborted.
   */
  async resolve(checksum: Checksum, options: ResolveOptions = {}): Promise<Buffer> {
    options.signal?.throwIfAborted();
    return this.find(checksum) ?? reportProgress(options, (asked) => this.#shareFetch(checksum, asked));
  }

  async #shareFetch(checksum: Checksum, { signal, onProgress }: ResolveOptions): Promise<Buffer> {
    const hex = checksum.hex();
    if (onProgress === undefined) return this.#fetches.run(hex, signal, (fetching) => this.#fetch(checksum, fetching));
    const listeners = this.#listeners.get(hex) ?? new Set();
    this.#listeners.set(hex, listeners.add(onProgress));
    try {
      return await this.#fetches.run(hex, signal, (fetching) => this.#fetch(checksum, fetching));
    } finally {
      listeners.delete(onProgress);
      if (listeners.size === 0) this.#listeners.delete(hex);
    }
  }

  /** The buffer, if no store is needed for it. */
  find(checksum: Checksum): Buffer | undefined {
    const trivial = trivialBuffer(checksum);
    if (trivial !== undefined) return trivial;
    const cached = this.#cache.get(checksum);
    return cached === undefined ? undefined : asBuffer(cached);
  }

  async #fetch(checksum: Checksum, signal: AbortSignal): Promise<Buffer> {
    const failures: SeamlessError[] = [];
    const tell: OnProgress = (progress) => {
      for (const listener of this.#listeners.get(checksum.hex()) ?? []) listener(progress);
    };
    for (const store of this.#stores) {
      let buffer: Buffer | undefined;
      try {
        buffer = await ask(store, checksum, { signal, onProgress: tell }, this.#limit);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const failure = storeError(store.name, "get", checksum, error);
        failures.push(failure);
        this.#onStoreFailure(failure);
      }
      if (buffer !== undefined) return this.#keep(checksum, buffer, store);
    }
    if (failures.length > 0) throw storeErrors(checksum, failures);
    throw new CacheMissError(checksum, this.#missing(checksum));
  }

  #keep(checksum: Checksum, buffer: Buffer, store: Store): Buffer {
    this.#onFetched(checksum, store);
    this.#cache.register(buffer);
    this.#cache.markStored(checksum, store.costClass, buffer.length);
    // Another copy may have come into the cache meanwhile; two would take twice the memory.
    return asBuffer(this.#cache.get(checksum) ?? buffer);
  }

  #missing(checksum: Checksum): string {
    const asked = ["the cache", ...this.#stores.map(({ name }) => name)].join(", ");
    return `the buffer ${checksum.hex()} was not found (asked: ${asked})`;
  }
}

function asBuffer(found: BufferLike): Buffer {
  return Buffer.isBuffer(found) ? found : new Buffer(found.content, { copy: false });
}

/** How long a store may take. */
export interface TimeLimit {
  /** In milliseconds; no limit if not given. */
  readonly timeout?: number | undefined;
  readonly timers: Timers;
}

/**
 * What one store has under a checksum: verified by the store, if it comes with a proof, or here. The time limit is for its
 * answer, and does not count hashing here.
 *
 * @throws {SeamlessError} `CHECKSUM_MISMATCH`, `STORE_FAILED` when it takes too long, what the store throws, and the
 * signal's reason.
 */
async function ask(
  store: Store,
  checksum: Checksum,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: OnProgress },
  { timeout, timers }: TimeLimit,
): Promise<Buffer | undefined> {
  const controller = new AbortController();
  const forget = onAbort(signal, () => controller.abort(signal.reason));
  const timer =
    timeout === undefined
      ? undefined
      : timers.setTimeout(() => {
          controller.abort(timeoutError(store.name, timeout));
        }, timeout);
  try {
    // A store may ignore its signal.
    const found = await untilAborted(
      getFrom(store, checksum, { signal: controller.signal, onProgress }),
      controller.signal,
    );
    timer?.cancel();
    if (found === undefined) return undefined;
    const buffer = new Buffer(found, { copy: false });
    const computed = await buffer.computeChecksum({ signal });
    if (!computed.equals(checksum)) throw mismatchError(checksum, computed);
    return buffer;
  } finally {
    timer?.cancel();
    forget();
  }
}

/** The shortest values in JSON. */
const VALUES = ["null", "true", "false", "{}", "[]", '""'];
const shortTexts = createShortTexts(VALUES, (bytes) => Checksum.of(bytes).hex());

/**
 * The buffer of a trivial checksum, which need not be kept anywhere: `null`, `true`, `false`, `{}`, `[]` and `""`, with
 * and without a final newline.
 *
 * @returns `undefined` for any other checksum.
 */
export function trivialBuffer(checksum: Checksum): Buffer | undefined {
  const found = shortTexts(checksum.hex());
  return found === undefined ? undefined : new Buffer(found.bytes);
}
