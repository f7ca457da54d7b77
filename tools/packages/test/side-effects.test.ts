import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { effectsOf } from "../src/side-effects.ts";
import { publishedPackages } from "../src/tarball.ts";

const published = publishedPackages();

/** The built modules of a package: those that `sideEffects` names, and the others. */
function modulesOf(directory: string) {
  const { sideEffects } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as {
    readonly sideEffects: false | readonly string[];
  };
  const declared = sideEffects === false ? [] : sideEffects.map((path) => join(directory, path));
  const all = readdirSync(join(directory, "dist"), { recursive: true, encoding: "utf8" })
    // What a web page loads, nobody imports.
    .filter((path) => /\.c?js$/.test(path) && !path.startsWith("site"))
    .map((path) => join(directory, "dist", path));
  expect(all).toEqual(expect.arrayContaining(declared));
  return { declared, others: all.filter((path) => !declared.includes(path)) };
}

// A bundler drops an import of these whose names are not used: that is right only if it does nothing.
describe.each(published.map(({ manifest, directory }) => [manifest.name, directory] as const))("%s", (_, directory) => {
  const { declared, others } = modulesOf(directory);

  test("importing what it declares to be free of side effects does nothing", () => {
    expect(effectsOf(others)).toEqual([]);
  });

  if (declared.length > 0) {
    test.each(declared)("importing %s does something", (path) => {
      expect(effectsOf([path])).not.toEqual([]);
    });
  }
});

test.each([
  ["globalThis.x = 1;", "defines x"],
  ["Array.prototype.x = 1;", "defines x"],
  ["process.on('exit', () => {});", "listens to exit"],
  ["setInterval(() => {}, 1e6).hasRef(); setTimeout(() => process.exit(), 1);", "keeps a Timeout"],
  ["process.env.SEAMLESS_X = '1';", "sets SEAMLESS_X=1"],
  ["console.log('hello');", "prints hello"],
  ["throw new Error('no');", "fails"],
])("%s is seen", async (code, effect) => {
  const folder = await mkdtemp(join(tmpdir(), "seamless-effects-"));
  try {
    await writeFile(join(folder, "module.mjs"), code);
    expect(effectsOf([join(folder, "module.mjs")])).toContain(effect);
  } finally {
    await rm(folder, { recursive: true });
  }
});
