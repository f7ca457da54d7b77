import { pythonRepr } from "@seamless/internal/python-repr";
import { type Descr, type Dtype, descrOf, isSubarray, parseDescr } from "../array/dtype.ts";
import type { ArrayParts } from "../array/memory.ts";
import { allocate, byteLengthOf, checkAxes, isReallyFortran } from "../array/shape.ts";
import { invalidBufferError, type ToError, tooLargeError } from "../errors.ts";
import { latin1 } from "../text.ts";
import { type Literal, LiteralDict, LiteralSequence, parseLiteral } from "./literal.ts";

/** Does the buffer begin as an `.npy` does? */
export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, at) => bytes[at] === byte);
}

/**
 * The parts of the array in an `.npy` buffer of version 1.0, 2.0 or 3.0: what NumPy reads, but for Python objects.
 *
 * @param bytes - The whole buffer, and nothing more; the array's memory is a view on it.
 * @throws {SeamlessError} `INVALID_BUFFER` with the offset of what is wrong; `TOO_LARGE` if the header is over 4 MiB.
 */
export function readParts(bytes: Uint8Array): ArrayParts {
  if (!isNpy(bytes)) throw invalidBufferError("not an .npy buffer: it does not begin with \\x93NUMPY", 0);
  const { dtype, shape, fortranOrder, toShapeError, end } = readHeader(bytes);
  const expected = byteLengthOf(shape, dtype.itemsize, toShapeError);
  const found = bytes.byteLength - end;
  if (found !== expected) {
    const message = `an array of ${expected} bytes, and ${found} after the header`;
    throw invalidBufferError(message, end + Math.min(expected, found));
  }
  // Never Node's `Buffer`, whose methods differ (`slice`).
  const memory = new Uint8Array(bytes.buffer, bytes.byteOffset + end, expected);
  return { memory, dtype, shape, fortranOrder };
}

/** A header, and where in the buffer it was. */
interface ReadHeader extends Header {
  /** Makes the error for a shape that is wrong. */
  readonly toShapeError: ToError;
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
function readHeader(bytes: Uint8Array): ReadHeader {
  const { version, start, end } = readPrefix(bytes);
  const { text, offsetOf } = decode(bytes.subarray(start, end), version, start);
  const header = parseLiteral(text, version < 3, offsetOf);
  if (!(header instanceof LiteralDict)) throw invalidBufferError("not an .npy header: it is not a dict", start);
  if (header.entries.size !== KEYS.length || !KEYS.every((key) => header.entries.has(key))) {
    throw invalidBufferError(`an .npy header has exactly the keys ${KEYS.join(", ")}`, start);
  }
  const [descr, order, shape] = KEYS.map((key) => header.entries.get(key)!) as [Entry, Entry, Entry];
  const errorAt = (at: number) => (message: string) => invalidBufferError(message, offsetOf(at));
  const toDescrError = errorAt(descr.at);
  const toShapeError = errorAt(shape.at);
  if (typeof order.value !== "boolean") throw errorAt(order.at)("fortran_order is neither True nor False");
  return {
    dtype: parseDescr(plainDescr(descr.value, toDescrError), toDescrError),
    shape: readShape(shape.value, toShapeError),
    fortranOrder: order.value,
    toShapeError,
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
  if (bytes.length < MAGIC.length + 2) throw invalidBufferError("the .npy ends before its version", bytes.length);
  if (version < 1 || version > 3 || bytes[MAGIC.length + 1] !== 0) {
    throw invalidBufferError(`unknown .npy version ${version}.${bytes[MAGIC.length + 1]}`, MAGIC.length);
  }
  const start = prefixLength(version);
  if (bytes.length < start) throw invalidBufferError("the .npy ends before the length of its header", bytes.length);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length)
    throw invalidBufferError(`the .npy ends within its header of ${length} bytes`, bytes.length);
  if (length > MAX_HEADER) throw tooLargeError(`a header of ${length} bytes`, `${MAX_HEADER}`);
  return { version, start, end: start + length };
}

/** Latin-1 has as many characters as bytes; UTF-8 has not, so its offsets are counted when an error asks for one. */
function decode(bytes: Uint8Array, version: number, start: number) {
  const text = version < 3 ? latin1(bytes) : decodeUtf8(bytes, start);
  const sameLength = text.length === bytes.length;
  const offsetOf = (index: number) =>
    start + (sameLength ? index : new TextEncoder().encode(text.slice(0, index)).length);
  return { text, offsetOf };
}

function decodeUtf8(bytes: Uint8Array, start: number): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalidBufferError("the header is not UTF-8", start);
  }
}

function readShape(shape: Literal, toError: ToError): readonly number[] {
  if (!(shape instanceof LiteralSequence) || shape.kind !== "tuple") throw toError("the shape is not a tuple");
  return checkAxes(shape.items, toError);
}

