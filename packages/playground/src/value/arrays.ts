import { NdArray } from "@seamless/celltypes";
import { elementWriter, showType } from "./show.ts";

/** A way to look at an array. */
export type ArrayView = "table" | "line" | "heat map" | "picture";

/** What is told of an array before it is looked at. */
export interface ArrayShown {
  readonly type: string;
  readonly shape: readonly number[];
  readonly size: number;
  /** That suit its type and shape, the one that suits best first. */
  readonly views: readonly ArrayView[];
}

/** Numbers: `f16` and `c` have no plots. */
const NUMERIC = /^[<>|](?:b1|[iu][1248]|f[248])$/;
const CHANNELS: ReadonlySet<number> = new Set([3, 4]);
/** Bytes are a picture's; floats may be, from 0 to 1. */
const PICTURE = /^[<>|](?:u1|u2|f[248])$/;
const FLOAT = /f[248]$/;

export function describeArray(array: NdArray): ArrayShown {
  const { descr, shape, size } = array;
  const views: ArrayView[] = ["table"];
  if (typeof descr === "string" && NUMERIC.test(descr) && size > 1) {
    const [height = 0, width = 0, channels = 0] = shape;
    if (shape.length === 1) views.unshift("line");
    if (shape.length === 2) {
      if (Math.min(height, width) === 1) views.unshift("line");
      else views.unshift("heat map");
    }
    if (shape.length === 3 && CHANNELS.has(channels) && Math.min(height, width) > 1 && PICTURE.test(descr)) {
      // Measurements of the same shape are no picture, but may be looked at as one.
      if (FLOAT.test(descr) && !isLight(array)) views.push("picture");
      else views.unshift("picture");
    }
  }
  return { type: showType({ descr, shape }), shape, size, views };
}

/** Which part of an array is shown as a table: its last two axes, of one axis a column, at an index of the others. */
export interface Window {
  /** Indexes of the axes before the last two. */
  readonly leading: readonly number[];
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

export interface ArrayTable {
  /** In all. */
  readonly rowCount: number;
  readonly columnCount: number;
  /** Of the columns that are shown: names of fields, or indexes. */
  readonly head: readonly string[];
  readonly cells: readonly (readonly string[])[];
}

/** @throws {SeamlessError} `UNSUPPORTED` for long doubles, `INVALID_VALUE` for strings that are none. */
export function tableOf(array: NdArray, window: Window): ArrayTable {
  const { descr, shape } = array;
  const write = elementWriter(descr);
  const fields = typeof descr !== "string" && shape.length <= 1 ? namesOf(descr) : undefined;
  const rowCount = shape.length < 2 ? array.size : shape.at(-2)!;
  const lastAxis = shape.length < 2 ? 1 : shape.at(-1)!;
  const columnCount = fields?.length ?? lastAxis;
  const rows = Math.max(0, Math.min(window.rows, rowCount - window.row));
  const columns = Math.max(0, Math.min(window.columns, columnCount - window.column));
  const before = shape.slice(0, -2).reduce((at, length, axis) => at * length + (window.leading[axis] ?? 0), 0);
  const cells = Array.from({ length: rows }, (_, i) => {
    const start = (before * rowCount + window.row + i) * lastAxis;
    if (fields === undefined) return elementsOf(array, start + window.column, columns).map(write);
    const [record] = elementsOf(array, start, 1) as [Readonly<Record<string, unknown>>];
    return fields.slice(window.column, window.column + columns).map((name) => write(record[name]));
  });
  const head = Array.from({ length: columns }, (_, i) => fields?.[window.column + i] ?? String(window.column + i));
  return { rowCount, columnCount, head, cells };
}

function namesOf(descr: Exclude<NdArray["descr"], string>): readonly string[] {
  return descr.flatMap((field) =>
    Array.isArray(field) && typeof field[0] === "string" && field[0] !== "" ? [field[0]] : [],
  );
}

/** Elements that are looked at to tell a picture, however many there are. */
const LOOKED_AT = 2 ** 18;
/** As many of them lie together. */
const RUN = 2 ** 12;

/** Do the floats go from 0 to 1? Of many, some from all over the array are asked. */
function isLight(array: NdArray): boolean {
  const stride = RUN * Math.max(1, Math.ceil(array.size / LOOKED_AT));
  for (let start = 0; start < array.size; start += stride) {
    const run = elementsOf(array, start, Math.min(RUN, array.size - start)) as readonly number[];
    if (!run.every((value) => value >= 0 && value <= 1)) return false;
  }
  return true;
}

/** Some elements from one on, in C order. */
function elementsOf(array: NdArray, start: number, count: number): readonly unknown[] {
  const { descr, itemsize } = array;
  const bytes = bytesOf(array).subarray(start * itemsize, (start + count) * itemsize);
  return new NdArray(bytes, { descr, shape: [count] }).toArray() as unknown[];
}

/** An array in Fortran order is copied once, not for each table. */
const inCOrder = new WeakMap<NdArray, Uint8Array>();

function bytesOf(array: NdArray): Uint8Array {
  const bytes = inCOrder.get(array) ?? array.bytes();
  inCOrder.set(array, bytes);
  return bytes;
}

/** Numbers of elements that are read at a time where they have no typed array. */
const PART = 65_536;

/**
 * The elements as numbers, in C order.
 *
 * @throws {Error} if they are none.
 */
export function numbersOf(array: NdArray): ArrayLike<number> {
  const typed = array.typedArray();
  if (typed !== undefined && !(typed instanceof BigInt64Array) && !(typed instanceof BigUint64Array)) return typed;
  if (array.descr === "|b1") return array.bytes();
  const numbers = new Float64Array(array.size);
  for (let start = 0; start < array.size; start += PART) {
    elementsOf(array, start, Math.min(PART, array.size - start)).forEach((element, i) => {
      numbers[start + i] = Number(element);
    });
  }
  return numbers;
}
