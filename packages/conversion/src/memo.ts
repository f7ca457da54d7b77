import type { Buffer } from "@seamless/celltypes";
import { type Checksum, describe, SeamlessError } from "@seamless/checksum";

/** What a conversion gives. */
export interface Conversion {
  /** Of the new buffer; the same one as before if the buffer need not change. */
  readonly checksum: Checksum;
  /** The new buffer; none if it is the same one, or the one that a checksum stands for. */
  readonly buffer?: Buffer;
}

export interface MemoLimits {
  /**
   * Results that are remembered; 0 for none. One takes about 0.3 kB.
   * @default 10000
   */
  readonly maxEntries?: number | undefined;
  /**
   * Size of all new buffers that are remembered, in bytes. A larger buffer is not remembered at all.
   * @default 33554432
   */
  readonly maxBytes?: number | undefined;
}

/**
 * Results of conversions, those used last; failures are not remembered. A `Map` keeps its keys in the order in which
 * they were set, so the first is the one to go.
 */
export class ConversionMemo {
  readonly #results = new Map<string, Conversion>();
  #maxEntries = 10_000;
  #maxBytes = 2 ** 25;
  #byteLength = 0;

  /** Results that are remembered. */
  get size(): number {
    return this.#results.size;
  }

  /** Size of the new buffers that are remembered, in bytes. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /**
   * Change the limits; what is not given stays. What is over them is forgotten at once.
   *
   * @throws {SeamlessError} `INVALID_ARGUMENT` if one is no whole number from 0 up.
   */
  limit({ maxEntries = this.#maxEntries, maxBytes = this.#maxBytes }: MemoLimits): void {
    for (const limit of [maxEntries, maxBytes]) {
      if (Number.isSafeInteger(limit) && limit >= 0) continue;
      throw new SeamlessError("INVALID_ARGUMENT", `a limit is a whole number from 0 up, got ${describe(limit)}`);
    }
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
    this.#shrink();
  }

  /** Forget everything. */
  clear(): void {
    this.#results.clear();
    this.#byteLength = 0;
  }

  /** @internal Is there a result? Does not count as a use. */
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
 * The results that `convert` and `convertBuffer` remember, so that the same conversion is not done twice: bounded, and
 * shared by all that use this copy of the package.
 *
 * @example
 * import { conversionMemo } from "@seamless/conversion";
 * conversionMemo.limit({ maxEntries: 1000, maxBytes: 2 ** 20 });
 * conversionMemo.clear();
 * console.log(conversionMemo.size); // → 0
 */
export const conversionMemo = new ConversionMemo();