/** The literal of a type as a descr; what it says is checked there. In the place of a type, a tuple is a sub-array. */
function plainDescr(type: Literal, toError: ToError): unknown {
  if (!(type instanceof LiteralSequence)) return type;
  if (type.kind === "list") return type.items.map((field) => plainField(field, toError));
  const [base, shape] = type.items;
  if (type.items.length !== 2) throw toError("a sub-array is a type and a shape");
  return [plainDescr(base!, toError), plainShape(shape!)];
}

function plainField(field: Literal, toError: ToError): unknown {
  if (!(field instanceof LiteralSequence)) throw toError("a field is a tuple of name, type and shape");
  const [name, type, shape, ...rest] = field.items;
  if (name === undefined || type === undefined || rest.length > 0)
    throw toError("a field has a name, a type and a shape");
  if (typeof name !== "string") throw toError("the name of a field is a string; titles are not supported");
  const plain = plainDescr(type, toError);
  return shape === undefined ? [name, plain] : [name, plain, plainShape(shape)];
}

/** Of one axis, its length alone will do. */
function plainShape(shape: Literal): unknown {
  return shape instanceof LiteralSequence ? shape.items : [shape];
}

/**
 * The parts of an array as an `.npy` buffer, byte for byte as NumPy 2 writes it.
 *
 * @returns fresh bytes: one allocation, one copy.
 * @throws {SeamlessError} `TOO_LARGE` if the platform has no typed array of that length.
 */
export function writeParts(parts: ArrayParts): Uint8Array<ArrayBuffer> {
  const [header, memory] = chunksOf(parts);
  const npy = allocate(header.length + memory.length);
  npy.set(header);
  npy.set(memory, header.length);
  return npy;
}

/** The same bytes in two chunks: the header, and the memory of the array itself. */
export function chunksOf({
  memory,
  dtype,
  shape,
  fortranOrder = false,
}: ArrayParts): readonly [Uint8Array, Uint8Array] {
  const isFortran = fortranOrder && isReallyFortran(shape, dtype.itemsize);
  return [writeHeader({ dtype, shape, fortranOrder: isFortran }), memory];
}

/** `\x93NUMPY` */
const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);

const ALIGNMENT = 64;

// The room that NumPy leaves for the axis along which an array could be extended in place.
const GROWTH_DIGITS = 21;

/** What a header says of an array. */
interface Header {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
}

/**
 * All that comes before the data of an `.npy`, as NumPy 2 writes it, byte for byte (`numpy.lib.format`): of version 1.0,
 * 2.0 if the text is too long for it, 3.0 if it needs UTF-8.
 *
 * @returns bytes whose number is a multiple of 64.
 */
function writeHeader({ dtype, shape, fortranOrder }: Header): Uint8Array {
  const text =
    `{'descr': ${showDescr(descrOf(dtype))}, 'fortran_order': ${fortranOrder ? "True" : "False"}, ` +
    `'shape': ${showShape(shape)}, }${growthRoom(shape, fortranOrder)}`;
  if (!/^[\0-\xff]*$/.test(text)) return assemble(3, new TextEncoder().encode(text));
  const latin1 = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return textLength(1, latin1) <= 0xffff ? assemble(1, latin1) : assemble(2, latin1);
}

/** Of the text with its padding: at least one space, always, and a newline. */
function textLength(version: 1 | 2 | 3, text: Uint8Array): number {
  const before = prefixLength(version) + text.length + 1;
  return text.length + 1 + ALIGNMENT - (before % ALIGNMENT);
}

function assemble(version: 1 | 2 | 3, text: Uint8Array): Uint8Array {
  const length = textLength(version, text);
  if (length > 0xffffffff) throw tooLargeError(`a header of ${length} bytes`, "4 GiB");
  const prefix = prefixLength(version);
  const header = new Uint8Array(prefix + length).fill(0x20);
  header.set(MAGIC);
  const view = new DataView(header.buffer);
  view.setUint16(MAGIC.length, version, true);
  if (version === 1) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  header.set(text, prefix);
  header[header.length - 1] = 0x0a;
  return header;
}

/** Bytes before the text: magic, version and length. */
function prefixLength(version: number): number {
  return version === 1 ? 10 : 12;
}

function growthRoom(shape: readonly number[], fortranOrder: boolean): string {
  const axis = shape.at(fortranOrder ? -1 : 0);
  return axis === undefined ? "" : " ".repeat(GROWTH_DIGITS - String(axis).length);
}

function showDescr(descr: Descr): string {
  if (typeof descr === "string") return pythonRepr(descr);
  if (isSubarray(descr)) return `(${showDescr(descr[0])}, ${showShape(descr[1])})`;
  const fields = descr.map(([name, type, shape]) => {
    return `(${pythonRepr(name)}, ${showDescr(type)}${shape === undefined ? "" : `, ${showShape(shape)}`})`;
  });
  return `[${fields.join(", ")}]`;
}

function showShape(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}
