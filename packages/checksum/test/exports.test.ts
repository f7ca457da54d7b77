import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as main from "../src/index.ts";
import * as node from "../src/node/index.ts";
import * as unsafe from "../src/unsafe.ts";
import { builtMain, builtNode, builtUnsafe } from "./support/built.ts";

// The public surface: whoever changes it says so here.
test("exports of @seamless/checksum", () => {
  expect(Object.keys(main).sort()).toMatchInlineSnapshot(`
    [
      "CacheMissError",
      "Checksum",
      "ProvenBytes",
      "ProvenDecoding",
      "SeamlessError",
      "compareIndexes",
      "copyInSlices",
      "createSha256",
      "currentRuntime",
      "hashInSlices",
      "inSlices",
      "installRuntime",
      "isNestedChecksum",
      "isSeamlessError",
      "parseIndex",
      "proveBytes",
      "proveDecoding",
      "proveInSlices",
      "readFileBytes",
      "serializeIndex",
      "sha256",
      "toNestedChecksum",
      "walkChecksums",
      "writeFileBytes",
    ]
  `);
});

test("exports of @seamless/checksum/unsafe", () => {
  expect(Object.keys(unsafe).sort()).toMatchInlineSnapshot(`
    [
      "createProver",
      "proveOwned",
      "proveOwnedInSlices",
      "readProven",
    ]
  `);
});

test("exports of @seamless/checksum/node", () => {
  expect(Object.keys(node).sort()).toMatchInlineSnapshot(`
    [
      "absolutePath",
      "checksumFile",
      "fileError",
      "findLeftovers",
      "hashFiles",
      "indexDirectory",
      "indexPaths",
      "linkAtomic",
      "makeFolder",
      "proveFileDecoding",
      "readIndex",
      "verifyDirectory",
      "writeAtomic",
      "writeIndex",
    ]
  `);
});

test("the build exports the same", () => {
  expect(Object.keys(builtMain).sort()).toEqual(Object.keys(main).sort());
  expect(Object.keys(builtNode).sort()).toEqual(Object.keys(node).sort());
  expect(Object.keys(builtUnsafe).sort()).toEqual(Object.keys(unsafe).sort());
});

test("the tables of the README name them all", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const rows = readme.split("\n").filter((line) => line.startsWith("| `"));
  const names = [...Object.keys(main), ...Object.keys(unsafe), ...Object.keys(node)];
  expect(names.filter((name) => !rows.some((row) => row.match(/\w+/g)!.includes(name)))).toEqual([]);
});
