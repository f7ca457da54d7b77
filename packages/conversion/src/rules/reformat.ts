import { type Celltype, NdArray, parse, serialize } from "@seamless/celltypes";
import { codeSupport } from "@seamless/celltypes/code";
import { parseYaml, yamlToJson } from "@seamless/celltypes/yaml";
import { SeamlessError } from "@seamless/checksum";
import { bytesOf, isByteArray, writeByteArray } from "./byte-array.ts";
import { reads } from "./reads.ts";
import { fromBuffer, type RuleTable } from "./rule.ts";

/** The value stays, its form changes. */
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
    // A few lines of aliases stand for any number of values: writing ends where it becomes too much.
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

/** Is it an `.npy`, and not one of null's two buffers, which are shorter? Bytes that spell null are bytes as any other. */
function isArray(bytes: Uint8Array): boolean {
  return bytes.length > "null\n".length && reads(bytes, "binary");
}

/** Arrays of NumPy's `S` hold bytes; everything else stays, if it is of the source at all. */
function arrayToBytes(source: "binary" | "mixed") {
  return fromBuffer((bytes) => {
    const value = parse(bytes, source);
    return NdArray.isNdArray(value) && isByteArray(value) ? bytesOf(value) : undefined;
  });
}

/** The value read as the one, written as the other. */
function rewrite(source: Celltype, target: Celltype) {
  return fromBuffer((bytes) => serialize(parse(bytes, source), target));
}
