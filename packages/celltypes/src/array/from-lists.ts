import { describe } from "@seamless/internal/text";
import { checkSize, defaultMaxBytes, invalidValueError, tooLargeError, type ValuePath } from "../errors.ts";
import { pythonStr } from "../numbers/notation.ts";
import { Float, isInteger, KIND_NAMES, kindOf } from "../values.ts";
import { MAX_ITEMSIZE } from "./dtype.ts";
import type { ArrayParts } from "./memory.ts";
import { allocate, MAX_AXES, product } from "./shape.ts";

// Lists of so many different elements fit no memory; but a few lists, each there many times, can claim to be more, and
// would be walked for days.
const MAX_ELEMENTS = 2 ** 32;

/**
 * The array that `np.array` makes of a scalar or of nested lists of scalars, in C order.
 *
 * @param maxBytes - How large an array of strings may be; by default in proportion to what they hold.
 * @throws {SeamlessError} `INVALID_VALUE` with the path to what has no place in an array, `TOO_LARGE`.
 */
export function arrayFromLists(value: unknown, maxBytes: number | undefined): ArrayParts {
  const shape = shapeOf(value);
  if (product(shape.filter((length) => length > 0)) > MAX_ELEMENTS) {
    throw tooLargeError(`nested lists of ${shape.join(" × ")} elements`, `${MAX_ELEMENTS}`);
  }
  checkLists(value, shape, 0, []);
  const size = product(shape);
  const numbers = numbersFromLists(value, shape, size);
  if (numbers !== undefined) return { ...numbers, shape };
  const types = commonType();
  eachScalar(value, shape, 0, [], (scalar, path) => types.add(scalar, path));
  const type = types.result();
  if (type.kind === "string") {
    // One long string among many short ones makes all of them long.
    const limit = maxBytes ?? defaultMaxBytes(size * 8 + types.characters());
    checkSize(size * type.width * 4, limit, `an array of ${size} strings as wide as the longest`);
  }
  return { ...write(value, shape, size, type), shape };
}

/** Of the first list at each level; whether the others agree is checked next. */
function shapeOf(value: unknown): number[] {
  const shape: number[] = [];
  for (let at = value; Array.isArray(at); at = at[0]) {
    if (shape.length === MAX_AXES)
      throw invalidValueError(`an array has at most ${MAX_AXES} axes (or is the list cyclic?)`);
    shape.push(at.length);
    if (at.length === 0) break;
  }
  return shape;
}

/** Lists only, before memory is allocated for what they promise to hold. */
function checkLists(value: unknown, shape: readonly number[], axis: number, path: (string | number)[]): void {
  if (axis === shape.length) return;
  if (!Array.isArray(value)) throw misfitError(value, path);
  if (value.length !== shape[axis]) {
    throw invalidValueError(`a list of ${value.length} beside one of ${shape[axis]} makes no array`, path);
  }
  if (axis + 1 === shape.length) return;
  for (let i = 0; i < value.length; i++) {
    path.push(i);
    checkLists(value[i], shape, axis + 1, path);
    path.pop();
  }
}

/**
 * The common case, in one pass: numbers alone. A float anywhere makes all of them floats.
 *
 * @returns `undefined` if there is anything else.
 */
function numbersFromLists(value: unknown, shape: readonly number[], size: number) {
  const memory = allocate(size * 8);
  const numbers = new Float64Array(memory.buffer);
  let integers = size > 0;
  let at = 0;
  const fill = (list: readonly unknown[]): boolean => {
    let i = 0;
    for (; integers && i < list.length; i++) {
      const number = list[i];
      if (typeof number !== "number") return false;
      integers = isInteger(number);
      numbers[at++] = number;
    }
    for (; i < list.length; i++) {
      const number = list[i];
      if (typeof number !== "number") return false;
      numbers[at++] = number;
    }
    return true;
  };
  const level = (list: readonly unknown[], axis: number): boolean =>
    axis + 1 === shape.length ? fill(list) : list.every((item) => level(item as readonly unknown[], axis + 1));
  const done = shape.length === 0 ? fill([value]) : level(value as readonly unknown[], 0);
  if (!done) return undefined;
  if (integers) toIntegers(numbers);
  return { memory, dtype: { kind: integers ? "int" : "float", itemsize: 8, littleEndian: true } as const };
}

/** In place: safe integers, as floats, become int64. Several times as fast as through bigints. */
function toIntegers(numbers: Float64Array): void {
  const halves = new Uint32Array(numbers.buffer);
  for (let i = 0; i < numbers.length; i++) {
    const integer = numbers[i]!;
    halves[2 * i] = integer;
    halves[2 * i + 1] = Math.floor(integer / 2 ** 32);
  }
}

type Visit = (scalar: Scalar, path: ValuePath) => void;

function eachScalar(
  value: unknown,
  shape: readonly number[],
  axis: number,
  path: (string | number)[],
  visit: Visit,
): void {
  if (axis < shape.length) {
    const list = value as readonly unknown[];
    for (let i = 0; i < list.length; i++) {
      path.push(i);
      eachScalar(list[i], shape, axis + 1, path, visit);
      path.pop();
    }
  } else if (isScalar(value)) visit(value, path);
  else throw misfitError(value, path);
}

