import type { Buffer } from "@seamless/celltypes";
import {
  CacheMissError,
  type Checksum,
  type ErrorCode,
  type ErrorDetails,
  isSeamlessError,
  SeamlessError,
} from "@seamless/checksum";
import { describe, oneLine } from "@seamless/internal/text";
import { storeError } from "../errors.ts";
import type { CachePort, Resolver } from "../resolve/resolver.ts";
import type { RecordEntry } from "./record.ts";
import type { Transformation } from "./transformation.ts";
import type { Executor, InputBuffers, Transformations } from "./transformations.ts";

/** What a search uses. */
export interface SearchTools {
  readonly cache: CachePort;
  readonly resolver: Resolver;
  readonly transformations: Transformations;
  readonly executor: Executor;
}

export interface SearchLimits {
  /** How many transformations deep. */
  readonly maxDepth: number;
  /** How many transformations in all. */
  readonly maxAttempts: number;
}

/** The buffers that are being made, from the innermost to the one that was asked for. */
interface RecomputePath {
  readonly hex: string;
  readonly depth: number;
  readonly outer: RecomputePath | undefined;
}

/** How many inputs are fetched at the same time. */
const FETCHES = 16;

/**
 * One search for buffers: from the cache and the stores, else by running the transformations that gave them, and for their
 * inputs the same again. Goes through the record depth first, so that it holds only what the transformations on the way
 * need; what it makes goes into the cache, where it finds it when it is needed twice.
 */
export class Search {
  readonly #tools: SearchTools;
  readonly #limits: SearchLimits;
  readonly #signal: AbortSignal;
  #attempts = 0;
  /** What cannot be made in any way, so that it is tried once. */
  readonly #hopeless = new Map<string, SeamlessError>();
  /** Failures that depend on the way they were come to: a cycle, a limit. */
  readonly #relative = new WeakSet<SeamlessError>();

  constructor(tools: SearchTools, limits: SearchLimits, signal: AbortSignal) {
    this.#tools = tools;
    this.#limits = limits;
    this.#signal = signal;
  }

  /**
   * The buffer of a checksum.
   *
   * @throws {SeamlessError} `CACHE_MISS` or `STORE_FAILED`, with one error for each candidate; the signal's reason.
   */
  async obtain(checksum: Checksum): Promise<Buffer> {
    const found = await this.#resolve(checksum);
    return isSeamlessError(found) ? this.#make(checksum, found, undefined) : found;
  }

