import { latin1 } from "../array/element.ts";
import { parseDescr } from "../array/parse-descr.ts";
import type { Refuse } from "../array/shape.ts";
import { checkAxes } from "../array/shape.ts";
import { invalidBuffer, tooLarge } from "../errors.ts";
import { type Header, MAGIC, prefixLength } from "./header.ts";
import { type Literal, LiteralDict, LiteralSequence, parseLiteral } from "./literal.ts";

/** A header, and where in the buffer it was. */
export interface ReadHeader extends Header {
  /** Makes the error for a shape that is wrong. */
  readonly refuseShape: Refuse;
  /** Offset of the data. */
  readonly end: number;
}

// What is parsed takes a multiple of the text's memory, and time. A hundred thousand fields fit in this.
const MAX_HEADER = 2 ** 22;

const KEYS = ["descr", "fortran_order", "shape"] as const;

/**
 * Read and check all that comes before the data.
 *
 * @param bytes - Begins with the magic number.
 * @throws {SeamlessError} `INVALID_BUFFER`, `TOO_LARGE`.
 */
export function readHeader(bytes: Uint8Array): ReadHeader {
  const { version, start, end } = readPrefix(bytes);
  const { text, offsetOf } = decode(bytes.subarray(start, end), version, start);
  const header = parseLiteral(text, version < 3, offsetOf);
  if (!(header instanceof LiteralDict)) throw invalidBuffer("no .npy header: it is not a dict", start);
  if (header.entries.size !== KEYS.length || !KEYS.every((key) => header.entries.has(key))) {
    throw invalidBuffer(`an .npy header has exactly the keys ${KEYS.join(", ")}`, start);
  }
  const [descr, order, shape] = KEYS.map((key) => header.entries.get(key)!) as [Entry, Entry, Entry];
  const refuseAt = (at: number) => (message: string) => invalidBuffer(message, offsetOf(at));
  const refuseDescr = refuseAt(descr.at);
  const refuseShape = refuseAt(shape.at);
  if (typeof order.value !== "boolean") throw refuseAt(order.at)("fortran_order is neither True nor False");
  return {
    dtype: parseDescr(plainDescr(descr.value, refuseDescr), refuseDescr),
    shape: readShape(shape.value, refuseShape),
    fortranOrder: order.value,
    refuseShape,
    end,
  };
}

interface Entry {
  readonly value: Literal;
  readonly at: number;
}

function readPrefix(bytes: Uint8Array): { version: number; start: number; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[MAGIC.length] ?? 0;
  if (bytes.length < MAGIC.length + 2) throw invalidBuffer("the .npy ends before its version", bytes.length);
  if (version < 1 || version > 3 || bytes[MAGIC.length + 1] !== 0) {
    throw invalidBuffer(`unknown .npy version ${version}.${bytes[MAGIC.length + 1]}`, MAGIC.length);
  }
  const start = prefixLength(version);
  if (bytes.length < start) throw invalidBuffer("the .npy ends before the length of its header", bytes.length);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length)
    throw invalidBuffer(`the .npy ends within its header of ${length} bytes`, bytes.length);
  if (length > MAX_HEADER) throw tooLarge(`a header of ${length} bytes`, `${MAX_HEADER}`);
  return { version, start, end: start + length };
}

/** Latin-1 has as many characters as bytes; UTF-8 has not, so its offsets are counted when an error asks for one. */
function decode(bytes: Uint8Array, version: number, start: number) {
  if (version < 3) return { text: latin1(bytes), offsetOf: (index: number) => start + index };
  const text = decodeUtf8(bytes, start);
  if (text.length === bytes.length) return { text, offsetOf: (index: number) => start + index };
  return { text, offsetOf: (index: number) => start + new TextEncoder().encode(text.slice(0, index)).length };
}

function decodeUtf8(bytes: Uint8Array, start: number): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalidBuffer("the header is not UTF-8", start);
  }
}

function readShape(shape: Literal, refuse: Refuse): readonly number[] {
  if (!(shape instanceof LiteralSequence) || shape.kind !== "tuple") throw refuse("the shape is not a tuple");
  return checkAxes(shape.items, refuse);
}

/** The literal of a type as a descr; what it says is checked there. In the place of a type, a tuple is a sub-array. */
function plainDescr(type: Literal, refuse: Refuse): unknown {
  if (!(type instanceof LiteralSequence)) return type;
  if (type.kind === "list") return type.items.map((field) => plainField(field, refuse));
  const [base, shape] = type.items;
  if (type.items.length !== 2) throw refuse("a sub-array is a type and a shape");
  return [plainDescr(base!, refuse), plainShape(shape!)];
}

function plainField(field: Literal, refuse: Refuse): unknown {
  if (!(field instanceof LiteralSequence)) throw refuse("a field is a tuple of name, type and shape");
  const [name, type, shape, ...rest] = field.items;
  if (name === undefined || type === undefined || rest.length > 0)
    throw refuse("a field has a name, a type and a shape");
  if (typeof name !== "string") throw refuse("the name of a field is a string; titles are not supported");
  const plain = plainDescr(type, refuse);
  return shape === undefined ? [name, plain] : [name, plain, plainShape(shape)];
}

/** Of one axis, its length alone will do. */
function plainShape(shape: Literal): unknown {
  return shape instanceof LiteralSequence ? shape.items : [shape];
}
