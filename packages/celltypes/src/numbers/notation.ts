import { invalidValueError } from "../errors.ts";
import { Float, isInteger } from "../values.ts";
import { exceedsDigits, MAX_INT_DIGITS } from "./parse.ts";

/**
 * A double as Python's `repr` and `str` write it: scientific from 1e16 up and below 1e-4, with a signed exponent of at
 * least two digits: `1.0`, `0.0001`, `1e-05`, `1e+16`; `nan`, `inf`, `-inf`.
 */
export function pythonFloat(x: number): string {
  return notate(x, x);
}

/** NumPy's `str` of a float32: the shortest digits that tell it from other float32s, in Python's notation. */
export function pythonFloat32(x: number): string {
  return notate(shortestSingle(x), x);
}

/** The same of a float16. */
export function pythonFloat16(x: number): string {
  return notate(shortestHalf(x), x);
}

/**
 * Python's `str()` of a boolean, an integer or a float, as this library tells them apart: a number that is a safe integer
 * other than -0 is an integer, every other one a float.
 *
 * @throws {SeamlessError} `INVALID_VALUE` for an integer of over 4,300 digits, which Python does not write.
 */
export function pythonStr(value: boolean | number | bigint | Float): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") {
    if (exceedsDigits(value))
      throw invalidValueError(`an integer of over ${MAX_INT_DIGITS} digits has no text in Python`);
    return String(value);
  }
  if (Float.isFloat(value)) return pythonFloat(value.value);
  return isInteger(value) ? String(value) : pythonFloat(value);
}

/**
 * @param digits - A double whose digits are to be written.
 * @param x - What they stand for, which decides on the notation: the float32 next to 0.0001 is below it, so `1e-04`.
 */
function notate(digits: number, x: number): string {
  const magnitude = Math.abs(x);
  if (magnitude >= 1e-4 && magnitude < 1e16) return Number.isInteger(digits) ? `${digits}.0` : String(digits);
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  return padExponent(digits.toExponential());
}

function padExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/**
 * A finite double as orjson writes it: the shortest digits that round-trip, always with a point or an exponent.
 * Decimal for exponents -5 to 15, else scientific without `+` or padding: `1.0`, `0.00001`, `1e-6`, `1e16`.
 *
 * JavaScript's digits are the shortest too, and decimal from 1e-6 to 1e21: only the notation outside differs.
 */
export function orjsonFloat(x: number): string {
  const magnitude = Math.abs(x);
  if (magnitude >= 1e-5 && magnitude < 1e16) return Number.isInteger(x) ? `${x}.0` : String(x);
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  return x.toExponential().replace("e+", "e");
}

/**
 * The double that the shortest digits of a float32 spell: 0.1 for the float32 nearest to 0.1, which as a double is
 * 0.10000000149011612.
 */
export function shortestSingle(x: number): number {
  return shortest(x, Math.fround, 9);
}

/** The same of a float16. */
export function shortestHalf(x: number): number {
  return shortest(x, roundToHalf, 5);
}

/**
 * @param x - A value of the narrow type.
 * @param round - From a double to the nearest value of that type, ties to even.
 * @param digits - As many as always tell two values of that type apart.
 */
function shortest(x: number, round: (x: number) => number, digits: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  for (let precision = 1; precision < digits; precision++) {
    const text = nearestDigits(x, precision);
    if (spells(text, x, round)) return Number(text);
    // Above a power of two the values lie twice as far apart as below it: the nearest digits may miss the narrower side
    // while those one further up still hit the wider one.
    const above = nextUp(text);
    if (Number(above) > Math.abs(x) && spells(x < 0 ? `-${above}` : above, x, round))
      return Number(x < 0 ? `-${above}` : above);
  }
  return Number(nearestDigits(x, digits));
}

/** The nearest number of some digits; in the middle between two the even one, as in NumPy (JavaScript takes the larger). */
function nearestDigits(x: number, precision: number): string {
  const text = x.toExponential(precision - 1);
  const longer = x.toExponential(precision);
  const [digits, exponent] = longer.split("e") as [string, string];
  if (!digits.endsWith("5") || compareDecimal(longer, x) !== 0) return text;
  const cut = digits.slice(0, -1);
  return /[02468]\.?$/.test(cut) ? `${cut}e${exponent}` : text;
}

/** The next larger magnitude with as many digits. */
function nextUp(text: string): string {
  const [digits, exponent] = text.replace("-", "").split("e") as [string, string];
  const plain = digits.replace(".", "");
  return `${BigInt(plain) + 1n}e${Number(exponent) - (plain.length - 1)}`;
}

/** Does a reader of the narrow type read `x` in these digits? */
function spells(text: string, x: number, round: (x: number) => number): boolean {
  const double = Number(text);
  if (round(double) !== x) return false;
  // Rounding twice goes wrong only where the double is a tie that the digits themselves are not.
  const side = compareDecimal(text, double);
  if (side === 0) return true;
  const step = Math.abs(double) * 2 ** -50 * side;
  return round(double + step) === x;
}

/** Sign of (digits − double), exactly. */
function compareDecimal(text: string, double: number): -1 | 0 | 1 {
  const [digits, exponent] = text.split("e") as [string, string];
  const [whole, fraction = ""] = digits.split(".") as [string, string?];
  const power = Number(exponent) - fraction.length;
  const [mantissa, shift] = binary(double);
  let left = BigInt(whole + fraction);
  let right = mantissa;
  if (power >= 0) left *= 10n ** BigInt(power);
  else right *= 10n ** BigInt(-power);
  if (shift >= 0) right <<= BigInt(shift);
  else left <<= BigInt(-shift);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A double as an integer times a power of two. */
function binary(x: number): [bigint, number] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = exponent === 0 ? fraction : fraction | 0x10000000000000n;
  return [x < 0 ? -mantissa : mantissa, Math.max(exponent, 1) - 1075];
}

/** The nearest float16, ties to even. */
function roundToHalf(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude >= 65520) return Math.sign(x) * Infinity;
  // The distance of float16s around x: 2^-24 below the normal range, else 2^-10 of the power of two below x.
  const step = 2 ** Math.max(Math.floor(Math.log2(magnitude || 1)) - 10, -24);
  const scaled = magnitude / step;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  return Math.sign(x) * rounded * step;
}
