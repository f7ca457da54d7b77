import { Checksum } from "@seamless/checksum";
import { NdArray } from "../../src/array/ndarray.ts";
import { Float } from "../../src/values.ts";

/** Bytes of a base64 string. */
export function base64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

// Runs in browsers too.

// biome-ignore lint/suspicious/noExplicitAny: the vectors' own notation, taken apart below
export type Notation = any;

/** A value as the vectors note it, as a lossless JavaScript value: `Map`, `bigint` or number, `Float`, `NdArray`. */
export function fromNotation(value: Notation): unknown {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(fromNotation);
  if ("int" in value) {
    const int = BigInt(value.int);
    return Number.isSafeInteger(Number(int)) ? Number(int) : int;
  }
  if ("float" in value) return float(value.float);
  if ("dict" in value)
    return new Map(value.dict.map(([k, v]: [Notation, Notation]) => [fromNotation(k), fromNotation(v)]));
  if ("bytes" in value) return base64(value.bytes);
  if ("utf16" in value) return utf16(base64(value.utf16));
  if ("checksum" in value) return new Checksum(value.checksum);
  if ("ndarray" in value) return fromArrayNotation(value.ndarray);
  throw new Error(`unknown notation ${JSON.stringify(value)}`);
}

function float(text: string): unknown {
  const special: Record<string, number> = { nan: Number.NaN, inf: Infinity, "-inf": -Infinity };
  const number = special[text] ?? Number(text);
  return Number.isInteger(number) ? new Float(number) : number;
}

function utf16(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / 2 }, (_, i) => String.fromCharCode(view.getUint16(2 * i, true))).join(
    "",
  );
}

/** `data` is in C order always; an array that is to lie in Fortran order is transposed into it here. */
function fromArrayNotation({ descr, shape, fortran, data }: Notation): NdArray {
  const bytes = base64(data);
  const count = shape.reduce((product: number, n: number) => product * n, 1);
  const itemsize = count === 0 ? 0 : bytes.byteLength / count;
  const memory = fortran ? cToFortran(bytes, shape, itemsize) : bytes;
  return new NdArray(memory, { descr, shape, fortranOrder: fortran });
}

function cToFortran(bytes: Uint8Array, shape: readonly number[], itemsize: number): Uint8Array {
  const out = new Uint8Array(bytes.byteLength);
  const index = shape.map(() => 0);
  for (let c = 0; c * itemsize < bytes.byteLength; c++) {
    let f = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) f = f * shape[axis]! + index[axis]!;
    out.set(bytes.subarray(c * itemsize, (c + 1) * itemsize), f * itemsize);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return out;
}

/** A JavaScript value, read in lossless mode, in the vectors' notation, for comparison with `toEqual`. */
export function toNotation(value: unknown): Notation {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") return !/\p{Surrogate}/u.test(value) ? value : { utf16: toBase64(utf16Bytes(value)) };
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value === "number") {
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? { int: String(value) } : { float: floatKey(value) };
  }
  if (Float.isFloat(value)) return { float: floatKey(value.value) };
  if (Array.isArray(value)) return value.map(toNotation);
  if (value instanceof Map) return { dict: [...value].map(([k, v]) => [toNotation(k), toNotation(v)]) };
  if (value instanceof Uint8Array) return { bytes: toBase64(value) };
  if (Checksum.isChecksum(value)) return { checksum: value.hex() };
  if (NdArray.isNdArray(value)) {
    const { descr, shape, fortranOrder } = value;
    return { ndarray: { descr, shape: [...shape], fortran: fortranOrder, data: toBase64(value.bytes()) } };
  }
  throw new Error(`no notation for ${String(value)}`);
}

/** The vectors' own notation with floats made comparable: as the bits of a double. */
export function normalise(value: Notation): Notation {
  return toNotation(fromNotation(value));
}

function floatKey(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return Object.is(value, -0) ? "-0" : String(value);
}

function utf16Bytes(text: string): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), true);
  return new Uint8Array(view.buffer);
}
