import type { Buffer } from "@seamless/celltypes";
import {
  type BufferLike,
  type CelltypeName,
  type CelltypeValues,
  type Checksum,
  type Reference,
  type ReferenceOptions,
  type ResolveOptions,
  type Runtime,
  SeamlessError,
  type TempReferenceOptions,
} from "@seamless/checksum";
import type { Store } from "@seamless/store";
import { BufferCache } from "../cache/cache.ts";
import type { CacheStats } from "../cache/stats.ts";
import { Resolver } from "../resolve/resolver.ts";
import { Fingertipper, type TransformationResult } from "../transformations/fingertip.ts";
import type { TransformationSpec } from "../transformations/transformation.ts";
import { Transformations } from "../transformations/transformations.ts";
import { type CloseOptions, closeTimeout } from "../writer/close-limit.ts";
import type { WriterStats } from "../writer/stats.ts";
import { BackgroundWriter } from "../writer/writer.ts";
import { checkOptions, type RuntimeOptions } from "./options.ts";

/** What a runtime holds, and what it is doing. */
export interface RuntimeStats {
  readonly cache: CacheStats;
  readonly writer: WriterStats;
}

/**
 * A cache, stores, transformations and a writer, wired together: the runtime port that the methods of `Checksum` and
 * `Buffer` call once it is installed. Other runtimes in the process are used through their own methods.
 */
export class CacheRuntime implements Runtime {
  readonly cache: BufferCache;
  readonly stores: readonly Store[];
  readonly transformations: Transformations;
  readonly writer: BackgroundWriter;
  readonly #resolver: Resolver;
  readonly #fingertipper: Fingertipper;
  readonly #ownsCache: boolean;
  #closing: Promise<void> | undefined;

