import { Buffer } from "@seamless/celltypes";
import {
  type BufferLike,
  CacheMissError,
  type Checksum,
  type ResolveOptions,
  type SeamlessError,
} from "@seamless/checksum";
import { platformTimers, type Timers } from "@seamless/internal/timers";
import type { Store } from "@seamless/store";
import { ask, type Patience } from "./ask.ts";
import { storeFailure, storeFailures } from "./failures.ts";
import type { CachePort } from "./port.ts";
import { SharedWork } from "./shared-work.ts";
import { trivialBuffer } from "./trivial.ts";

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
  /** For `timeout`; a clock of the tests. */
  readonly clock?: Timers | undefined;
  /** Told of every store that failed, also when a later one had the buffer. What it throws is thrown by `resolve`. */
  readonly onStoreFailure?: ((error: SeamlessError) => void) | undefined;
  /** Told of every buffer that a store gave, and which one: nobody need write it there. */
  readonly onFetched?: ((checksum: Checksum, store: Store) => void) | undefined;
}

/**
 * Finds buffers: the trivial ones, then the cache, then the stores in order. What a store gives without a proof is hashed
 * again before anybody sees it. Callers that want the same checksum at the same time share one fetch.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { BufferCache, Resolver } from "@seamless/cache";
import { memoryStore } from "@seamless/store";
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
  readonly #patience: Patience;
  readonly #fetches = new SharedWork<Buffer>();

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
    this.#patience = { timeout, timers: clock ?? platformTimers };
    this.#onStoreFailure = onStoreFailure;
    this.#onFetched = onFetched;
  }

  /**
   * The buffer of a checksum, as soon as someone has it.
   *
   * @throws {CacheMissError} if every store says that it is missing.
   * @throws {SeamlessError} `STORE_FAILED` if some store could not answer or gave wrong bytes, and no later one had it:
   * the message and `errors` say which store, and why. The signal's reason when it is aborted.
   */
  async resolve(checksum: Checksum, { signal }: ResolveOptions = {}): Promise<Buffer> {
    signal?.throwIfAborted();
    return (
      this.find(checksum) ?? this.#fetches.run(checksum.hex(), signal, (fetching) => this.#fetch(checksum, fetching))
    );
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
    for (const store of this.#stores) {
      let buffer: Buffer | undefined;
      try {
        buffer = await ask(store, checksum, signal, this.#patience);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const failure = storeFailure(store.name, "get", checksum, error);
        failures.push(failure);
        this.#onStoreFailure(failure);
      }
      if (buffer !== undefined) return this.#keep(checksum, buffer, store);
    }
    if (failures.length > 0) throw storeFailures(checksum, failures);
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
    return `nobody has the buffer ${checksum.hex()} (asked: ${asked})`;
  }
}

function asBuffer(found: BufferLike): Buffer {
  return Buffer.isBuffer(found) ? found : new Buffer(found.content, { copy: false });
}
