import { etagOf } from "../protocol.ts";
import type { GetHeader } from "./requests.ts";

/** A part of a buffer, in bytes. */
export interface ByteRange {
  readonly start: number;
  /** Before this one. */
  readonly end: number;
}

/**
 * The part of a buffer that a request asks for (RFC 9110, section 14): one range, as those need that go on with a transfer.
 *
 * @param length - Of the buffer, in bytes.
 * @returns `undefined` for the whole, which is also the answer to several ranges, to what is no range, and to one of another
 *   version; `unsatisfiable` if no byte of it is there.
 */
export function requestedRange(
  header: GetHeader,
  hex: string,
  length: number,
): ByteRange | "unsatisfiable" | undefined {
  const asked = header("range");
  const version = header("if-range");
  if (asked === undefined || (version !== undefined && version !== etagOf(hex))) return undefined;
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(asked.trim()) ?? [];
  if (first === undefined || last === undefined || first + last === "") return undefined;
  // Without a start: so many from the end.
  if (first === "") return satisfiable(Math.max(0, length - Number(last)), length, length);
  if (last !== "" && Number(last) < Number(first)) return undefined;
  return satisfiable(Number(first), last === "" ? length : Number(last) + 1, length);
}

function satisfiable(start: number, end: number, length: number): ByteRange | "unsatisfiable" {
  return start < length ? { start, end: Math.min(end, length) } : "unsatisfiable";
}
