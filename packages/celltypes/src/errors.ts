import { SeamlessError } from "@seamless/checksum";

/** Keys and list indexes that lead from the top of a value to a part of it. */
export type ValuePath = readonly (string | number)[];

/** A value that has no form in what it is written as. */
export function invalidValue(message: string, path: ValuePath = []): SeamlessError {
  return new SeamlessError("INVALID_VALUE", `${message}${showPath(path)}`, { path });
}

/**
 * A buffer that breaks its format.
 *
 * @param offset - Where, in bytes from its start.
 */
export function invalidBuffer(message: string, offset: number): SeamlessError {
  return new SeamlessError("INVALID_BUFFER", `${message} (at byte ${offset})`, { offset });
}

/**
 * A limit of the platform or of the format.
 *
 * @param limit - With its unit, for the message.
 */
export function tooLarge(message: string, limit: string): SeamlessError {
  return new SeamlessError("TOO_LARGE", `${message}; the limit is ${limit}`);
}

/** ` at a.b[3]`, of bounded length; nothing for the top. */
function showPath(path: ValuePath): string {
  if (path.length === 0) return "";
  const shown = path
    .slice(0, 8)
    .map((key) => (typeof key === "number" ? `[${key}]` : `[${JSON.stringify(key.slice(0, 40))}]`));
  return ` at ${shown.join("")}${path.length > 8 ? "…" : ""}`;
}
