import { readFileSync } from "node:fs";
import * as cache from "@seamless/cache";
import * as celltypes from "@seamless/celltypes";
import * as checksum from "@seamless/checksum";
import * as conversion from "@seamless/conversion";
import * as remote from "@seamless/remote";
import { expect, test } from "vitest";
import * as core from "../src/index.ts";

const packages: Readonly<Record<string, object>> = { cache, celltypes, checksum, conversion, remote };
const exported = core as unknown as Readonly<Record<string, unknown>>;

test("everything of the packages is exported, and is the same", () => {
  for (const module of Object.values(packages)) {
    for (const [name, value] of Object.entries(module)) expect(exported[name], name).toBe(value);
  }
});

// The rest of the public surface is guarded where it comes from.
test("exports of @seamless/core", () => {
  const theirs = new Set(Object.values(packages).flatMap((module) => Object.keys(module)));
  expect(
    Object.keys(core)
      .filter((name) => !theirs.has(name))
      .sort(),
  ).toMatchInlineSnapshot(`
    [
      "close",
      "configure",
    ]
  `);
});

test("bundlers keep the module that installs the runtime", () => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(manifest.sideEffects).toContain(manifest.exports["."].default);
});
