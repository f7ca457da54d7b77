import { NdArray, type PlainValue, parse, serialize } from "@seamless/celltypes";
import { orjsonFloat, shortestSingle } from "@seamless/celltypes/numbers";
import { SeamlessError } from "@seamless/checksum";
import { concatBytes } from "@seamless/internal/bytes";
import { failIfTooLarge } from "./rule.ts";

/** Names the type of the elements of an array, for messages; for long doubles it says why they have no value. */
export function elementsOf({ descr }: NdArray): string {
  if (typeof descr !== "string") return "structs";
  if (!/^[<>](?:f16|c32)$/.test(descr)) return descr;
  return `${descr} (long doubles, whose format is that of the machine that wrote them: a double would be a guess)`;
}

/** Writes one number. */
type Format = (value: never) => string;

/** NumPy's type without its byte order → how an element is written. Any other type but `U` has no JSON form. */
const FORMATS: Readonly<Record<string, Format>> = {
  b1: String,
  i1: String,
  i2: String,
  i4: String,
  i8: String,
  u1: String,
  u2: String,
  u4: String,
  u8: String,
  f2: (value: number) => finite(singleDigits(value)),
  f4: (value: number) => finite(singleDigits(value)),
  f8: (value: number) => finite(value),
};

/** Length of the chunks of text that are encoded one by one, in UTF-16 units. */
const CHUNK = 2 ** 15;
const ENCODER = new TextEncoder();

/**
 * Writes an array as nested lists in JSON, as `plain` has them.
 *
 * @param maxBytes - Limit of the JSON. The size of the lists without their elements is computed before anything is written.
 * @throws {SeamlessError} `INVALID_VALUE` for NaN, infinity, and elements that JSON has no form for; `TOO_LARGE`.
 */
export function arrayToPlain(array: NdArray, maxBytes: number): Uint8Array {
  const { descr, shape } = array;
  const type = typeof descr === "string" ? descr.slice(1) : "structs";
  const format = Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined;
  if (format === undefined && !/^U\d+$/.test(type)) {
    throw new SeamlessError("INVALID_VALUE", `an array of ${elementsOf(array)} has no JSON form`);
  }
  failIfTooLarge(leastLength(shape), maxBytes);
  // Strings need escapes, and empty lists are written on one line.
  if (format === undefined || shape.includes(0)) {
    return serialize(array.toArray({ maxBytes: Infinity }), "plain", { maxBytes });
  }
  return writeNumbers(flat(array), shape, format, maxBytes);
}

/** The least length of the JSON of nested lists: that of an element is one byte at least. */
function leastLength(shape: readonly number[]): number {
  let lists = 1;
  let length = 0;
  for (const [depth, items] of shape.entries()) {
    // Brackets; for each item a comma or, once, the last line break; and a line break with its indent.
    length += lists * (2 + (items === 0 ? 0 : items * (2 + 2 * (depth + 1)) + 2 * depth));
    lists *= items;
  }
  return length + lists;
}

function finite(value: number): string {
  if (Number.isFinite(value)) return orjsonFloat(value);
  throw new SeamlessError("INVALID_VALUE", `the float ${value} has no JSON form`);
}

/** All elements in one list, in C order. */
function flat(array: NdArray): ArrayLike<unknown> {
  const { descr, size } = array;
  return array.typedArray() ?? (new NdArray(array.bytes(), { descr, shape: [size] }).toArray() as unknown[]);
}

/**
 * Writes JSON with an indent of 2, as `plain` has it. `serialize` would need an object for every whole float, to tell
 * `1.0` from `1`: measured on a million of them, 260 ms instead of 85.
 */
function writeNumbers(
  numbers: ArrayLike<unknown>,
  shape: readonly number[],
  format: Format,
  maxBytes: number,
): Uint8Array {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let text = "";
  let at = 0;
  const level = (axis: number, margin: string): void => {
    if (axis === shape.length) {
      text += format(numbers[at++] as never);
      // One text for everything would be a rope of a million strings, and could not pass 512 MiB.
      if (text.length > CHUNK) flush();
      return;
    }
    const inner = `${margin}  `;
    for (let i = 0; i < shape[axis]!; i++) {
      text += i === 0 ? `[${inner}` : `,${inner}`;
      level(axis + 1, inner);
    }
    text += `${margin}]`;
  };
  const flush = () => {
    length += text.length;
    failIfTooLarge(length, maxBytes);
    chunks.push(ENCODER.encode(text));
    text = "";
  };
  level(0, "\n");
  text += "\n";
  flush();
  return concat(chunks, length);
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  try {
    return concatBytes(chunks);
  } catch (cause) {
    throw new SeamlessError("TOO_LARGE", `JSON of ${length} bytes is more than JavaScript holds in one array`, {
      cause,
    });
  }
}

/** So many digits tell any float32 from any other. */
const SINGLE_DIGITS = 9;
const MIN_NORMAL_SINGLE = 2 ** -126;

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);

