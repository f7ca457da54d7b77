import { Float, type NdArray } from "@seamless/celltypes";
import { pythonFloat, pythonFloat16, pythonFloat32, pythonStr } from "@seamless/celltypes/numbers";
import { SeamlessError } from "@seamless/checksum";
import { bytesOf } from "./byte-array.ts";
import { elementsOf } from "./elements.ts";

/** A scalar as Python sees it. */
export interface Scalar {
  /** A whole float is a number here, as any other: `str` tells them apart. Bytes are text in UTF-8. */
  readonly value: boolean | number | bigint | string | Uint8Array;
  /** Python's `str()` of a number or boolean. */
  readonly str: string | undefined;
}

/** A scalar out of JSON that was read losslessly; `undefined` for null and containers. */
export function jsonScalar(value: unknown): Scalar | undefined {
  if (Float.isFloat(value)) return { value: value.value, str: pythonFloat(value.value) };
  switch (typeof value) {
    case "boolean":
    case "number":
    case "bigint":
      return { value, str: pythonStr(value) };
    case "string":
      return { value, str: undefined };
    default:
      return undefined;
  }
}

type Element = boolean | number | bigint | string;

/** NumPy's letter of a kind of elements, with the size where it counts → the scalar. What is missing here has none. */
const ELEMENTS: Readonly<Record<string, (array: NdArray) => Scalar>> = {
  b: (array) => element(array, (value) => pythonStr(value as boolean)),
  i: (array) => element(array, String),
  u: (array) => element(array, String),
  f2: (array) => element(array, (value) => pythonFloat16(value as number)),
  f4: (array) => element(array, (value) => pythonFloat32(value as number)),
  f8: (array) => element(array, (value) => pythonFloat(value as number)),
  S: (array) => ({ value: stripNuls(bytesOf(array)), str: undefined }),
  U: (array) => ({ value: array.toArray() as string, str: undefined }),
};

/**
 * The one element of a zero-dimensional array.
 *
 * @throws {SeamlessError} `INVALID_BUFFER` if it has axes, or elements that are neither booleans, real numbers nor strings.
 */
export function arrayScalar(array: NdArray): Scalar {
  const { descr, shape } = array;
  if (shape.length > 0) throw notOne(`an array of shape (${shape.join(", ")})`);
  const [, letter = "", size = ""] = typeof descr === "string" ? (/^[<>|]([a-zA-Z])(\d*)/.exec(descr) ?? []) : [];
  const read = ELEMENTS[letter] ?? ELEMENTS[letter + size];
  if (read === undefined) throw notOne(`an array of ${elementsOf(array)}`);
  return read(array);
}

/** The error for what is no scalar. */
export function notOne(found: string): SeamlessError {
  return new SeamlessError("INVALID_BUFFER", `${found} is not one boolean, number or string`);
}

function element(array: NdArray, str: (value: Element) => string): Scalar {
  const value = array.toArray() as Element;
  return { value, str: str(value) };
}

function stripNuls(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}
