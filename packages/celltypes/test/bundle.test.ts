import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));

/** Bundle a module that uses the built package, as a user's bundler would. */
async function bundle(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
    tsconfigRaw: {},
  });
  return outputFiles[0]!.text;
}

/** Part of a message that only the parser of JSON has. */
const PARSER = "expected nothing more after the value";
/** Part of a message that only YAML has. */
const YAML = "not YAML 1.1";

/** Part of a message that only the header of an `.npy` has. */
const NPY = "fortran_order is neither True nor False";
/** Part of a message that only lists of numbers made into an array have. */
const ARRAYS = "makes no array";
/** Part of a message that only the writer of JSON has. */
const WRITER = "which JSON has no form for";

describe("in a bundle", () => {
  test("whoever only serializes gets neither YAML nor a parser", async () => {
    const text = await bundle('export { serialize } from "@seamless/celltypes";');
    expect(text).not.toContain(YAML);
    expect(text).not.toContain(PARSER);
    const both = await bundle('export { serialize, parse } from "@seamless/celltypes";');
    expect(both).toContain(YAML);
    expect(both).toContain(PARSER);
    expect(text.length).toBeLessThan(both.length * 0.65);
  });

  test("nothing reaches for Node", async () => {
    const text = await bundle('export * from "@seamless/celltypes";');
    expect(text).not.toMatch(/["']node:/);
  });

  test("reading and writing .npy brings nothing else", async () => {
    const text = await bundle('export * from "@seamless/celltypes/npy";');
    expect(text).toContain(NPY);
    for (const other of [YAML, PARSER, WRITER, ARRAYS]) expect(text).not.toContain(other);
    expect(text.length).toBeLessThan(20_000);
    const reading = await bundle('export { parseNpy } from "@seamless/celltypes/npy";');
    expect(reading.length).toBeLessThan(text.length * 0.8);
  });

  test("reading and writing plain brings nothing else, and one of them not the other", async () => {
    const text = await bundle('export * from "@seamless/celltypes/plain";');
    for (const own of [PARSER, WRITER]) expect(text).toContain(own);
    for (const other of [YAML, NPY, ARRAYS]) expect(text).not.toContain(other);
    expect(text.length).toBeLessThan(25_000);
    const reading = await bundle('export { parsePlain } from "@seamless/celltypes/plain";');
    expect(reading).not.toContain(WRITER);
    const writing = await bundle('export { serializePlain } from "@seamless/celltypes/plain";');
    expect(writing).not.toContain(PARSER);
  });
});
