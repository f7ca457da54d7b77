import { expect, test } from "vitest";
import * as main from "../src/index.ts";
import * as node from "../src/node/index.ts";
import { builtMain, builtNode } from "./support/built.ts";

// The public surface: whoever changes it says so here.
test("exports of @seamless/checksum", () => {
  expect(Object.keys(main).sort()).toMatchInlineSnapshot(`
    [
      "CacheMissError",
      "Checksum",
      "SeamlessError",
      "asBytes",
      "compareCodePoints",
      "createSha256",
      "currentRuntime",
      "describe",
      "hasLoneSurrogate",
      "installRuntime",
      "isNestedChecksum",
      "isSeamlessError",
      "parseIndex",
      "requireRuntime",
      "serializeIndex",
      "sha256",
      "toNestedChecksum",
      "walkChecksums",
    ]
  `);
});

test("exports of @seamless/checksum/node", () => {
  expect(Object.keys(node).sort()).toMatchInlineSnapshot(`
    [
      "checksumFile",
      "fileError",
      "indexDirectory",
      "indexPaths",
      "isTemporaryFor",
      "readIndex",
      "showPath",
      "verifyDirectory",
      "writeAtomic",
      "writeIndex",
    ]
  `);
});

test("the build exports the same", () => {
  expect(Object.keys(builtMain).sort()).toEqual(Object.keys(main).sort());
  expect(Object.keys(builtNode).sort()).toEqual(Object.keys(node).sort());
});
