import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as main from "../src/index.ts";
import * as node from "../src/node/index.ts";
import * as suite from "../src/suite/index.ts";

// The public surface: whoever changes it says so here.
test("exports of @seamless/cache", () => {
  expect(Object.keys(main).sort()).toMatchInlineSnapshot(`
    [
      "BackgroundWriter",
      "BufferCache",
      "CacheRuntime",
      "Fingertipper",
      "Resolver",
      "Transformation",
      "Transformations",
      "closeLimit",
      "createRuntime",
      "defaultCosts",
      "getFrom",
      "installRuntime",
      "joinPieces",
      "lengthOf",
      "manualClock",
      "memoryRecord",
      "memoryStore",
      "mismatch",
      "onAbort",
      "platformTimers",
      "proveVerified",
      "putTo",
      "requireWritable",
      "streamPieces",
      "systemClock",
      "trivialBuffer",
      "untilAborted",
      "verifiedPieces",
      "verifiedStream",
      "verifyBytes",
      "verifyInSlices",
      "withProofs",
    ]
  `);
});

test("exports of @seamless/cache/node", () => {
  expect(Object.keys(node).sort()).toMatchInlineSnapshot(`
    [
      "openDirectoryRecord",
    ]
  `);
});

test("exports of @seamless/cache/suite", () => {
  expect(Object.keys(suite).sort()).toMatchInlineSnapshot(`
    [
      "storeSuite",
    ]
  `);
});

test("the README names them all", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const names = [...Object.keys(main), ...Object.keys(node), ...Object.keys(suite)];
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(readme))).toEqual([]);
});
