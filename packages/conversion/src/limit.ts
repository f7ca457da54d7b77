import { SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";

/**
 * The limit of some options, if there is one.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is no number from 0 up.
 */
export function maxBytesOf({ maxBytes }: { readonly maxBytes?: number | undefined }): number | undefined {
  if (maxBytes === undefined || (typeof maxBytes === "number" && maxBytes >= 0)) return maxBytes;
  throw new SeamlessError("INVALID_ARGUMENT", `maxBytes is a number of bytes from 0 up, got ${describe(maxBytes)}`);
}
