import { expect, test } from "vitest";
import * as code from "../src/code-support.ts";
import * as index from "../src/index.ts";
import * as npy from "../src/npy.ts";
import * as numbers from "../src/numbers/notation.ts";
import * as plain from "../src/plain.ts";
import * as yaml from "../src/yaml/index.ts";

test("names that each entry exports", () => {
  const entries = { ".": index, "./npy": npy, "./plain": plain, "./numbers": numbers, "./yaml": yaml, "./code": code };
  const names = Object.entries(entries).map(([entry, module]) => [entry, Object.keys(module).sort()]);
  expect(Object.fromEntries(names)).toMatchInlineSnapshot(`
    {
      ".": [
        "Buffer",
        "CELLTYPES",
        "Float",
        "NdArray",
        "defaultMaxBytes",
        "loadCodeSupport",
        "parse",
        "serialize",
      ],
      "./code": [
        "codeSupport",
        "loadCodeSupport",
      ],
      "./npy": [
        "npyChunks",
        "parseNpy",
        "serializeNpy",
      ],
      "./numbers": [
        "orjsonFloat",
        "pythonFloat",
        "pythonFloat16",
        "pythonFloat32",
        "pythonStr",
        "shortestHalf",
        "shortestSingle",
      ],
      "./plain": [
        "Float",
        "parsePlain",
        "serializePlain",
      ],
      "./yaml": [
        "YamlDate",
        "YamlPairs",
        "YamlSet",
        "YamlSurrogates",
        "parseYaml",
        "parseYamlParts",
        "yamlToJson",
      ],
    }
  `);
});
