import type { Buffer } from "@seamless/celltypes";
import type {
  AbortOptions,
  BufferLike,
  CelltypeName,
  CelltypeValues,
  Checksum,
  Reference,
  ReferenceOptions,
  ResolveOptions,
  Runtime,
  TempReferenceOptions,
} from "@seamless/checksum";
import { closeTimeout } from "@seamless/internal/close-limit";
import type { Clock, Store } from "@seamless/store";
import { BufferCache } from "./cache/buffer-cache.ts";
import type { CacheStats } from "./cache/reports.ts";
import { checks, closedError, closeError } from "./errors.ts";
import { Resolver } from "./resolve/resolver.ts";
import { Fingertipper, type TransformationResult } from "./transformations/fingertip.ts";
import type { TransformationSpec } from "./transformations/transformation.ts";
import { Transformations } from "./transformations/transformations.ts";
import type { CloseOptions, WriterOptions, WriterStats } from "./writer/options.ts";
import { BackgroundWriter } from "./writer/writer.ts";

/** What a runtime is made from. */
export interface RuntimeOptions {
  /** @default a new one, which `close` closes too */
  readonly cache?: BufferCache | undefined;
  /**
   * Asked for buffers in this order; those that are writable get what is referenced.
   * @default []
   */
  readonly stores?: readonly Store[] | undefined;
  /** @default no functions, and a record in memory */
  readonly transformations?: Transformations | undefined;
  /** Limits of the background writer. */
  readonly writer?: Omit<WriterOptions, "cache" | "stores" | "clock"> | undefined;
  /**
   * How long a store may take to give one buffer, in milliseconds, before the next one is asked.
   * @default no limit
   */
  readonly storeTimeout?: number | undefined;
  /**
   * For the writer, for `storeTimeout`, and for the cache where that is not given.
   * @default the clock of the machine
   */
  readonly clock?: Clock | undefined;
}

/** @throws {SeamlessError} `INVALID_ARGUMENT` for wrong options; the writer checks its own. */
function checkOptions({ cache, stores = [], transformations, storeTimeout }: RuntimeOptions): void {
  if (cache !== undefined && typeof cache.markWriting !== "function") checks.fail("cache", "a BufferCache", cache);
  if (!Array.isArray(stores)) checks.fail("stores", "a list of stores", stores);
  for (const store of stores) {
    if (typeof store?.get !== "function" || typeof store.put !== "function")
      checks.fail("stores", "a list of stores", store);
  }
  if (transformations !== undefined && typeof transformations.record?.find !== "function") {
    checks.fail("transformations", "Transformations", transformations);
  }
  if (storeTimeout !== undefined) checks.positiveDuration("storeTimeout", storeTimeout);
}

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

  /** @throws {SeamlessError} `INVALID_ARGUMENT` for wrong options. */
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
   * @throws {SeamlessError} `CACHE_MISS` if it is nowhere, `STORE_FAILED` if a store could not answer and no later one
   * had it, what reading the celltype throws, `INVALID_STATE` after `close()`. The signal's reason.
   */
  async resolve(checksum: Checksum, celltype?: undefined, options?: ResolveOptions): Promise<Buffer>;
  async resolve<C extends CelltypeName>(
    checksum: Checksum,
    celltype: C,
    options?: ResolveOptions,
  ): Promise<CelltypeValues[C]>;
  async resolve(checksum: Checksum, celltype?: CelltypeName, options: ResolveOptions = {}): Promise<unknown> {
    this.#failIfClosed("resolve()");
    return readValue(await this.#resolver.resolve(checksum, options), celltype, options);
  }

  /**
   * As `resolve`, and if it is nowhere, by running a transformation again that is recorded to have given it.
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
    this.#failIfClosed("fingertip()");
    return readValue(await this.#fingertipper.fingertip(checksum, options), celltype, options);
  }

  /**
   * What a transformation gives: from the record, or by running it.
   *
   * @throws {SeamlessError} as `Fingertipper.run`; `INVALID_STATE` after `close()`.
   */
  async run(spec: TransformationSpec, options: AbortOptions = {}): Promise<TransformationResult> {
    this.#failIfClosed("run()");
    return this.#fingertipper.run(spec, options);
  }

  /**
   * Tells the cache of all transformations that are recorded and can be run here, so that it knows what can be made again.
   *
   * @returns their number.
   */
  async restore(options: AbortOptions = {}): Promise<number> {
    this.#failIfClosed("restore()");
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
  async write(buffer: BufferLike, options?: AbortOptions): Promise<void> {
    await this.writer.write(buffer, options);
  }

  /**
   * Wait until all that was referenced until now is written.
   *
   * @throws {SeamlessError} `STORE_FAILED`: what could not be written, and why.
   */
  async flush(options?: AbortOptions): Promise<void> {
    await this.writer.flush(options);
  }

  /** What the cache holds, and what the writer is doing. */
  stats(): RuntimeStats {
    return { cache: this.cache.stats(), writer: this.writer.stats() };
  }

  /**
   * Flush, and close the writer, and the cache unless it was given. Stores and the record are not closed.
   * Without a signal it ends within 30 s, or `timeout`; what no store has taken by then is named in the error.
   *
   * @throws {SeamlessError} as `BackgroundWriter.close`.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    // Wrong ones close nothing.
    closeTimeout(options, closeError);
    // Also when it is being closed: of several limits the shortest counts.
    const written = this.writer.close(options);
    this.#closing ??= written.finally(() => {
      if (this.#ownsCache) this.cache.close();
    });
    await Promise.all([written, this.#closing]);
  }

  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Whether `close` has been called. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  #failIfClosed(call: string): void {
    if (this.#closing !== undefined) throw closedError(call, "runtime");
  }
}

async function readValue(
  buffer: Buffer,
  celltype: CelltypeName | undefined,
  { signal }: AbortOptions,
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
 * @throws {SeamlessError} `INVALID_ARGUMENT` for wrong options.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { createRuntime, installRuntime } from "@seamless/cache";
 * import { memoryStore } from "@seamless/store";
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
