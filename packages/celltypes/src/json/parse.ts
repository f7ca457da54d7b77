import { decodeUtf8 } from "../text.ts";
import { JsonParser, type JsonReadOptions } from "./parser.ts";

/** Nesting that reading allows, in levels. */
export const MAX_READ_DEPTH = 1024;

export interface ParseJsonOptions {
  /** Whole floats as `Float`, dicts as `Map` in the order of the source. */
  readonly lossless: boolean;
  /** `plain`: integers over 64 bits become floats, lone surrogates are refused. `mixed`: both are kept. */
  readonly dialect: "plain" | "mixed";
  readonly maxDepth: number;
  /** Offset of the bytes in the whole buffer, for messages. @default 0 */
  readonly base?: number;
}

/**
 * Strict JSON (RFC 8259) in UTF-8. Integers beyond the safe range are bigints; `-0` is the integer 0; the last of two
 * equal keys wins; `__proto__` is a key as any other.
 *
 * @throws {SeamlessError} `INVALID_BUFFER` with offset, line and column; `TOO_LARGE` over 512 MiB.
 */
export function parseJson(bytes: Uint8Array, options: ParseJsonOptions): unknown {
  const text = decodeUtf8(bytes, options.base);
  return (
    (options.lossless ? undefined : parseFast(text, bytes, options.maxDepth)) ??
    new JsonParser(text, readOptions(options)).parse()
  );
}

/**
 * By the engine's own parser, which is much faster, and right unless the text has something that it gets wrong. That shows in
 * what it has made, whose numbers and containers are a tenth as many as bytes are. (What a later equal key replaces is gone
 * then, and not judged.)
 *
 * @returns `undefined` where ours must be asked: it is right about all, and says where something is wrong.
 */
function parseFast(text: string, bytes: Uint8Array, maxDepth: number): unknown {
  const large = bytes.length > MAX_ANY_SHAPE && !isLists(text);
  const risky = large || text.includes("\\ud") || text.includes("\\uD");
  if (risky && hasHazard(bytes, maxDepth)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return risky || !isSuspect(value, maxDepth) || !hasHazard(bytes, maxDepth) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes that the engine reads whatever nesting is in them: it takes up to 50 for each of theirs, of whatever JSON. */
const MAX_ANY_SHAPE = 2 ** 24;

/** More of this is taken for JSON of any shape: the engine's arrays have room for half as many items. */
const MAX_LISTS = 2 ** 27;
const MAX_BRACKETS = 2 ** 12;

/**
 * Is it at most a few lists of numbers? The engine takes about ten bytes for each of theirs. Looking at each byte for hazards
 * would take a fifth of the time that a million floats need; in a text, these searches take the engine a hundredth.
 */
function isLists(text: string): boolean {
  return text.length <= MAX_LISTS && !text.includes('"') && !text.includes("{") && !hasManyLists(text);
}

function hasManyLists(text: string): boolean {
  let count = 0;
  for (let at = text.indexOf("["); at >= 0 && count <= MAX_BRACKETS; at = text.indexOf("[", at + 1)) count++;
  return count > MAX_BRACKETS;
}

/** Has it numbers that may have been another value, or deeper nesting? */
function isSuspect(value: unknown, maxDepth: number): boolean {
  if (typeof value === "number") return isSuspectNumber(value);
  if (typeof value !== "object" || value === null) return false;
  if (maxDepth === 0) return true;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      // Without a call for each of many numbers: a third of the time.
      if (typeof item === "number" ? isSuspectNumber(item) : isSuspect(item, maxDepth - 1)) return true;
    }
    return false;
  }
  for (const key in value) if (isSuspect((value as Record<string, unknown>)[key], maxDepth - 1)) return true;
  return false;
}

function isSuspectNumber(value: number): boolean {
  return Math.abs(value) > Number.MAX_SAFE_INTEGER || (value === 0 && 1 / value < 0);
}

function readOptions({ lossless, dialect, maxDepth, base = 0 }: ParseJsonOptions): JsonReadOptions {
  return { lossless, maxDepth, base, bigIntegers: dialect === "mixed", loneSurrogates: dialect === "mixed" };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** With more commas, a container might be larger than the engine can hold, which it does not survive. */
const MAX_COMMAS = 2 ** 23 - 1;

/** Integers of up to this many digits are safe integers. */
const SAFE_DIGITS = 15;

/**
 * Is there something that `JSON.parse` reads as another value than this library: an integer beyond the safe range or
 * `-0`; a float that could overflow; an escaped surrogate, which could be a lone one; deeper nesting
 * than allowed; more items than an array or object can have?
 * May say yes where there is no hazard. Text that is not JSON is left to `JSON.parse`, which throws.
 *
 * @param bytes - JSON in UTF-8: a third faster to look through than the same as a string.
 */
function hasHazard(bytes: Uint8Array, maxDepth: number): boolean {
  let depth = 0;
  let commas = 0;
  for (let i = 0; i < bytes.length; ) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      i = skipString(bytes, i + 1);
      if (i < 0) return true;
    } else if (byte === MINUS || (byte >= ZERO && byte <= NINE)) {
      i = skipNumber(bytes, i);
      if (i < 0) return true;
    } else {
      // `[` and `{`, `]` and `}`
      if (byte === 0x5b || byte === 0x7b) {
        if (++depth > maxDepth) return true;
      } else if (byte === 0x5d || byte === 0x7d) depth--;
      else if (byte === 0x2c && ++commas > MAX_COMMAS) return true;
      i++;
    }
  }
  return false;
}

/** Index behind the closing quote; -1 for a hazard. */
function skipString(bytes: Uint8Array, start: number): number {
  let i = start;
  for (; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) return i + 1;
    if (byte !== BACKSLASH) continue;
    i++;
    // `\ud8` to `\udf`
    if (bytes[i] === 0x75 && (bytes[i + 1]! | 0x20) === 0x64 && bytes[i + 2]! >= 0x38) return -1;
  }
  return i;
}

/** Index behind the number; -1 for a hazard. */
function skipNumber(bytes: Uint8Array, start: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start;
  let i = skipDigits(bytes, first);
  const digits = i - first;
  const point = bytes[i] === 0x2e;
  if (point) i = skipDigits(bytes, i + 1);
  // `e` or `E`
  const exponent = (bytes[i]! | 0x20) === 0x65;
  if (!point && !exponent) return digits > SAFE_DIGITS || (first > start && bytes[first] === ZERO) ? -1 : i;
  if (digits > 200) return -1;
  if (!exponent) return i;
  const sign = bytes[i + 1];
  const power = sign === 0x2b || sign === MINUS ? i + 2 : i + 1;
  i = skipDigits(bytes, power);
  return i - power > 2 ? -1 : i;
}

function skipDigits(bytes: Uint8Array, start: number): number {
  let i = start;
  while (bytes[i]! >= ZERO && bytes[i]! <= NINE) i++;
  return i;
}
