import { SeamlessError } from "@seamless/checksum";
import { invalidValueError, tooLargeError } from "../errors.ts";
import { latin1, MAX_STRING } from "../text.ts";
import { setOwn } from "../values.ts";
import {
  type Dtype,
  isLongDouble,
  type PlainDtype,
  type StructDtype,
  type TimeDtype,
  type TimeUnit,
  type TimeUnitName,
} from "./dtype.ts";
import { strides } from "./shape.ts";

/**
 * How elements become JavaScript values.
 *
 * @param bytes - Memory that the reader will read.
 */
export function elementReader(dtype: Dtype, bytes: Uint8Array): ElementReader {
  if (isLongDouble(dtype)) return failLongDouble;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (dtype.kind) {
    case "bool":
      return (at) => bytes[at] !== 0;
    case "int":
    case "uint":
    case "float":
      return numberReader(dtype, view);
    case "complex":
      return complexReader(dtype, view);
    case "bytes":
      return (at) => decodeBytes(bytes.subarray(at, at + dtype.itemsize));
    case "string":
      return (at) => decodeUtf32(view, at, dtype);
    case "datetime":
    case "timedelta":
      return timeReader(dtype, view);
    case "void":
      return (at) => bytes.slice(at, at + dtype.itemsize);
    case "struct":
      return structReader(dtype, bytes);
    case "subarray": {
      const read = elementReader(dtype.base, bytes);
      return (at) => toLists(read, dtype.base.itemsize, dtype.shape, false, at);
    }
  }
}

/** No number is better than a wrong one. */
function failLongDouble(): never {
  throw new SeamlessError(
    "UNSUPPORTED",
    "long doubles have no values here, only bytes: their format is that of the machine that wrote them, and a double would be a guess",
  );
}

function numberReader({ kind, itemsize, littleEndian: le }: PlainDtype, view: DataView): ElementReader {
  switch (`${kind}${itemsize}`) {
    case "int1":
      return (at) => view.getInt8(at);
    case "int2":
      return (at) => view.getInt16(at, le);
    case "int4":
      return (at) => view.getInt32(at, le);
    case "int8":
      return (at) => narrow(view.getBigInt64(at, le));
    case "uint1":
      return (at) => view.getUint8(at);
    case "uint2":
      return (at) => view.getUint16(at, le);
    case "uint4":
      return (at) => view.getUint32(at, le);
    case "uint8":
      return (at) => narrow(view.getBigUint64(at, le));
    case "float2":
      return (at) => halfToNumber(view.getUint16(at, le));
    case "float4":
      return (at) => view.getFloat32(at, le);
    default:
      return (at) => view.getFloat64(at, le);
  }
}

function complexReader({ itemsize, littleEndian }: PlainDtype, view: DataView): ElementReader {
  const part = numberReader({ kind: "float", itemsize: itemsize / 2, littleEndian }, view);
  return (at) => [part(at), part(at + itemsize / 2)];
}

/** Of a generic unit only NaT can be shown as a time; the rest are the numbers that they are. */
function timeReader({ kind, unit, littleEndian }: TimeDtype, view: DataView): ElementReader {
  return (at) => {
    const ticks = view.getBigInt64(at, littleEndian);
    if (ticks === NOT_A_TIME) return "NaT";
    return kind === "datetime" && unit !== undefined ? showDatetime(ticks, unit) : narrow(ticks);
  };
}

function structReader({ fields }: StructDtype, bytes: Uint8Array): ElementReader {
  const readers = fields.map(({ name, dtype, offset }) => ({ name, offset, read: elementReader(dtype, bytes) }));
  return (at) => {
    const record: Record<string, unknown> = {};
    for (const { name, offset, read } of readers) setOwn(record, name, read(at + offset));
    return record;
  };
}

