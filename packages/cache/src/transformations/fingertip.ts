import type { Buffer } from "@seamless/celltypes";
import type { AbortOptions, Checksum, ResolveOptions } from "@seamless/checksum";
import { storeError } from "../errors.ts";
import type { CachePort, Resolver } from "../resolve/resolver.ts";
import { SharedWork } from "../resolve/shared-work.ts";
import type { RecordEntry } from "./record.ts";
import { candidateError, Search, type SearchLimits, type SearchTools } from "./search.ts";
import { Transformation, type TransformationSpec } from "./transformation.ts";
import { cpuTime, Executor, type Transformations } from "./transformations.ts";

/** What a fingertipper uses, and its limits. */
export interface FingertipperOptions {
  readonly cache: CachePort;
  readonly resolver: Resolver;
  readonly transformations: Transformations;
  /**
   * How many transformations deep to look for something to start from.
   * @default 1000
   */
  readonly maxDepth?: number | undefined;
  /**
   * How many transformations to try in all for one fingertip or run.
   * @default 10,000
   */
  readonly maxAttempts?: number | undefined;
  /**
   * A clock of CPU time, in seconds.
   * @default that of the process; in browsers, the time that passes
   */
  readonly cpuTime?: (() => number) | undefined;
}

/** What a transformation gave. */
export interface TransformationResult {
  /** The checksum of the transformation. */
  readonly transformation: Checksum;
  readonly result: Checksum;
  /** CPU time that its function took when it ran, in seconds. */
  readonly cpuSeconds: number;
  /** Whether it was computed now, or had been before. */
  readonly origin: "computed" | "record";
  /** The result, if it was computed now; else `fingertip` brings it. */
  readonly buffer: Buffer | undefined;
  /** Whether the record holds it; false if it is full. */
  readonly recorded: boolean;
}

/**
 * Runs transformations, and makes buffers again that are nowhere any more.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { BufferCache, Fingertipper, Resolver, Transformations } from "@seamless/cache";
 * const cache = new BufferCache();
 * const transformations = new Transformations();
 * transformations.register("add", ({ a, b }) => a + b);
 * const fingertipper = new Fingertipper({ cache, resolver: new Resolver({ cache }), transformations });
 *
 * const [two, three] = [new Buffer(2, "int"), new Buffer(3, "int")];
 * for (const buffer of [two, three]) cache.register(buffer);
 * const inputs = {
 *   a: { checksum: two.getChecksum(), celltype: "int" },
 *   b: { checksum: three.getChecksum(), celltype: "int" },
 * };
 * const { result } = await fingertipper.run({ function: "add", inputs, output: "int" });
 * const sum = await fingertipper.fingertip(result); // from the cache, or by adding again
 * console.log(await sum.getValue("int")); // → 5
 * await cache.close();
 */
export class Fingertipper {
  readonly #tools: SearchTools;
  readonly #limits: SearchLimits;
  readonly #fingertips = new SharedWork<Buffer>();
  readonly #runs = new SharedWork<TransformationResult>();

  constructor(options: FingertipperOptions) {
    const { cache, resolver, transformations } = options;
    const executor = new Executor(transformations, options.cpuTime ?? cpuTime);
    this.#tools = { cache, resolver, transformations, executor };
    this.#limits = { maxDepth: options.maxDepth ?? 1000, maxAttempts: options.maxAttempts ?? 10_000 };
  }

  /**
   * The buffer of a checksum: resolved, else made again by a transformation that is recorded to have given it, whose
   * inputs are got in the same way. What is made is verified. A buffer that a store failed to give is made again too.
   *
   * @throws {CacheMissError} if it is nowhere and every candidate failed: `errors` has one error each, with its
   * `transformation`, and the message says why.
   * @throws {SeamlessError} `STORE_FAILED` instead if a store or the record could not answer on the way. The signal's
   * reason when it is aborted.
   */
  async fingertip(checksum: Checksum, { signal }: ResolveOptions = {}): Promise<Buffer> {
    signal?.throwIfAborted();
    return (
      this.#tools.resolver.find(checksum) ??
      this.#fingertips.run(checksum.hex(), signal, (running) => this.#search(running).obtain(checksum))
    );
  }

  /**
   * What a transformation gives: from the record if it is there, else by running it on inputs that are fingertipped.
   * The result is registered with the cache, and what gave it is recorded.
   *
   * @throws {SeamlessError} `INVALID_ARGUMENT` for a wrong `spec`, `UNKNOWN_FUNCTION`, `TRANSFORMATION_FAILED`;
   * `CACHE_MISS` or `STORE_FAILED` for an input that cannot be had; what the record throws; the signal's reason.
   */
  async run(spec: TransformationSpec, { signal }: AbortOptions = {}): Promise<TransformationResult> {
    const transformation = Transformation.from(spec);
    const key = transformation.getChecksum().hex();
    return this.#runs.run(key, signal, (running) => this.#run(transformation, running));
  }

  /**
   * Tell the cache of everything that is recorded and can be run here, so that it knows what losing it would cost: after
   * opening a record that is kept between processes, and registering the functions.
   *
   * @returns the number of entries told.
   */
  async restore({ signal }: AbortOptions = {}): Promise<number> {
    let count = 0;
    for await (const entry of this.#tools.transformations.record.entries({ signal })) {
      if (this.#tell(entry)) count++;
    }
    return count;
  }

  async #run(transformation: Transformation, signal: AbortSignal): Promise<TransformationResult> {
    const { transformations, executor, cache } = this.#tools;
    const { record } = transformations;
    const checksum = transformation.getChecksum();
    const known = await this.#ask(checksum, signal, "find", () => record.find(checksum, { signal }));
    if (known !== undefined) {
      this.#tell(known);
      const { result, cpuSeconds } = known;
      return { transformation: checksum, result, cpuSeconds, origin: "record", buffer: undefined, recorded: true };
    }
    const { buffer, cpuSeconds } = await this.#explain(transformation, signal, async () => {
      transformations.functionOf(transformation);
      const inputs = await this.#search(signal).inputsOf(transformation);
      return executor.execute(transformation, inputs, signal);
    });
    const result = buffer.getChecksum();
    cache.register(buffer);
    const entry: RecordEntry = { transformation, result, cpuSeconds };
    const recorded = await this.#ask(checksum, signal, "record", () => record.add(entry, { signal }));
    // What the record does not hold cannot be made again.
    if (recorded) this.#tell(entry);
    return { transformation: checksum, result, cpuSeconds, origin: "computed", buffer, recorded };
  }

  #search(signal: AbortSignal): Search {
    return new Search(this.#tools, this.#limits, signal);
  }

  /** Tell the cache that a result can be made again, if it can. */
  #tell({ transformation, result, cpuSeconds }: RecordEntry): boolean {
    const { transformations, cache } = this.#tools;
    if (!transformations.has(transformation.function)) return false;
    cache.recordTransformation(result, { inputs: transformation.inputChecksums(), cpuSeconds });
    return true;
  }

  /** Do something with the record; if that fails, say so. */
  async #ask<T>(checksum: Checksum, signal: AbortSignal, what: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw storeError(this.#tools.transformations.record.name, what, checksum, error);
    }
  }

  /** Do something for a transformation; if that fails, say for which. */
  async #explain<T>(transformation: Transformation, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw candidateError(transformation, error);
    }
  }
}