function isScalar(value: unknown): value is Scalar {
  const type = typeof value;
  return type === "number" || type === "string" || type === "boolean" || type === "bigint" || Float.isFloat(value);
}

function misfitError(value: unknown, path: ValuePath): Error {
  if (Array.isArray(value)) return invalidValueError("a list beside a single value makes no array", path);
  if (isScalar(value)) return invalidValueError("a single value beside a list makes no array", path);
  const kind = kindOf(value);
  return invalidValueError(`${kind === undefined ? describe(value) : KIND_NAMES[kind]} has no place in an array`, path);
}

function write(value: unknown, shape: readonly number[], size: number, type: CommonType) {
  const itemsize = type.kind === "string" ? type.width * 4 : type.kind === "bool" ? 1 : 8;
  if (itemsize > MAX_ITEMSIZE) throw tooLargeError(`a string of ${itemsize / 4} characters`, `${MAX_ITEMSIZE / 4}`);
  const memory = allocate(size * itemsize);
  const put = WRITERS[type.kind](memory.buffer, itemsize);
  let i = 0;
  eachScalar(value, shape, 0, [], (scalar) => put(scalar, i++));
  return { memory, dtype: { kind: type.kind, itemsize, littleEndian: true } };
}

type Put = (scalar: Scalar, index: number) => void;

const WRITERS: Readonly<Record<CommonType["kind"], (buffer: ArrayBuffer, itemsize: number) => Put>> = {
  bool(buffer) {
    const out = new Uint8Array(buffer);
    return (scalar, i) => {
      out[i] = Number(scalar);
    };
  },
  int(buffer) {
    const out = new BigInt64Array(buffer);
    return (scalar, i) => {
      out[i] = BigInt(scalar as number | bigint | boolean);
    };
  },
  uint(buffer) {
    const out = new BigUint64Array(buffer);
    return (scalar, i) => {
      out[i] = BigInt(scalar as number | bigint | boolean);
    };
  },
  float(buffer) {
    const out = new Float64Array(buffer);
    return (scalar, i) => {
      out[i] = Number(scalar);
    };
  },
  string(buffer, itemsize) {
    const out = new Uint32Array(buffer);
    return (scalar, i) => {
      let at = (i * itemsize) / 4;
      for (const character of typeof scalar === "string" ? scalar : pythonStr(scalar)) {
        out[at++] = character.codePointAt(0)!;
      }
    };
  },
};

/** What a leaf of nested lists can be. */
type Scalar = boolean | number | bigint | string | Float;

/** The type of all elements together; strings have a width, in code points. */
type CommonType =
  | { readonly kind: "bool" | "int" | "uint" | "float" }
  | { readonly kind: "string"; readonly width: number };

type NumberKind = "bool" | "int" | "uint" | "float";

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** Characters that NumPy reserves for any value of a type, written as Python's `str()`. */
const TEXT_WIDTHS: Readonly<Record<NumberKind, number>> = { bool: 5, int: 21, uint: 20, float: 32 };

/**
 * Finds the type that `np.array` gives to scalars, one by one as NumPy does: the order counts in one case, numbers from
 * 2^63 up and below, beside strings, which together are floats only where no string came between them.
 */
function commonType() {
  let numbers: NumberKind | undefined;
  let width: number | undefined;
  let characters = 0;
  return {
    /**
     * @param path - To the scalar, for the error.
     * @throws {SeamlessError} `INVALID_VALUE` for an integer over 64 bits.
     */
    add(scalar: Scalar, path: ValuePath): void {
      if (typeof scalar === "string") {
        characters += scalar.length;
        // From here on all are text, each as wide as its own type asks for.
        width = Math.max(width ?? (numbers === undefined ? 1 : TEXT_WIDTHS[numbers]), countCodePoints(scalar));
        return;
      }
      const kind = numberKind(scalar, path);
      if (width !== undefined) width = Math.max(width, TEXT_WIDTHS[kind]);
      else numbers = numbers === undefined ? kind : promote(numbers, kind);
    },

    /** In all strings. */
    characters(): number {
      return characters;
    },

    /** Of no elements at all: float. */
    result(): CommonType {
      return width === undefined ? { kind: numbers ?? "float" } : { kind: "string", width };
    },
  };
}

function numberKind(scalar: Exclude<Scalar, string>, path: ValuePath): NumberKind {
  if (typeof scalar === "boolean") return "bool";
  if (typeof scalar === "number") return isInteger(scalar) ? "int" : "float";
  if (typeof scalar !== "bigint") return "float";
  if (scalar >= INT64_MIN && scalar <= INT64_MAX) return "int";
  if (scalar > INT64_MAX && scalar <= UINT64_MAX) return "uint";
  throw invalidValueError("an integer over 64 bits has no place in an array", path);
}

/** No integer type holds all of int64 and uint64: NumPy takes floats then, which are not exact. */
function promote(a: NumberKind, b: NumberKind): NumberKind {
  if (a === b || b === "bool") return a;
  return a === "bool" ? b : "float";
}

function countCodePoints(text: string): number {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    const isPair = (text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800;
    if (isPair) count--;
  }
  return count;
}