function narrow(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function halfToNumber(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Without the NULs that pad it: UTF-8, or Latin-1 where it is not valid UTF-8. */
function decodeBytes(bytes: Uint8Array): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  const content = bytes.subarray(0, end);
  checkLength(end);
  try {
    return utf8.decode(content);
  } catch {
    return latin1(content);
  }
}

/** Characters that are made at once: arguments go on the stack. One by one they would be a chain of tiny strings. */
const CHUNK = 8192;

/** Without the NULs that pad it. Halves of surrogate pairs may stand alone, as in Python. */
function decodeUtf32(view: DataView, at: number, { itemsize, littleEndian }: PlainDtype): string {
  let end = at + itemsize;
  while (end > at && view.getUint32(end - 4) === 0) end -= 4;
  checkLength((end - at) / 4);
  let text = "";
  for (let i = at; i < end; i += 4 * CHUNK) {
    text += String.fromCodePoint(...codePoints(view, i, Math.min(i + 4 * CHUNK, end), littleEndian));
  }
  return text;
}

function codePoints(view: DataView, start: number, end: number, littleEndian: boolean): number[] {
  const found: number[] = [];
  for (let i = start; i < end; i += 4) {
    const codePoint = view.getUint32(i, littleEndian);
    if (codePoint > 0x10ffff)
      throw invalidValueError(`0x${codePoint.toString(16)} in a string is no Unicode character`);
    found.push(codePoint);
  }
  return found;
}

function checkLength(length: number): void {
  if (length > MAX_STRING)
    throw tooLargeError(`a string of ${length} characters`, `${MAX_STRING} in a JavaScript string`);
}

/** Reads the element that starts at a byte. */
export type ElementReader = (at: number) => unknown;

// V8 ends the process, rather than throw, when a growing array passes some 112 million elements.
const MAX_LIST = 2 ** 26;

// A longer list, if asked for at once, is a hash table to V8.
const MAX_PREALLOCATED = 2 ** 24;

/** What a list, record, string or bytes takes besides what is in it, and each item of the first two, in bytes. */
const OBJECT = 16;
const ITEM = 8;

/** What a view of bytes takes, which is an object of several. */
const VIEW = 192;

/** The longest date that NumPy shows. */
const DATE = 32;

/**
 * What the nested lists of an array take, in bytes: 8 for each item of a list and each field of a record, 16 for each
 * list, record and string, 192 for each view of bytes, and what is in the last two. Engines take a small multiple of that.
 * Counted without building any: a few bytes of header announce any number of lists, and of elements without bytes.
 */
export function sizeOfLists(dtype: Dtype, shape: readonly number[]): number {
  return sizeOfNested(shape, sizeOfElement(dtype));
}

function sizeOfNested(shape: readonly number[], element: number): number {
  let lists = 1;
  let size = 0;
  for (const length of shape) {
    size += lists * (OBJECT + length * ITEM);
    lists *= length;
  }
  return lists === 0 ? size : size + lists * element;
}

/** What an element takes besides its place in a list. */
export function sizeOfElement(dtype: Dtype): number {
  switch (dtype.kind) {
    case "struct":
      return dtype.fields.reduce((size, field) => size + ITEM + sizeOfElement(field.dtype), OBJECT);
    case "subarray":
      return sizeOfLists(dtype.base, dtype.shape);
    case "complex":
      return OBJECT + 2 * ITEM;
    case "bytes":
    case "string":
      return OBJECT + dtype.itemsize;
    case "void":
      return VIEW + dtype.itemsize;
    case "datetime":
    case "timedelta":
      return OBJECT + DATE;
    default:
      return 0;
  }
}

/**
 * Nested lists of the elements of an array; of no axes, the one element.
 *
 * @param start - Where in the memory it begins, in bytes.
 * @throws {SeamlessError} `TOO_LARGE` if a list would be too long for a JavaScript array.
 */
export function toLists(
  read: ElementReader,
  itemsize: number,
  shape: readonly number[],
  fortranOrder: boolean,
  start = 0,
): unknown {
  const steps = strides(shape, fortranOrder).map((step) => step * itemsize);
  const level = (axis: number, at: number): unknown => {
    if (axis === shape.length) return read(at);
    const length = shape[axis]!;
    if (length > MAX_LIST) throw tooLargeError(`a list of ${length} elements; use typedArray()`, `${MAX_LIST}`);
    const step = steps[axis]!;
    const list = length > MAX_PREALLOCATED ? [] : new Array<unknown>(length);
    if (axis === shape.length - 1) for (let i = 0; i < length; i++) list[i] = read(at + i * step);
    else for (let i = 0; i < length; i++) list[i] = level(axis + 1, at + i * step);
    return list;
  };
  return level(0, start);
}

/** NumPy's *not a time*: the lowest int64. */
const NOT_A_TIME = -(2n ** 63n);

// Units of a day and below: how many make a day, and how many digits of a second's fraction they show.
const PER_DAY: Readonly<Partial<Record<TimeUnitName, bigint>>> = {
  D: 1n,
  h: 24n,
  m: 1_440n,
  s: 86_400n,
  ms: 86_400_000n,
  us: 86_400_000_000n,
  ns: 86_400_000_000_000n,
  ps: 86_400_000_000_000_000n,
  fs: 86_400_000_000_000_000_000n,
  as: 86_400_000_000_000_000_000_000n,
};
const FRACTION_DIGITS: Readonly<Partial<Record<TimeUnitName, number>>> = {
  ms: 3,
  us: 6,
  ns: 9,
  ps: 12,
  fs: 15,
  as: 18,
};

/**
 * A `datetime64` as NumPy prints it: ISO 8601, as precise as its unit: `2020`, `2020-01`, `2020-01-01T10:30`. Years
 * before 0 have a minus sign, those over 9999 more digits.
 *
 * @param ticks - Units since 1970.
 */
function showDatetime(ticks: bigint, { name, count }: TimeUnit): string {
  if (ticks === NOT_A_TIME) return "NaT";
  const units = wrap(ticks * BigInt(count));
  if (name === "Y") return showYear(wrap(1970n + units));
  if (name === "M") return `${showYear(1970n + floorDivide(units, 12n))}-${pad(modulo(units, 12n) + 1n)}`;
  if (name === "W") return showDate(wrap(units * 7n));
  const perDay = PER_DAY[name]!;
  const days = floorDivide(units, perDay);
  return name === "D" ? showDate(days) : `${showDate(days)}T${showTime(units - days * perDay, perDay, name)}`;
}

/** @param units - Since midnight, of which there are `perDay` in a day. */
function showTime(units: bigint, perDay: bigint, name: TimeUnitName): string {
  const seconds = Number((units * 86_400n) / perDay);
  const hour = pad(Math.floor(seconds / 3600));
  if (name === "h") return hour;
  const minute = pad(Math.floor(seconds / 60) % 60);
  if (name === "m") return `${hour}:${minute}`;
  const whole = `${hour}:${minute}:${pad(seconds % 60)}`;
  const digits = FRACTION_DIGITS[name];
  return digits === undefined ? whole : `${whole}.${pad(units % (perDay / 86_400n), digits)}`;
}

/**
 * A day of the Gregorian calendar, which is taken to hold for all times.
 *
 * In years that begin in March a leap day is the last day of its year; 400 of them have 146,097 days. See Howard
 * Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 *
 * @param days - Days since 1970-01-01.
 */
function showDate(days: bigint): string {
  const shifted = days + 719_468n; // since 0000-03-01
  const era = floorDivide(shifted, 146_097n);
  const dayOfEra = Number(shifted - era * 146_097n);
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = era * 400n + BigInt(yearOfEra + (month <= 2 ? 1 : 0));
  return `${showYear(year)}-${pad(month)}-${pad(day)}`;
}

/** Four characters at least; to NumPy a minus sign is one of them, though not to ISO 8601. */
function showYear(year: bigint): string {
  return year < 0n ? `-${pad(-year, 3)}` : pad(year, 4);
}

function pad(number: number | bigint, digits = 2): string {
  return String(number).padStart(digits, "0");
}

function floorDivide(a: bigint, b: bigint): bigint {
  return (a - modulo(a, b)) / b;
}

/** NumPy reckons in int64, where dates beyond the age of the universe overflow. */
function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** The remainder, never negative. */
function modulo(a: bigint, b: bigint): bigint {
  return ((a % b) + b) % b;
}
