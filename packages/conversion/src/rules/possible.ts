import { NdArray, parse, serialize } from "@seamless/celltypes";
import { fromBuffer, type RuleTable } from "./rule.ts";
import { arrayScalar, jsonScalar, notOne, type Scalar } from "./scalar.ts";

type Target = "str" | "int" | "float" | "bool";

/**
 * Python's `str`, `int`, `float` and `bool` of a scalar. Writing does what the first three do with numbers and text, but
 * `str` of a number depends on its type; and text is not written as `bool`, though Python takes it for true unless empty.
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

/** One scalar becomes another, where Python can. */
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
    if (scalar === undefined) throw notOne(Array.isArray(value) ? "a list" : "a dict");
    return WRITERS[target](scalar);
  });
}
