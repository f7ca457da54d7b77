import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as housekeeping from "../src/housekeeping/index.ts";
import * as main from "../src/index.ts";
import * as suite from "../src/suite/index.ts";

// The public surface: whoever changes it says so here.
test("exports of @seamless/store", () => {
  expect(Object.keys(main).sort()).toMatchInlineSnapshot(`
    [
      "chunkStream",
      "getFrom",
      "isLasting",
      "joinChunks",
      "lengthOf",
      "manualClock",
      "memoryStore",
      "mismatchError",
      "proveVerified",
      "putTo",
      "reportProgress",
      "requireOffset",
      "requireWritable",
      "resumedChunks",
      "streamChunks",
      "systemClock",
      "verifiedChunks",
      "verifiedStream",
      "verifyInSlices",
      "withProgress",
      "withProofs",
    ]
  `);
});

test("exports of @seamless/store/housekeeping", () => {
  expect(Object.keys(housekeeping).sort()).toMatchInlineSnapshot(`
    [
      "collectGarbage",
      "copyBuffers",
      "storeUsage",
      "syncStores",
    ]
  `);
});

test("exports of @seamless/store/suite", () => {
  expect(Object.keys(suite).sort()).toMatchInlineSnapshot(`
    [
      "storeSuite",
    ]
  `);
});

test("the README names them all", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const names = [...Object.keys(main), ...Object.keys(housekeeping), ...Object.keys(suite)];
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(readme))).toEqual([]);
});
