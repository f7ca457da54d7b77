import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundledIn, FOREIGN_DATA } from "../src/bundled.ts";
import { isAllowed, pageNotices, supplyFaults } from "../src/supply.ts";
import { publishedPackages } from "../src/tarball.ts";

const published = publishedPackages();

describe.each(published.map(({ manifest, directory }) => [manifest.name, directory] as const))("%s", (_, directory) => {
  test("brings nothing that runs when it is installed, no code of others, and no license that is not allowed or told", () => {
    expect(supplyFaults(directory)).toEqual([]);
  });

  test("has notices of what is in its build, and of nothing else", () => {
    const path = join(directory, "THIRD-PARTY.md");
    const notice = existsSync(path) ? readFileSync(path, "utf8") : "";
    const headings = Array.from(notice.matchAll(/^## (.*)$/gm), ([, heading]) => heading);
    const { data, code } = bundledIn(directory);
    expect(headings).toEqual([
      ...data.map(({ name, version }) => `${name} ${version}`),
      ...code.map(({ manifest }) => manifest.name),
    ]);
    const { files } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    expect(files.includes("THIRD-PARTY.md")).toBe(notice !== "");
  });
});

test("the notices of a web page are those of what is in it, word by word", async () => {
  const { directory } = published.find(({ manifest }) => manifest.name === "@seamless/ui")!;
  const dataNotices = readFileSync(join(workspaceRoot, "packages/celltypes/THIRD-PARTY.md"), "utf8");
  // Other versions may have others: `npx vitest run --project packages supply -u` writes them.
  await expect(pageNotices(directory, dataNotices)).toMatchFileSnapshot(join(directory, "THIRD-PARTY.md"));
});

test("data of others is where it is said to be, and in the builds", () => {
  const sources = FOREIGN_DATA.flatMap((data) => data.sources);
  expect(sources.filter((source) => !existsSync(join(workspaceRoot, source)))).toEqual([]);
  const with15 = published.filter(({ directory }) => bundledIn(directory).data.length > 0);
  expect(with15.map(({ manifest }) => manifest.name)).toEqual([
    "@seamless/celltypes",
    "@seamless/cli",
    "@seamless/python",
    "@seamless/ui",
  ]);
});

describe("of a package that is put wrong", () => {
  let folder: string;
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  const install = (name: string, manifest: object) =>
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", license: "MIT", ...manifest }));

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "seamless-supply-")));
    const dependencies = { quiet: "1", script: "1", native: "1", viral: "1", unlicensed: "1" };
    const manifest = { name: "@seamless/wrong", version: "0.1.0", license: "MIT", dependencies };
    await write("package.json", JSON.stringify({ ...manifest, peerDependencies: { absent: "1" }, ...OPTIONAL_PEER }));
    await install("quiet", { dependencies: { deep: "1" }, scripts: { prepare: "tsc", test: "vitest" } });
    await install("deep", { scripts: { postinstall: "node setup.js" } });
    await install("script", { scripts: { preinstall: "true", install: "true" } });
    await install("native", {});
    await write("node_modules/native/binding.gyp", "{}");
    await install("viral", { license: "GPL-3.0-only" });
    await install("unlicensed", { license: "SEE LICENSE IN TERMS.md" });
    await install("inlined", { main: "index.js" });
    await write("node_modules/inlined/index.js", "export const inlined = Math.random();");
    await write("src/index.ts", 'export * from "inlined";');
    await build({
      entryPoints: [join(folder, "src/index.ts")],
      outfile: join(folder, "dist/index.js"),
      bundle: true,
      format: "esm",
      sourcemap: true,
      logLevel: "silent",
    });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const OPTIONAL_PEER = { peerDependenciesMeta: { absent: { optional: true } } };

  test("another package of ours is for commands to have inside", async () => {
    const beside = join(folder, "packages/beside");
    await write("packages/beside/dist/a.js", "");
    await write("packages/beside/dist/a.js.map", JSON.stringify({ sources: ["../src/a.ts", "../../store/src/b.ts"] }));
    await write("packages/beside/package.json", "{}");
    expect(bundledIn(beside)).toMatchObject({ ours: [], foreign: ["packages/store/src/b.ts"] });
    await write("packages/beside/package.json", JSON.stringify({ bin: { a: "./dist/a.js" } }));
    expect(bundledIn(beside)).toMatchObject({ ours: ["store"], foreign: [] });
  });

  test("each fault is told, at any depth", () => {
    expect(supplyFaults(folder).toSorted()).toEqual([
      "deep@1.0.0 runs something when it is installed: postinstall",
      "inlined/index.js of another package is in the build: make that a dependency",
      "native@1.0.0 runs something when it is installed: binding.gyp",
      "script@1.0.0 runs something when it is installed: install",
      "script@1.0.0 runs something when it is installed: preinstall",
      "unlicensed@1.0.0 has the license SEE LICENSE IN TERMS.md, which is not allowed",
      "viral@1.0.0 has the license GPL-3.0-only, which is not allowed",
    ]);
  });

  test("what is not installed cannot be vouched for", async () => {
    await install("viral", { license: "MIT", dependencies: { nowhere: "1" } });
    expect(() => supplyFaults(folder)).toThrow("nowhere, which viral needs, is not installed");
  });

  test("code without a source map, and files of other kinds, cannot be vouched for", async () => {
    await write("dist/more.js", "export {};");
    expect(() => bundledIn(folder)).toThrow("missing source maps: dist/more.js.map");
    await write("dist/decoder.wasm", "");
    expect(() => bundledIn(folder)).toThrow("neither code nor types: dist/decoder.wasm");
  });
});

test("data of others without a notice is told", async () => {
  const parent = await realpath(await mkdtemp(join(tmpdir(), "seamless-notice-")));
  const folder = join(parent, "packages/celltypes");
  try {
    await mkdir(join(folder, "dist"), { recursive: true });
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "a", version: "1.0.0", license: "MIT" }));
    await writeFile(join(folder, "dist/a.js"), "");
    await writeFile(join(folder, "dist/a.js.map"), JSON.stringify({ sources: ["../src/numbers/parse.ts"] }));
    const [{ name, version, license, copyright }] = FOREIGN_DATA as [(typeof FOREIGN_DATA)[number]];
    const missing = [`## ${name} ${version}`, `License: \`${license}\``, copyright];
    const faults = missing.map((text) => `${name} is in the build, and THIRD-PARTY.md lacks "${text}"`);
    expect(supplyFaults(folder)).toEqual(faults);
  } finally {
    await rm(parent, { recursive: true });
  }
});

test.each([
  ["MIT", true],
  ["MIT AND BSD-3-Clause", true],
  ["(GPL-2.0-only OR MIT)", true],
  ["MIT AND GPL-2.0-only", false],
  ["AGPL-3.0-only", false],
  ["UNLICENSED", false],
])("%s is allowed: %s", (license, expected) => {
  expect(isAllowed(license)).toBe(expected);
});
