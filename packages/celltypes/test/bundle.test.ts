import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));

/** Bundle a module that uses the built package, as a user's bundler would. */
async function bundle(code: string): Promise<{ inputs: string[]; text: string }> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
    tsconfigRaw: {},
    external: ["@seamless/python"],
  });
  const [output] = Object.values(metafile.outputs);
  return { inputs: Object.keys(output!.inputs), text: outputFiles[0]!.text };
}

/** Part of a message that only the parser of JSON has. */
const PARSER = "expected nothing more after the value";

describe("in a bundle", () => {
  test("whoever only serializes gets neither YAML nor a parser", async () => {
    const { inputs, text } = await bundle('export { serialize } from "@seamless/celltypes";');
    expect(inputs.filter((input) => input.includes("js-yaml"))).toEqual([]);
    expect(text).not.toContain(PARSER);
    const both = await bundle('export { serialize, parse } from "@seamless/celltypes";');
    expect(both.inputs.some((input) => input.includes("js-yaml"))).toBe(true);
    expect(both.text).toContain(PARSER);
    expect(text.length).toBeLessThan(both.text.length / 2);
  });

  test("nothing reaches for Node", async () => {
    const { text } = await bundle('export * from "@seamless/celltypes";');
    expect(text).not.toMatch(/["']node:/);
  });
});
