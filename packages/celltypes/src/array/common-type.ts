import { invalidValue, type ValuePath } from "../errors.ts";
import { isInteger } from "../numbers/python.ts";
import type { Float } from "../values/float.ts";

/** What a leaf of nested lists can be. */
export type Scalar = boolean | number | bigint | string | Float;

/** The type of all elements together; strings have a width, in code points. */
export type CommonType =
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
export function commonType() {
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
  throw invalidValue("an integer over 64 bits has no place in an array", path);
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
