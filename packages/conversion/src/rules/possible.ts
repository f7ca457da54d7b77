import { Float, NdArray, parse, serialize } from "@seamless/celltypes";
import { pythonFloat, pythonFloat16, pythonFloat32, pythonStr } from "@seamless/celltypes/numbers";
import { SeamlessError } from "@seamless/checksum";
import { elementsOf } from "./array-json.ts";
import { fromBuffer, type RuleTable } from "./rule.ts";

type Target = "str" | "int" | "float" | "bool";

/**
 * Python's `str()`, `int()`, `float()` and `bool()` of a scalar. `serialize` does what the first three do with numbers and
 * text, except that `str()` of a number depends on its type; and it writes no text as `bool`, which Python takes for true
 * unless it is empty.
 */
const WRITERS: Readonly<Record<Target, (scalar: Scalar) => Uint8Array>> = {
  str: ({ value, str }) => serialize(str ?? value, "str"),
  int: ({ value }) => serialize(value, "int"),
  float: ({ value }) => serialize(value, "float"),
  bool: ({ value }) => {
    const isText = typeof value === "string" || value instanceof Uint8Array;
    return serialize(isText ? value.length > 0 : value, "bool");
  },
};

/** Converts a scalar to another one, where Python can. */
export const POSSIBLE: RuleTable = {
  binary: { int: binaryTo("int"), float: binaryTo("float"), bool: binaryTo("bool") },
  mixed: { str: mixedTo("str"), int: mixedTo("int"), float: mixedTo("float"), bool: mixedTo("bool") },
};

function binaryTo(target: Target) {
  return fromBuffer((bytes) => {
    const array = parse(bytes, "binary");
    return array === null ? undefined : WRITERS[target](arrayScalar(array));
  });
}

function mixedTo(target: Target) {
  return fromBuffer((bytes) => {
    const value = parse(bytes, "mixed", { lossless: true });
    if (value === null) return undefined;
    const scalar = NdArray.isNdArray(value) ? arrayScalar(value) : jsonScalar(value);
    if (scalar === undefined) throw notScalarError(Array.isArray(value) ? "a list" : "a dict");
    return WRITERS[target](scalar);
  });
}

/** A scalar as Python sees it. */
interface Scalar {
  /** Whole floats are numbers like integers; `str` tells them apart. Bytes are text in UTF-8. */
  readonly value: boolean | number | bigint | string | Uint8Array;
  /** Python's `str()` of a number or boolean. */
  readonly str: string | undefined;
}

/** The scalar of a JSON value that was read losslessly; `undefined` for null, lists and dicts. */
function jsonScalar(value: unknown): Scalar | undefined {
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

/** NumPy's letter of a type, with the size of floats → the scalar of an element. Other types have none. */
const ELEMENTS: Readonly<Record<string, (array: NdArray) => Scalar>> = {
  b: (array) => element(array, (value) => pythonStr(value as boolean)),
  i: (array) => element(array, String),
  u: (array) => element(array, String),
  f2: (array) => element(array, (value) => pythonFloat16(value as number)),
  f4: (array) => element(array, (value) => pythonFloat32(value as number)),
  f8: (array) => element(array, (value) => pythonFloat(value as number)),
  S: (array) => ({ value: stripNuls(array.bytes()), str: undefined }),
  U: (array) => ({ value: array.toArray() as string, str: undefined }),
};

/**
 * The only element of a zero-dimensional array.
 *
 * @throws {SeamlessError} `INVALID_BUFFER` if it has axes, or its element is not a boolean, a real number or a string.
 */
function arrayScalar(array: NdArray): Scalar {
  const { descr, shape } = array;
  if (shape.length > 0) throw notScalarError(`an array of shape (${shape.join(", ")})`);
  const [, letter = "", size = ""] = typeof descr === "string" ? (/^[<>|]([a-zA-Z])(\d*)/.exec(descr) ?? []) : [];
  const read = ELEMENTS[letter] ?? ELEMENTS[letter + size];
  if (read === undefined) throw notScalarError(`an array of ${elementsOf(array)}`);
  return read(array);
}

function notScalarError(found: string): SeamlessError {
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
