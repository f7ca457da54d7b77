import { type Descr, descrOf } from "../array/descr.ts";
import type { Dtype } from "../array/dtype.ts";
import { tooLarge } from "../errors.ts";
import { pythonRepr } from "./repr.ts";

/** `\x93NUMPY` */
export const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);

const ALIGNMENT = 64;

// The room that NumPy leaves for the axis along which an array could be extended in place.
const GROWTH_DIGITS = 21;

/** What a header says of an array. */
export interface Header {
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
export function writeHeader({ dtype, shape, fortranOrder }: Header): Uint8Array {
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
  if (length > 0xffffffff) throw tooLarge(`a header of ${length} bytes`, "4 GiB");
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
export function prefixLength(version: number): number {
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

/** A field begins with its name, and its second part is never a list of numbers. */
function isSubarray(descr: Exclude<Descr, string>): descr is readonly [Descr, readonly number[]] {
  const second = descr[1];
  return descr.length === 2 && Array.isArray(second) && second.every((part) => typeof part === "number");
}

function showShape(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}