/**
 * Does the same as `shortestSingle`, but faster for many numbers: 2 µs each instead of 7, measured on random ones.
 *
 * It takes digits away until the number would change. Most numbers need nearly all digits, so two or three tries are
 * enough. This is wrong next to powers of two, and where rounding to double and then to single could give another
 * number than rounding once: those are left to `shortestSingle`.
 */
export function singleDigits(x: number): number {
  if (!(Math.abs(x) >= MIN_NORMAL_SINGLE) || isPowerOfTwo(x)) return shortestSingle(x);
  let best = x;
  let longer = x.toPrecision(SINGLE_DIGITS + 1);
  for (let precision = SINGLE_DIGITS; precision > 0; precision--) {
    const text = x.toPrecision(precision);
    const digits = Number(text);
    // Halfway between two float32s, or between two numbers with this many digits.
    if (isHalfway(digits) || (Number(longer) === x && /5(?:e|$)/.test(longer))) return shortestSingle(x);
    if (Math.fround(digits) !== x) break;
    best = digits;
    longer = text;
  }
  return best;
}

function isPowerOfTwo(x: number): boolean {
  double[0] = x;
  return halves[0] === 0 && (halves[1]! & 0xfffff) === 0;
}

/** Is a double halfway between two float32s, which have 29 bits less? */
function isHalfway(x: number): boolean {
  double[0] = x;
  return (halves[0]! & 0x1fffffff) === 0x10000000;
}

const QUOTE = 0x22;
const POINT = 0x2e;
const EXPONENTS = [0x65, 0x45];

/**
 * Makes the array that NumPy makes of a JSON number, a boolean, or lists of numbers, booleans or strings.
 *
 * Reading losslessly, which tells `1.0` from `1`, makes an object of every whole float. But if there are only numbers, one
 * float among them makes all of them floats, so it is enough to look for one. Measured on a million whole float64s:
 * 110 ms this way, 340 ms losslessly. In a list of them, without looking for quotes and making integers first: 85 ms.
 *
 * @param maxBytes - Limit of the array: one long string among many short ones makes all of them long.
 * @throws {SeamlessError} `INVALID_BUFFER` if it is not JSON, `INVALID_VALUE` if NumPy makes no array of it, or one of
 *   objects; `TOO_LARGE`.
 */
export function plainToArray(bytes: Uint8Array, maxBytes: number): NdArray {
  const value = parse(bytes, "plain");
  if (hasFloat(bytes)) {
    const floats = floatsOf(value);
    if (floats !== undefined) return new NdArray(floats);
  }
  // Keys have quotes too: without any there are only lists, numbers, booleans and null.
  if (bytes.includes(QUOTE)) return makeArray(parse(bytes, "plain", { lossless: true }), maxBytes);
  const array = makeArray(value, maxBytes);
  return array.descr !== "<f8" && hasFloat(bytes) ? toFloats(array) : array;
}

/** The most common array, a list of numbers alone; `undefined` for anything else. */
function floatsOf(value: unknown): Float64Array | undefined {
  if (!Array.isArray(value)) return undefined;
  const floats = new Float64Array(value.length);
  for (let i = 0; i < floats.length; i++) {
    const number: unknown = value[i];
    if (typeof number !== "number") return undefined;
    floats[i] = number;
  }
  return floats;
}

function makeArray(value: unknown, maxBytes: number): NdArray {
  if (typeof value !== "string") return NdArray.from(value as PlainValue, { maxBytes });
  throw new SeamlessError("INVALID_VALUE", "a string alone makes no array of this kind; only lists of strings do");
}

/** Does JSON without strings have a number with a point or an exponent? With strings, it says yes for some of these. */
function hasFloat(bytes: Uint8Array): boolean {
  if (bytes.includes(POINT)) return true;
  return EXPONENTS.some((letter) => {
    for (let at = bytes.indexOf(letter); at >= 0; at = bytes.indexOf(letter, at + 1)) {
      // The `e` of `true` and `false` stands after a letter.
      if (isDigit(bytes[at - 1])) return true;
    }
    return false;
  });
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/**
 * Converts 64-bit integers to floats, in C order as in every array made of lists. Two 32-bit halves at a time: measured
 * on a million, 6 ms instead of 40 with a bigint for each.
 */
function toFloats(array: NdArray): NdArray {
  const { buffer, byteOffset } = array.bytes();
  const low = new Uint32Array(buffer, byteOffset, 2 * array.size);
  const high = array.descr === "<i8" ? new Int32Array(buffer, byteOffset, 2 * array.size) : low;
  const floats = new Float64Array(array.size);
  // Only the addition rounds.
  for (let i = 0; i < floats.length; i++) floats[i] = high[2 * i + 1]! * 2 ** 32 + low[2 * i]!;
  return new NdArray(floats, { shape: array.shape });
}
