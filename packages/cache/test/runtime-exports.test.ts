import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as main from "../src/index.ts";
import * as node from "../src/node/index.ts";

// The public surface: whoever changes it says so here.
test("exports of @seamless/cache", () => {
  expect(Object.keys(main).sort()).toMatchInlineSnapshot(`
    [
      "BackgroundWriter",
      "BufferCache",
      "Fingertipper",
      "Resolver",
      "Transformation",
      "Transformations",
      "createRuntime",
      "defaultCosts",
      "installRuntime",
      "memoryRecord",
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

test("the README names them all", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const names = [...Object.keys(main), ...Object.keys(node)];
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(readme))).toEqual([]);
});
