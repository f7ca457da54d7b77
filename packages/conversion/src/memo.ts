import type { Buffer } from "@seamless/celltypes";
import type { Checksum } from "@seamless/checksum";
import { checks } from "./error.ts";

/** The result of a conversion. */
export interface Conversion {
  /** The checksum of the result: the same one as before if the buffer stays as it is. */
  readonly checksum: Checksum;
  /** The new buffer. Absent if the buffer stays as it is, and for the buffer that a `checksum` buffer stands for. */
  readonly buffer?: Buffer;
}

/** The limits of `conversionMemo`. */
export interface MemoLimits {
  /**
   * Number of results that are remembered; 0 for none. Each takes about 0.3 kB besides its buffer.
   * @default 10000
   */
  readonly maxEntries?: number | undefined;
  /**
   * Size of all remembered buffers together, in bytes. A result whose buffer alone is larger is not remembered.
   * @default 33554432
   */
  readonly maxBytes?: number | undefined;
}

/**
 * A least-recently-used cache of results of conversions; failures are not remembered. A `Map` keeps its keys in the order
 * in which they were set, so the first key is the one that was used longest ago.
 */
export class ConversionMemo {
  readonly #results = new Map<string, Conversion>();
  #maxEntries = 10_000;
  #maxBytes = 2 ** 25;
  #byteLength = 0;

  /** Number of remembered results. */
  get size(): number {
    return this.#results.size;
  }

  /** Size of all remembered buffers together, in bytes. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /**
   * Changes the limits; one that is not given stays as it is. Results over the new limits are forgotten at once.
   *
   * @throws {SeamlessError} `INVALID_ARGUMENT` if one is not a whole number from 0 up.
   */
  limit({ maxEntries = this.#maxEntries, maxBytes = this.#maxBytes }: MemoLimits): void {
    checks.wholeNumber("maxEntries", maxEntries);
    checks.wholeNumber("maxBytes", maxBytes);
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
    this.#shrink();
  }

  /** Forgets all results. */
  clear(): void {
    this.#results.clear();
    this.#byteLength = 0;
  }

  /** @internal Is there a result? Asking does not count as use. */
  has(key: string): boolean {
    return this.#results.has(key);
  }

  /** @internal */
  get(key: string): Conversion | undefined {
    const result = this.#results.get(key);
    if (result === undefined) return undefined;
    this.#results.delete(key);
    this.#results.set(key, result);
    return result;
  }

  /** @internal */
  set(key: string, result: Conversion): void {
    this.#forget(key);
    if (sizeOf(result) > this.#maxBytes) return;
    this.#results.set(key, result);
    this.#byteLength += sizeOf(result);
    this.#shrink();
  }

  #shrink(): void {
    for (const key of this.#results.keys()) {
      if (this.#results.size <= this.#maxEntries && this.#byteLength <= this.#maxBytes) return;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    const result = this.#results.get(key);
    if (result === undefined) return;
    this.#results.delete(key);
    this.#byteLength -= sizeOf(result);
  }
}

function sizeOf({ buffer }: Conversion): number {
  return buffer?.length ?? 0;
}

/**
 * Remembers the results of `convert` and `convertBuffer`, so that no conversion is done twice. It is bounded, and shared
 * by everything that uses this copy of the package.
 *
 * @example
 * import { conversionMemo } from "@seamless/conversion";
 * conversionMemo.limit({ maxEntries: 1000, maxBytes: 2 ** 20 });
 * conversionMemo.clear();
 * console.log(conversionMemo.size); // → 0
 */
export const conversionMemo = new ConversionMemo();
