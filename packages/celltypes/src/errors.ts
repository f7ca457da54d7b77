import { type BytesLike, SeamlessError } from "@seamless/checksum";
import { bytesViewer } from "@seamless/internal/bytes";
import { describe } from "@seamless/internal/text";

/** Keys and list indexes that lead from the top of a value to a part of it. */
export type ValuePath = readonly (string | number)[];

/** Makes the error for what is wrong with something that does not say where it came from. */
export type ToError = (message: string) => Error;

/** A value that has no form in what it is written as. */
export function invalidValueError(message: string, path: ValuePath = []): SeamlessError {
  return new SeamlessError("INVALID_VALUE", `${message}${showValuePath(path)}`, { path });
}

/**
 * A buffer that breaks its format.
 *
 * @param offset - Where, in bytes from its start.
 */
export function invalidBufferError(message: string, offset: number): SeamlessError {
  return new SeamlessError("INVALID_BUFFER", `${message} (at byte ${offset})`, { offset });
}

/**
 * A limit of the platform or of the format.
 *
 * @param limit - With its unit, for the message.
 */
export function tooLargeError(message: string, limit: string): SeamlessError {
  return new SeamlessError("TOO_LARGE", `${message}; the limit is ${limit}`);
}

/** ` at a.b[3]`, of bounded length; nothing for the top. */
function showValuePath(path: ValuePath): string {
  if (path.length === 0) return "";
  const shown = path
    .slice(0, 8)
    .map((key) => (typeof key === "number" ? `[${key}]` : `[${JSON.stringify(key.slice(0, 40))}]`));
  return ` at ${shown.join("")}${path.length > 8 ? "…" : ""}`;
}

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
 * @throws {SeamlessError} `INVALID_ARGUMENT` if a given limit is not a number from 0 up.
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

/**
 * A `Uint8Array` on the same memory.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes.
 */
export const asBytes: (value: BytesLike) => Uint8Array = /* @__PURE__ */ bytesViewer(
  (message) => new SeamlessError("INVALID_ARGUMENT", message),
);