  /** @throws {SeamlessError} `INVALID_ARGUMENT` for options that are none. */
  constructor(options: RuntimeOptions = {}) {
    checkOptions(options);
    const { stores = [], transformations = new Transformations(), clock, storeTimeout } = options;
    const cache = options.cache ?? new BufferCache({ clock });
    this.#ownsCache = options.cache === undefined;
    this.cache = cache;
    this.stores = [...stores];
    this.transformations = transformations;
    const writer = new BackgroundWriter({ ...options.writer, cache, stores, clock });
    this.writer = writer;
    this.#resolver = new Resolver({
      cache,
      stores,
      timeout: storeTimeout,
      clock,
      onFetched: (checksum, store) => writer.learn(checksum, store),
    });
    this.#fingertipper = new Fingertipper({ cache, resolver: this.#resolver, transformations });
  }

  /**
   * The buffer of a checksum, or its value as a celltype, from the cache or a store.
   *
   * @throws {SeamlessError} `CACHE_MISS` if nobody has it, `STORE_FAILED` if a store could not answer and no later one
   * had it, what reading the celltype throws, `INVALID_STATE` after `close()`. The signal's reason.
   */
  async resolve(checksum: Checksum, celltype?: undefined, options?: ResolveOptions): Promise<Buffer>;
  async resolve<C extends CelltypeName>(
    checksum: Checksum,
    celltype: C,
    options?: ResolveOptions,
  ): Promise<CelltypeValues[C]>;
  async resolve(checksum: Checksum, celltype?: CelltypeName, options: ResolveOptions = {}): Promise<unknown> {
    this.#refuseClosed("resolve()");
    return readValue(await this.#resolver.resolve(checksum, options), celltype, options);
  }

  /**
   * As `resolve`, and if nobody has it, by running a transformation again that is recorded to have given it.
   *
   * @throws {SeamlessError} as `resolve`; `CACHE_MISS` says of every transformation why it failed.
   */
  async fingertip(checksum: Checksum, celltype?: undefined, options?: ResolveOptions): Promise<Buffer>;
  async fingertip<C extends CelltypeName>(
    checksum: Checksum,
    celltype: C,
    options?: ResolveOptions,
  ): Promise<CelltypeValues[C]>;
  async fingertip(checksum: Checksum, celltype?: CelltypeName, options: ResolveOptions = {}): Promise<unknown> {
    this.#refuseClosed("fingertip()");
    return readValue(await this.#fingertipper.fingertip(checksum, options), celltype, options);
  }

  /**
   * What a transformation gives: from the record, or by running it.
   *
   * @throws {SeamlessError} as `Fingertipper.run`; `INVALID_STATE` after `close()`.
   */
  async run(spec: TransformationSpec, options: ResolveOptions = {}): Promise<TransformationResult> {
    this.#refuseClosed("run()");
    return this.#fingertipper.run(spec, options);
  }

  /**
   * Tell the cache of all transformations that are recorded and can be run here, so that it knows what can be made again.
   *
   * @returns their number.
   */
  async restore(options: ResolveOptions = {}): Promise<number> {
    this.#refuseClosed("restore()");
    return this.#fingertipper.restore(options);
  }

  /** Take a counted reference. */
  incref(checksum: Checksum, options?: ReferenceOptions): Reference {
    return this.cache.incref(checksum, options);
  }

  /**
   * Give one counted reference back.
   *
   * @throws {SeamlessError} `INVALID_STATE` if there is none.
   */
  decref(checksum: Checksum): void {
    this.cache.decref(checksum);
  }

  /** Take the one fading reference of a checksum, or refresh it. */
  tempref(checksum: Checksum, options?: TempReferenceOptions): void {
    this.cache.tempref(checksum, options);
  }

  /** Make a buffer known to the cache. */
  register(buffer: BufferLike): void {
    this.cache.register(buffer);
  }

  /**
   * Write a buffer to all writable stores; resolves when it is there.
   *
   * @throws {SeamlessError} as `BackgroundWriter.write`.
   */
  async write(buffer: BufferLike, options?: ResolveOptions): Promise<void> {
    await this.writer.write(buffer, options);
  }

  /**
   * Wait until all that was referenced until now is written.
   *
   * @throws {SeamlessError} `STORE_FAILED`: what could not be written, and why.
   */
  async flush(options?: ResolveOptions): Promise<void> {
    await this.writer.flush(options);
  }

  /** What the cache holds, and what the writer is doing. */
  stats(): RuntimeStats {
    return { cache: this.cache.stats(), writer: this.writer.stats() };
  }

  /**
   * Flush, and close the writer, and the cache unless it was given. Stores and the record belong to whoever made them.
   * Without a signal it ends within 30 s, or `timeout`; what no store has taken by then is named in the error.
   *
   * @throws {SeamlessError} as `BackgroundWriter.close`.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    // Wrong ones close nothing.
    closeTimeout(options);
    // Also when it is being closed: the limits are those of whoever is the least patient.
    const written = this.writer.close(options);
    this.#closing ??= written.finally(() => {
      if (this.#ownsCache) this.cache.close();
    });
    await Promise.all([written, this.#closing]);
  }

  /** Has `close` been called? */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  #refuseClosed(what: string): void {
    if (this.#closing === undefined) return;
    throw new SeamlessError("INVALID_STATE", `${what} after close(): the runtime is closed`);
  }
}

async function readValue(
  buffer: Buffer,
  celltype: CelltypeName | undefined,
  { signal }: ResolveOptions,
): Promise<unknown> {
  if (celltype === undefined) return buffer;
  const value: unknown = await buffer.getValue(celltype);
  // Reading a code cell may have loaded a parser first.
  signal?.throwIfAborted();
  return value;
}

/**
 * Make a runtime; `installRuntime` makes it the one that the methods of `Checksum` and `Buffer` use.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` for options that are none.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { createRuntime, installRuntime } from "@seamless/cache";
import { memoryStore } from "@seamless/store";
 * const runtime = createRuntime({ stores: [memoryStore()] });
 * const previous = installRuntime(runtime);
 * const buffer = new Buffer({ a: 1 }, "plain");
 * await buffer.write();
 * console.log(await buffer.getChecksum().resolve("plain")); // → { a: 1 }
 * installRuntime(previous);
 * await runtime.close();
 */
export function createRuntime(options: RuntimeOptions = {}): CacheRuntime {
  return new CacheRuntime(options);
}
