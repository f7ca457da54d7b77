import { SeamlessError } from "@seamless/checksum";
import { invalidValue, tooLarge } from "../errors.ts";
import { setOwn } from "../values/set-own.ts";
import { NOT_A_TIME, showDatetime } from "./datetime.ts";
import { type Dtype, isLongDouble, type PlainDtype, type StructDtype, type TimeDtype } from "./dtype.ts";
import { type ElementReader, toLists } from "./to-lists.ts";

/**
 * How elements become JavaScript values.
 *
 * @param bytes - Memory that the reader will read.
 */
export function elementReader(dtype: Dtype, bytes: Uint8Array): ElementReader {
  if (isLongDouble(dtype)) return refuseLongDouble;
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
function refuseLongDouble(): never {
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

// That of V8 on 64 bits; those of other engines are higher.
const MAX_STRING = 2 ** 29 - 24;

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

/** Not by `TextDecoder`, whose `latin1` is Windows-1252. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return text;
}

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
    if (codePoint > 0x10ffff) throw invalidValue(`0x${codePoint.toString(16)} in a string is no Unicode character`);
    found.push(codePoint);
  }
  return found;
}

function checkLength(length: number): void {
  if (length > MAX_STRING) throw tooLarge(`a string of ${length} characters`, `${MAX_STRING} in a JavaScript string`);
}
