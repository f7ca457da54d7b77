import { describe } from "@seamless/checksum";
import {
  type Dtype,
  type Field,
  MAX_ITEMSIZE,
  NUMERIC_SIZES,
  type PlainDtype,
  type PlainKind,
  type StructDtype,
} from "./dtype.ts";
import { byteLengthOf, checkAxes, type Refuse } from "./shape.ts";
import { parseTimeUnit } from "./time-unit.ts";

// Python reads no more than 200 open brackets: what is nested deeper could be written, but not read back. The header's
// own dict is one, a struct two, a sub-array within a sub-array one.
const MAX_BRACKETS = 200;

/**
 * Read a dtype in NumPy's notation, from a header or from a user.
 *
 * @param descr - Anything.
 * @throws what `refuse` makes: for objects (`|O`), titles, equal names, unknown types, absurd sizes and depths.
 */
export function parseDescr(descr: unknown, refuse: Refuse): Dtype {
  const dtype = parseAt(descr, refuse, 1);
  if (dtype.kind === "subarray") throw refuse("a sub-array is the type of a field, not of an array");
  return dtype;
}

function parseAt(descr: unknown, refuse: Refuse, brackets: number): Dtype {
  if (typeof descr === "string") return parseTypeString(descr, refuse);
  if (!Array.isArray(descr)) throw refuse(`a dtype is a string or a list of fields, not ${describe(descr)}`);
  if (brackets + 2 > MAX_BRACKETS) throw refuse("the dtype is nested too deeply");
  return isSubarray(descr)
    ? subarray(parseAt(descr[0], refuse, brackets + 1), descr[1], refuse)
    : parseStruct(descr, refuse, brackets + 2);
}

/** Fields begin with a name and are never empty, so a list of numbers in second place can only be a shape. */
function isSubarray(descr: readonly unknown[]): boolean {
  const [, shape] = descr;
  return descr.length === 2 && Array.isArray(shape) && shape.every((length) => typeof length === "number");
}

function parseTypeString(descr: string, refuse: Refuse): Dtype {
  const [, mark, letter = "", digits = "", unit = ""] = /^([<>|=]?)([a-zA-Z])(\d*)(.*)$/s.exec(descr) ?? [];
  if (letter === "O") throw refuse("arrays of Python objects are never read nor written");
  const littleEndian = mark !== ">";
  const size = digits.length > 10 ? Infinity : Number(digits);
  if (letter === "M" || letter === "m") {
    const parsed = parseTimeUnit(unit);
    if (size !== 8 || parsed === null) throw unknown(descr, refuse);
    return { kind: letter === "M" ? "datetime" : "timedelta", itemsize: 8, littleEndian, unit: parsed };
  }
  const kind = KINDS.get(letter);
  if (kind === undefined || unit !== "") throw unknown(descr, refuse);
  const sizes = NUMERIC_SIZES[kind];
  if (sizes !== undefined && !sizes.includes(size)) throw unknown(descr, refuse);
  const itemsize = kind === "string" ? size * 4 : size;
  if (itemsize > MAX_ITEMSIZE) throw refuse(`the elements of ${describe(descr)} have over ${MAX_ITEMSIZE} bytes`);
  return plain(kind, itemsize, littleEndian);
}

const KINDS: ReadonlyMap<string, PlainKind> = new Map<string, PlainKind>([
  ["b", "bool"],
  ["i", "int"],
  ["u", "uint"],
  ["f", "float"],
  ["c", "complex"],
  ["S", "bytes"],
  ["U", "string"],
  ["V", "void"],
]);

function plain(kind: PlainKind, itemsize: number, littleEndian: boolean): PlainDtype {
  const ordered = kind !== "bytes" && kind !== "void" && itemsize !== 1;
  return { kind, itemsize, littleEndian: littleEndian || !ordered };
}

function unknown(descr: string, refuse: Refuse): Error {
  return refuse(`${describe(descr)} is no dtype (such as "<f8", "|b1", "|S5", "<U3" or "<M8[ns]")`);
}

function parseStruct(descr: readonly unknown[], refuse: Refuse, brackets: number): StructDtype {
  const fields: Field[] = [];
  const names = new Set<string>();
  let itemsize = 0;
  for (const entry of descr) {
    const { name, dtype } = parseField(entry, refuse, brackets);
    if (!isPadding(name, dtype)) {
      if (names.has(name)) throw refuse(`two fields are called ${describe(name)}`);
      names.add(name);
      fields.push({ name, dtype, offset: itemsize });
    }
    itemsize += dtype.itemsize;
    if (itemsize > MAX_ITEMSIZE) throw refuse(`the elements have over ${MAX_ITEMSIZE} bytes`);
  }
  return { kind: "struct", itemsize, littleEndian: true, fields };
}

function parseField(entry: unknown, refuse: Refuse, brackets: number): { name: string; dtype: Dtype } {
  if (!Array.isArray(entry) || entry.length < 2 || entry.length > 3) {
    throw refuse(`a field is [name, descr] or [name, descr, shape], not ${describe(entry)}`);
  }
  const [name, descr, shape] = entry as unknown[];
  if (Array.isArray(name)) throw refuse("fields with titles are not supported");
  if (typeof name !== "string") throw refuse(`the name of a field is a string, not ${describe(name)}`);
  const dtype = parseAt(descr, refuse, brackets);
  return { name, dtype: entry.length === 3 ? subarray(dtype, shape, refuse) : dtype };
}

/** As NumPy decides it: to it, sub-arrays are void, whatever they hold. */
function isPadding(name: string, { kind }: Dtype): boolean {
  return name === "" && (kind === "void" || kind === "subarray");
}

function subarray(base: Dtype, given: unknown, refuse: Refuse): Dtype {
  const shape = checkAxes(typeof given === "number" ? [given] : given, refuse);
  if (shape.length === 0) return base;
  const itemsize = byteLengthOf(shape, base.itemsize, refuse);
  if (shape.some((length) => length > MAX_ITEMSIZE) || itemsize > MAX_ITEMSIZE) {
    throw refuse(`a sub-array of shape (${shape.join(", ")}) has over ${MAX_ITEMSIZE} bytes`);
  }
  return { kind: "subarray", itemsize, littleEndian: true, base, shape };
}
