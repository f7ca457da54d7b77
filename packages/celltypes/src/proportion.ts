import { describe, SeamlessError } from "@seamless/checksum";

const RATIO = 64;
const FREE = 2 ** 20;

/** A limit on what is made out of some input. */
export interface SizeOptions {
  /**
   * What may be made, in bytes; over it is `TOO_LARGE`. `Infinity` for no limit but those of the platform.
   *
   * @default 64 × the size of the input, plus 1 MiB
   */
  readonly maxBytes?: number | undefined;
}

/**
 * What may be made out of an input unless an option says more: 64 times its size, plus 1 MiB. A few bytes can announce
 * any number of lists.
 *
 * @param byteLength - Size of the input, in bytes.
 * @returns bytes.
 *
 * @example
 * import { defaultMaxBytes } from "@seamless/celltypes";
 * console.log(defaultMaxBytes(1000)); // → 1112576
 */
export function defaultMaxBytes(byteLength: number): number {
  return RATIO * byteLength + FREE;
}

/**
 * @throws {SeamlessError} `INVALID_ARGUMENT` if a given limit is no number from 0 up.
 */
export function checkMaxBytes(maxBytes: number | undefined): number | undefined {
  if (maxBytes === undefined || (typeof maxBytes === "number" && maxBytes >= 0)) return maxBytes;
  throw new SeamlessError("INVALID_ARGUMENT", `maxBytes is a number of bytes from 0 up, got ${describe(maxBytes)}`);
}

/**
 * @param what - What has this size.
 * @throws {SeamlessError} `TOO_LARGE` over the limit.
 */
export function checkSize(byteLength: number, maxBytes: number, what: string): void {
  if (byteLength <= maxBytes) return;
  throw new SeamlessError(
    "TOO_LARGE",
    `${what} of ${byteLength} bytes; the limit is ${maxBytes} bytes, and the option maxBytes raises it`,
  );
}
