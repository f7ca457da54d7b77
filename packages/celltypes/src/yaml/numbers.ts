// Numbers as PyYAML's constructor reads them: https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/constructor.py
import { parsePythonFloat, parsePythonInt, toAscii } from "../numbers/python-parse.ts";
import { Float } from "../values/float.ts";

/** What Python's `int(text, base)` reads of ASCII, with an optional prefix of its own. */
const IN_BASE = {
  "0b": /^([+-]?)(?:0b)?([01]+)$/i,
  "0o": /^([+-]?)(?:0o)?([0-7]+)$/i,
  "0x": /^([+-]?)(?:0x)?([0-9a-f]+)$/i,
};
const FINITE = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/;
const SPECIAL = /^([+-]?)(inf|infinity|nan)$/;

/**
 * An integer: decimal, `0b`, `0x`, octal with a leading 0, or base 60 (`1:30`).
 *
 * @returns A number if that is exact, `undefined` for what is no integer.
 */
export function readInt(text: string): number | bigint | undefined {
  const [sign, digits] = splitSign(text.replaceAll("_", ""));
  const value = readMagnitude(digits);
  if (value === undefined) return undefined;
  const signed = sign === "-" ? -value : value;
  const number = Number(signed);
  return Number.isSafeInteger(number) ? number : signed;
}

function readMagnitude(digits: string): bigint | undefined {
  if (digits.startsWith("0b")) return readInBase("0b", digits.slice(2));
  if (digits.startsWith("0x")) return readInBase("0x", digits.slice(2));
  if (digits.startsWith("0")) return readInBase("0o", digits);
  return digits.includes(":") ? readBase60(digits.split(":")) : parsePythonInt(digits);
}

function readInBase(prefix: keyof typeof IN_BASE, text: string): bigint | undefined {
  const [, sign, digits] = IN_BASE[prefix].exec(toAscii(text) ?? "") ?? [];
  if (digits === undefined) return undefined;
  const value = BigInt(prefix + digits);
  return sign === "-" ? -value : value;
}

function readBase60(parts: readonly string[]): bigint | undefined {
  const digits = parts.map(parsePythonInt);
  return digits.includes(undefined) ? undefined : fromBase60(digits as bigint[]);
}

/** By halves: digit by digit, the time would grow with the square of their number. */
function fromBase60(digits: readonly bigint[]): bigint {
  if (digits.length < 32) return digits.reduce((value, digit) => value * 60n + digit, 0n);
  const low = digits.length >> 1;
  return fromBase60(digits.slice(0, -low)) * 60n ** BigInt(low) + fromBase60(digits.slice(-low));
}

/**
 * A float: Python's, `.inf`, `.nan`, or base 60 (`1:30.5`).
 *
 * @returns A `Float` if it is whole, `undefined` for what is no float.
 */
export function readFloat(text: string): number | Float | undefined {
  const [sign, digits] = splitSign(text.replaceAll("_", "").toLowerCase());
  const magnitude = digits.includes(":") ? readFloat60(digits.split(":")) : readPart(digits);
  if (magnitude === undefined) return undefined;
  const value = sign === "-" ? -magnitude : magnitude;
  return Number.isInteger(value) ? new Float(value) : value;
}

function readFloat60(parts: readonly string[]): number | undefined {
  // Python's 60 ** 174 is beyond a float.
  if (parts.length > 174 || parts.some((part) => part.startsWith(".inf") || part.startsWith(".nan"))) return undefined;
  let value = 0;
  let base = 1n;
  for (const part of parts.toReversed()) {
    const digit = readPart(part);
    if (digit === undefined) return undefined;
    value += digit * Number(base);
    base *= 60n;
  }
  return value;
}

function readPart(digits: string): number | undefined {
  if (digits === ".inf") return Infinity;
  if (digits === ".nan") return Number.NaN;
  const finite = parsePythonFloat(digits);
  if (finite !== undefined) return finite;
  const ascii = toAscii(digits) ?? "";
  const [, sign, name] = SPECIAL.exec(ascii) ?? [];
  if (name !== undefined) return name === "nan" ? Number.NaN : sign === "-" ? -Infinity : Infinity;
  // Python reads digits beyond the range of a double as infinity.
  return FINITE.test(ascii) ? Number(ascii) : undefined;
}

function splitSign(text: string): [string, string] {
  return text.startsWith("-") || text.startsWith("+") ? [text.charAt(0), text.slice(1)] : ["", text];
}
