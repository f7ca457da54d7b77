import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { entriesOf } from "@seamless-tools/packages";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entryFaults } from "../src/loading.ts";

const manifest = {
  name: "@seamless/demo",
  version: "0.1.0",
  type: "module",
  sideEffects: ["./dist/index.js", "./dist/register.js", "./dist/broken.js"],
  exports: {
    ".": "./dist/index.js",
    "./register": { types: "./dist/register.d.ts", default: "./dist/register.js" },
    "./empty": "./dist/empty.js",
    "./broken": "./dist/broken.js",
    "./later": "./dist/later.js",
    "./missing": "./dist/missing.js",
    "./package.json": "./package.json",
  },
};
const modules = {
  index: "export const a = 1;",
  register: "globalThis.demo = 1;",
  empty: "export {};",
  broken: 'throw new Error("it does not start\\nat all");',
  // What Node cannot require.
  later: "export const b = await 1;",
};

let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "seamless-loading-"));
  const folder = join(project, "node_modules", manifest.name);
  const code = Object.entries(modules).map(([name, text]) => [`dist/${name}.js`, text] as const);
  for (const [path, text] of [["package.json", JSON.stringify(manifest)] as const, ...code]) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
});

afterAll(() => rm(project, { recursive: true }));

test("an entry whose file sideEffects names may export nothing, unless it is the main one", () => {
  const allowed = entriesOf(manifest).filter(({ effectsOnly }) => effectsOnly);
  expect(allowed.map(({ specifier }) => specifier)).toEqual(["@seamless/demo/register", "@seamless/demo/broken"]);
});

test("every other entry that exports nothing, and any that cannot be loaded, is named", async () => {
  expect(await entryFaults(project, entriesOf(manifest))).toEqual([
    "@seamless/demo/empty, imported, exports nothing",
    "@seamless/demo/empty, required, exports nothing",
    "@seamless/demo/broken cannot be imported: it does not start",
    "@seamless/demo/broken cannot be required: it does not start",
    expect.stringContaining("@seamless/demo/later cannot be required: "),
    expect.stringContaining("@seamless/demo/missing cannot be imported: "),
    expect.stringContaining("@seamless/demo/missing cannot be required: "),
  ]);
});
