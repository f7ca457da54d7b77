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
    external: ["@seamless/python"],
  });
  return outputFiles[0]!.text;
}

/** Part of a message that only the parser of JSON has. */
const PARSER = "expected nothing more after the value";
/** Part of a message that only YAML has. */
const YAML = "no YAML 1.1";

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
});
