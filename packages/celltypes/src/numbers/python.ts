import { invalidValue } from "../errors.ts";
import { Float } from "../values/float.ts";
import { exceedsDigits, MAX_INT_DIGITS } from "./big-integer.ts";
import { shortestHalf, shortestSingle } from "./single.ts";

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
    if (exceedsDigits(value)) throw invalidValue(`an integer of over ${MAX_INT_DIGITS} digits has no text in Python`);
    return String(value);
  }
  if (Float.isFloat(value)) return pythonFloat(value.value);
  return isInteger(value) ? String(value) : pythonFloat(value);
}

/** Does this library take the number for an integer? */
export function isInteger(x: number): boolean {
  return Number.isSafeInteger(x) && !Object.is(x, -0);
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
