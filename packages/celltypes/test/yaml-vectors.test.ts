import { isSeamlessError } from "@seamless/checksum";
import { describe, expect, test } from "vitest";
import { writePlainJson } from "../src/codecs/plain.ts";
import { decodeUtf8 } from "../src/text.ts";
import { parseYaml, yamlToJson } from "../src/yaml/index.ts";
import { base64, toBase64 } from "./support/notation.ts";
import { type ParseRow, readVectors } from "./support/rows.ts";

interface ConvertRow {
  readonly id: number;
  readonly bytes: string;
  readonly result: "same" | "new" | "error";
  readonly new?: string;
}

const textOf = (bytes: string) => decodeUtf8(base64(bytes)).replace(/\n+$/, "");
const parseRows = readVectors<ParseRow>("parse.jsonl").filter(({ celltype }) => celltype === "yaml");
/** Made with PyYAML: everyday forms, forms that it reads and few others, and random structures. */
const CONVERT_FILES = ["yaml-to-plain.jsonl", "yaml-rare.jsonl", "yaml-structure.jsonl"];

describe(`${parseRows.length} vectors: does it load?`, () => {
  test.each(parseRows)("$id", ({ bytes, error }) => {
    expect(outcome(() => void parseYaml(textOf(bytes)))).toBe(error ? "error" : undefined);
  });
});

describe.each(CONVERT_FILES)("%s: its JSON", (file) => {
  test.each(readVectors<ConvertRow>(file))("$id", (row) => {
    const plain = outcome(() => toBase64(writePlainJson(yamlToJson(parseYaml(textOf(row.bytes))))));
    expect(plain).toBe({ same: row.bytes, new: row.new, error: "error" }[row.result]);
  });
});

/** What the work returns; only our own errors count as one. */
function outcome<T>(work: () => T): T | "error" {
  try {
    return work();
  } catch (error) {
    if (!isSeamlessError(error)) throw error;
    return "error";
  }
}
