import { Checksum, type ChecksumLike, SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";

/** @throws {SeamlessError} `INVALID_ARGUMENT` always. */
export function refuse(name: string, wanted: string, value: unknown): never {
  throw new SeamlessError("INVALID_ARGUMENT", `${name} is ${wanted}, got ${describe(value)}`);
}

/** @throws {SeamlessError} `INVALID_ARGUMENT` unless it is a finite number over 0. */
export function positive(name: string, value: unknown): number {
  if (typeof value === "number" && value > 0 && Number.isFinite(value)) return value;
  return refuse(name, "a number over 0", value);
}

/** @throws {SeamlessError} `INVALID_ARGUMENT` unless it is a time that may be 0, or `Infinity` for no limit. */
export function duration(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0) return value;
  return refuse(name, "a time: a number, 0 or more, or Infinity", value);
}

/** @throws {SeamlessError} `INVALID_ARGUMENT` unless it is a time over 0, or `Infinity` for never. */
export function positiveDuration(name: string, value: unknown): number {
  if (typeof value === "number" && value > 0) return value;
  return refuse(name, "a time: a number over 0, or Infinity", value);
}

/** @throws {SeamlessError} `INVALID_ARGUMENT` unless it is a finite number, 0 or more. */
export function notNegative(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value;
  return refuse(name, "a number, 0 or more", value);
}

/** @throws {SeamlessError} `INVALID_ARGUMENT` if it is no checksum. */
export function hexOf(checksum: ChecksumLike): string {
  // Every call of a cache comes here: looking for the brand would take a tenth of its time.
  if (typeof (checksum as Checksum | undefined)?.hex === "function") return (checksum as Checksum).hex();
  return new Checksum(checksum).hex();
}