  /**
   * The buffers of the inputs of a transformation.
   *
   * @throws {SeamlessError} as `obtain`, naming the input.
   */
  async inputsOf(transformation: Transformation, path?: RecomputePath): Promise<InputBuffers> {
    const inputs = Object.entries(transformation.inputs);
    const found = new Map<string, Buffer | SeamlessError>();
    const wanted = [...new Map(inputs.map(([, { checksum }]) => [checksum.hex(), checksum])).values()];
    for (let at = 0; at < wanted.length; at += FETCHES) {
      const batch = wanted.slice(at, at + FETCHES);
      const answers = await Promise.all(batch.map((checksum) => this.#resolve(checksum)));
      batch.forEach((checksum, i) => void found.set(checksum.hex(), answers[i]!));
    }
    // One after the other: two at the same time could wait for each other.
    const buffers: Record<string, Buffer> = Object.create(null);
    for (const [name, { checksum }] of inputs) {
      let buffer = found.get(checksum.hex())!;
      if (isSeamlessError(buffer)) {
        buffer = await this.#makeInput(name, checksum, buffer, path);
        found.set(checksum.hex(), buffer);
      }
      buffers[name] = buffer;
    }
    return buffers;
  }

  /** The buffer, or why neither the cache nor a store gave it. */
  async #resolve(checksum: Checksum): Promise<Buffer | SeamlessError> {
    try {
      return await this.#tools.resolver.resolve(checksum, { signal: this.#signal });
    } catch (error) {
      if (isSeamlessError(error, "CACHE_MISS") || isSeamlessError(error, "STORE_FAILED")) return error;
      throw error;
    }
  }

  async #makeInput(name: string, checksum: Checksum, missing: SeamlessError, path?: RecomputePath): Promise<Buffer> {
    try {
      return await this.#make(checksum, missing, path);
    } catch (error) {
      if (this.#signal.aborted || !isSeamlessError(error)) throw error;
      throw this.#inherit(inputError(name, checksum, error), [error]);
    }
  }

  /** Makes a buffer that neither the cache nor a store has. */
  async #make(checksum: Checksum, missing: SeamlessError, outer: RecomputePath | undefined): Promise<Buffer> {
    const hex = checksum.hex();
    const hopeless = this.#hopeless.get(hex);
    if (hopeless !== undefined) throw hopeless;
    for (let path = outer; path !== undefined; path = path.outer) {
      if (path.hex === hex) throw this.#markRelative(cycleError(checksum));
    }
    const failures: SeamlessError[] = [];
    const definition = await this.#definition(checksum, failures);
    if (definition !== undefined) return definition;
    const path: RecomputePath = { hex, depth: (outer?.depth ?? 0) + 1, outer };
    for await (const candidate of this.#candidates(checksum, failures)) {
      try {
        return await this.#replay(candidate, checksum, path);
      } catch (error) {
        if (this.#signal.aborted) throw this.#signal.reason;
        failures.push(this.#inherit(candidateError(candidate.transformation, error), [error]));
      }
    }
    const error = this.#inherit(unobtainableError(checksum, missing, failures), failures);
    if (!this.#relative.has(error)) this.#hopeless.set(hex, error);
    throw error;
  }

  /** The buffer of a transformation itself, which the record keeps. */
  async #definition(checksum: Checksum, failures: SeamlessError[]): Promise<Buffer | undefined> {
    const { record } = this.#tools.transformations;
    try {
      const entry = await record.find(checksum, { signal: this.#signal });
      return entry?.transformation.toBuffer();
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      failures.push(storeError(record.name, "find", checksum, error));
      return undefined;
    }
  }

  /** The transformations that gave a buffer, the cheapest first; a record that fails is a failure like another. */
  async *#candidates(checksum: Checksum, failures: SeamlessError[]): AsyncGenerator<RecordEntry, void, undefined> {
    const { record } = this.#tools.transformations;
    try {
      const entries = await record.producers(checksum, { signal: this.#signal });
      yield* [...entries].sort((a, b) => a.cpuSeconds - b.cpuSeconds);
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      failures.push(storeError(record.name, "find what gave", checksum, error));
    }
  }

  /** Run a transformation again, and see that it gives what it gave. */
  async #replay(entry: RecordEntry, wanted: Checksum, path: RecomputePath): Promise<Buffer> {
    const { transformation, cpuSeconds } = entry;
    const { transformations, executor, cache } = this.#tools;
    const { maxDepth, maxAttempts } = this.#limits;
    if (path.depth > maxDepth) {
      throw this.#markRelative(limitError(wanted, `it is more than ${maxDepth} transformations deep`));
    }
    if (++this.#attempts > maxAttempts) {
      throw this.#markRelative(limitError(wanted, `${maxAttempts} transformations were tried already`));
    }
    // Before anything is fetched for it.
    transformations.functionOf(transformation);
    const inputs = await this.inputsOf(transformation, path);
    const { buffer } = await executor.execute(transformation, inputs, this.#signal);
    const found = buffer.getChecksum();
    if (!found.equals(wanted)) throw notReproducibleError(wanted, found);
    cache.register(buffer);
    cache.recordTransformation(wanted, { inputs: transformation.inputChecksums(), cpuSeconds });
    return buffer;
  }

  #markRelative(error: SeamlessError): SeamlessError {
    this.#relative.add(error);
    return error;
  }

  /** An error that sums up others depends on the way if one of them does. */
  #inherit(error: SeamlessError, causes: readonly unknown[]): SeamlessError {
    const relative = causes.some((cause) => isSeamlessError(cause) && this.#relative.has(cause));
    return relative ? this.#markRelative(error) : error;
  }
}

/** How many ways a message names; `errors` has all of them. */
const SHOWN = 5;

/** Where a chain of transformations broke: what a message should say, however long the chain. */
const roots = new WeakMap<SeamlessError, SeamlessError>();

/** Makes an error of the class that goes with its code. */
function codedError(code: ErrorCode, checksum: Checksum, message: string, details: ErrorDetails): SeamlessError {
  if (code === "CACHE_MISS") return new CacheMissError(checksum, message, details);
  return new SeamlessError(code, message, { ...details, checksum });
}

/** Wraps why one transformation could not make a buffer, in an error that names the transformation. */
export function candidateError(transformation: Transformation, error: unknown): SeamlessError {
  const known = isSeamlessError(error);
  const name = `${describe(transformation.function)} (transformation ${transformation.getChecksum().hex()})`;
  const details = { cause: error, transformation: transformation.getChecksum() };
  const message = `${name}: ${oneLine(error, 1000)}`;
  const failure =
    known && error.checksum !== undefined
      ? codedError(error.code, error.checksum, message, details)
      : new SeamlessError(known ? error.code : "TRANSFORMATION_FAILED", message, details);
  roots.set(failure, (known && roots.get(error)) || failure);
  return failure;
}

/** Makes the error for an input that is nowhere, and cannot be made. */
function inputError(name: string, checksum: Checksum, error: SeamlessError): SeamlessError {
  const root = roots.get(error) ?? error;
  const message = `input ${describe(name)} (${checksum.hex()}) cannot be had: ${oneLine(root, 800)}`;
  const failure = codedError(error.code, checksum, message, { cause: error });
  roots.set(failure, root);
  return failure;
}

/** Makes the error for a function that is not pure. */
function notReproducibleError(wanted: Checksum, found: Checksum): SeamlessError {
  return new SeamlessError("NOT_REPRODUCIBLE", `it gave ${found.hex()} this time, and ${wanted.hex()} before`, {
    checksum: wanted,
  });
}

/** Makes the error for a transformation that needs, in the end, its own result. */
function cycleError(checksum: Checksum): SeamlessError {
  return new CacheMissError(checksum, `making ${checksum.hex()} needs ${checksum.hex()} itself`);
}

/** Makes the error for a fingertip that reached one of its two limits. */
function limitError(checksum: Checksum, message: string): SeamlessError {
  return new SeamlessError("TOO_LARGE", message, { checksum });
}

/**
 * Makes the error for a buffer that is nowhere and cannot be made: a miss, unless some store or record failed to answer.
 *
 * @param missing - Why it could not be resolved.
 * @param failures - Why each candidate failed.
 */
function unobtainableError(
  checksum: Checksum,
  missing: SeamlessError,
  failures: readonly SeamlessError[],
): SeamlessError {
  const unproven = [missing, ...failures].some(({ code }) => code === "STORE_FAILED");
  const shown = failures.slice(0, SHOWN).map((failure) => oneLine(failure, 800));
  if (failures.length > SHOWN) shown.push(`${failures.length - SHOWN} more ways failed`);
  const ways = failures.length === 0 ? "no transformation is recorded that gave it" : shown.join("; ");
  const message = `${oneLine(missing, 800)}; to make it again: ${ways}`;
  const error = codedError(unproven ? "STORE_FAILED" : "CACHE_MISS", checksum, message, {
    cause: missing,
    errors: failures,
    store: missing.store,
  });
  const [first] = failures;
  roots.set(error, first === undefined ? error : (roots.get(first) ?? first));
  return error;
}
