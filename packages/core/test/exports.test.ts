import { readFileSync } from "node:fs";
import * as cache from "@seamless/cache";
import * as celltypes from "@seamless/celltypes";
import * as checksum from "@seamless/checksum";
import * as conversion from "@seamless/conversion";
import * as remote from "@seamless/remote";
import * as store from "@seamless/store";
import { expect, test } from "vitest";
import * as core from "../src/index.ts";

const packages: readonly Readonly<Record<string, unknown>>[] = [checksum, celltypes, conversion, store, cache, remote];

// The public surface: a change of it is a change here.
test("exports of @seamless/core", () => {
  expect(Object.keys(core).sort()).toMatchInlineSnapshot(`
    [
      "Buffer",
      "BufferCache",
      "CELLTYPES",
      "CacheMissError",
      "Checksum",
      "ConversionError",
      "Float",
      "NdArray",
      "SeamlessError",
      "Transformation",
      "Transformations",
      "category",
      "classify",
      "close",
      "configure",
      "conversionMemo",
      "convert",
      "convertBuffer",
      "createRuntime",
      "createSha256",
      "currentRuntime",
      "defaultCosts",
      "directoryStore",
      "hashserverHandler",
      "hashserverStore",
      "installRuntime",
      "isNestedChecksum",
      "isSeamlessError",
      "loadCodeSupport",
      "manualClock",
      "memoryRecord",
      "memoryStore",
      "needsBuffer",
      "openStore",
      "parse",
      "parseIndex",
      "plan",
      "serialize",
      "serializeIndex",
      "sha256",
      "systemClock",
      "tieredStore",
      "toNestedChecksum",
      "walkChecksums",
      "webHandler",
    ]
  `);
});

test("everything but the default runtime is what the packages export, and the same", () => {
  for (const [name, value] of Object.entries(core)) {
    if (name === "configure" || name === "close") continue;
    const from = packages.filter((module) => name in module);
    expect(from.length, name).toBeGreaterThan(0);
    for (const module of from) expect(module[name], name).toBe(value);
  }
});

test("the tables of the README name them all", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const rows = readme.split("\n").filter((line) => line.startsWith("| `"));
  expect(Object.keys(core).filter((name) => !rows.some((row) => row.match(/\w+/g)!.includes(name)))).toEqual([]);
});

test("bundlers keep the module that installs the runtime", () => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(manifest.sideEffects).toContain(manifest.exports["."].default);
});
