import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute, readTarball, type Tarball } from "@seamless-tools/packages";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checks } from "../src/checks.ts";

let temporary: string;
let wrong: Tarball;

/** A package in which much is wrong. */
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), "seamless-checks-"));
  await mkdir(join(temporary, "dist"));
  const files = {
    "package.json": JSON.stringify({
      name: "@seamless/wrong",
      version: "0.1.0",
      license: "MIT",
      type: "module",
      files: ["dist"],
      scripts: { postinstall: "node setup.js" },
      exports: {
        ".": { default: "./dist/index.js", types: "./dist/index.d.ts" },
        "./missing": "./dist/missing.js",
      },
    }),
    "dist/index.js": "module.exports = 1;\n",
    "dist/index.d.ts": 'export { a } from "./nowhere";\n',
  };
  for (const [path, text] of Object.entries(files)) await writeFile(join(temporary, path), text);
  await execute("npm", ["pack", "--ignore-scripts", "--loglevel=error"], temporary);
  wrong = await readTarball(join(temporary, "seamless-wrong-0.1.0.tgz"));
});

afterAll(() => rm(temporary, { recursive: true }));

test.each([
  ["every file that a manifest names", "package.json names dist/missing.js, which the tarball lacks"],
  ["no script runs", 'package.json has a script, "postinstall"'],
  ["publint", "pkg.exports"],
  ["types resolve", "InternalResolutionError"],
])("the check that %s … refuses", async (name, fault) => {
  const check = checks.find((one) => one.name.startsWith(name))!;
  const candidates = { tarballs: [wrong], pending: [wrong], temporary };
  const found = await check.faults(candidates);
  expect(found).toContainEqual(expect.stringContaining(fault));
  for (const each of found) expect(each).toMatch(/^@seamless\/wrong: /);
  // What is published already was tested then.
  expect(await check.faults({ ...candidates, pending: [] })).toEqual([]);
});
