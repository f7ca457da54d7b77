import { hasLoneSurrogate } from "@seamless/checksum";
import { invalidValue } from "../errors.ts";
import { pythonStr } from "../numbers/python.ts";
import { decodeUtf8 } from "../values/utf8.ts";
import { refuse, toScalar } from "./scalar.ts";

const ENCODER = new TextEncoder();

/**
 * A text buffer: UTF-8 with exactly one final newline. Numbers and booleans as Python's `str()`.
 *
 * @throws {SeamlessError} `INVALID_VALUE` for null, containers, arrays, and lone surrogates.
 */
export function writeText(value: unknown): Uint8Array<ArrayBuffer> {
  const scalar = toScalar(value);
  if (scalar === null) throw refuse(scalar);
  const text = typeof scalar === "string" ? scalar : pythonStr(scalar);
  return encodeText(`${stripNewlines(text)}\n`);
}

/** The text of a buffer, without final newlines. */
export function readText(bytes: Uint8Array): string {
  return stripNewlines(decodeUtf8(bytes));
}

/**
 * Strict UTF-8.
 *
 * @throws {SeamlessError} `INVALID_VALUE` for a lone surrogate.
 */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  if (hasLoneSurrogate(text)) throw invalidValue("a string with a lone surrogate has no UTF-8 form");
  return ENCODER.encode(text);
}

export function stripNewlines(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x0a) end--;
  return text.slice(0, end);
}
