import { type Celltype, NdArray, parse, serialize } from "@seamless/celltypes";
import { codeSupport } from "@seamless/celltypes/code";
import { parseYaml, yamlToJson } from "@seamless/celltypes/yaml";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { fromBuffer, type RuleTable } from "./rule.ts";

/** Writes the same value in another form. */
export const REFORMAT: RuleTable = {
  bytes: {
    binary: fromBuffer((bytes) => (isArray(bytes) ? undefined : writeByteArray(bytes))),
    mixed: fromBuffer((bytes) => {
      if (reads(bytes, "mixed")) return undefined;
      return reads(bytes, "text") ? serialize(parse(bytes, "text"), "str") : writeByteArray(bytes);
    }),
  },
  binary: { bytes: arrayToBytes("binary") },
  mixed: { bytes: arrayToBytes("mixed") },
  plain: {
    text: fromBuffer((bytes) => {
      const value = parse(bytes, "plain");
      return typeof value === "string" ? serialize(value, "text") : undefined;
    }),
  },
  text: {
    plain: fromBuffer((bytes) => (reads(bytes, "plain") ? undefined : serialize(parse(bytes, "text"), "plain"))),
    str: rewrite("text", "str"),
  },
  str: { text: rewrite("str", "text") },
  yaml: {
    // A few lines with aliases can stand for any number of values: writing stops at the limit.
    plain: fromBuffer((bytes, maxBytes) =>
      serialize(yamlToJson(parseYaml(parse(bytes, "text"))), "plain", { maxBytes }),
    ),
  },
  ipython: {
    python: fromBuffer((bytes) => {
      const { ipythonToPython, isValidPython } = codeSupport("ipython");
      const python = ipythonToPython(parse(bytes, "text"));
      if (isValidPython(python)) return serialize(python, "python");
      throw new SeamlessError("INVALID_BUFFER", "this does not convert to valid Python");
    }),
  },
};

/** Is it an `.npy`? Reading as `binary` also accepts the two buffers of null; but as bytes they are nothing special. */
function isArray(bytes: Uint8Array): boolean {
  return bytes.length > "null\n".length && reads(bytes, "binary");
}

/**
 * Does a buffer parse as a celltype?
 *
 * @throws {SeamlessError} any error but `INVALID_BUFFER`. A limit of the platform says nothing about the buffer, which
 *   another one may read.
 */
function reads(bytes: Uint8Array, celltype: Celltype): boolean {
  try {
    parse(bytes, celltype);
    return true;
  } catch (error) {
    if (isSeamlessError(error, "INVALID_BUFFER")) return false;
    throw error;
  }
}

/** Arrays of NumPy's `S` type become the bytes of their elements, padding included. Any other buffer stays as it is. */
function arrayToBytes(source: "binary" | "mixed") {
  return fromBuffer((bytes) => {
    const value = parse(bytes, source);
    return NdArray.isNdArray(value) && hasBytes(value) ? value.bytes().slice() : undefined;
  });
}

function hasBytes({ descr }: NdArray): boolean {
  return typeof descr === "string" && descr.startsWith("|S");
}

/** Writes a zero-dimensional `S` array. NumPy has none of width 0, so no bytes become an array without elements. */
function writeByteArray(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const array = length === 0 ? { descr: "|S1", shape: [0] } : { descr: `|S${length}`, shape: [] };
  return serialize(new NdArray(bytes, array), "binary");
}

/** Reads the value as one celltype, and writes it as the other. */
function rewrite(source: Celltype, target: Celltype) {
  return fromBuffer((bytes) => serialize(parse(bytes, source), target));
}
