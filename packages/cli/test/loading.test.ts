import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect } from "vitest";
import { type CommandName, install, run, shell } from "./support/commands.ts";
import { sha256, writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

/** The files that a run loads, by the engine's own account. */
async function loaded(folder: string, name: CommandName, args: readonly string[]): Promise<readonly string[]> {
  const coverage = `${folder}.coverage`;
  const env = { NODE_V8_COVERAGE: coverage };
  expect(await run(name, args, { cwd: folder, installation: folder, env, input: "x" })).toMatchObject({ status: 0 });
  const files = readdirSync(coverage).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(coverage, file), "utf8")) as { result: { url: string }[] };
    return result.flatMap(({ url }) => (url.startsWith("file:") ? [fileURLToPath(url)] : []));
  });
  expect(files.length).toBeGreaterThan(0);
  return [...new Set(files)].sort();
}

/** The sources of files of the build, from the folder of packages: by their source maps. */
function sourcesOf(files: readonly string[], folder: string): readonly string[] {
  const build = join(folder, "node_modules/@seamless/cli/dist");
  // Helpers of the bundler come from no source.
  const ours = files.filter((file) => nameOf(file) !== "rolldown-runtime");
  return ours.flatMap((file) => {
    const { sources } = JSON.parse(readFileSync(`${file}.map`, "utf8")) as { readonly sources: readonly string[] };
    return sources.map((source) => relative(dirname(dirname(build)), resolve(dirname(file), source)));
  });
}

/** Without the hash of what it holds, which programs do not have. */
const nameOf = (file: string) => basename(file, ".cjs").replace(file.includes("/bin/") ? "" : /-[\w-]{8}$/, "");

describe.concurrent("where nothing is installed beside it", () => {
  test.for([
    ["seamless-checksum", ["-", "d/a"]],
    ["seamless-checksum-file", ["d/a"]],
    ["seamless-checksum-index", ["d"]],
    ["seamless-checksum-index", ["--dry-run", "--progress", "--json", "d"]],
    ["seamless-checksum-index", ["--version"]],
    ["seamless", ["--version"]],
    ["seamless", ["--help"]],
    ["seamless store", ["--help"]],
    ["seamless put", ["--store=store", "d/a"]],
    ["seamless upload", ["--store=store", "d"]],
    ["seamless download", ["--help"]],
    ["seamless cat", ["d/a"]],
    ["seamless inspect", ["d/a"]],
    ["seamless diff", ["d", "d"]],
    ["seamless serve", ["--help"]],
    ["seamless resolve", ["d/a"]],
    ["seamless convert", ["d/a", "--from=plain", "--to=text"]],
    ["seamless matrix", ["plain", "binary"]],
    ["seamless checksum-of", ["1"]],
    ["seamless fingertip", ["--help"]],
    ["seamless config", []],
    ["seamless completion", ["zsh"]],
  ] as const)("%s %j works, and loads files of the package alone", async ([name, args], { dir }) => {
    install(dir);
    writeTree(dir, { "d/a": "1" });
    const files = await loaded(dir, name, args);
    expect(files.filter((file) => !file.startsWith(join(dir, "node_modules/@seamless/cli/dist/")))).toEqual([]);
  });

  test.for([
    ["seamless", ["--version"], ["seamless", "start"]],
    ["seamless-checksum", ["-V"], ["seamless-checksum", "start"]],
    ["seamless has", ["--store=store", sha256("1")], ["often", "rolldown-runtime", "seamless", "start"]],
    ["seamless cat", ["--store=store", sha256("1")], ["often", "rolldown-runtime", "seamless", "start"]],
  ] as const)("%s %j loads %j", async ([name, args, files], { dir }) => {
    install(dir);
    writeTree(dir, { "d/a": "1" });
    expect((await run("seamless put", ["--store=store", "--quiet", "d/a"], { cwd: dir })).status).toBe(0);
    expect((await loaded(dir, name, args)).map(nameOf).sort()).toEqual(files);
  });

  test.for([
    ["seamless resolve", ["d/a"]],
    ["seamless inspect", ["d/a"]],
    ["seamless checksum-of", ["1"]],
    ["seamless matrix", ["plain", "binary"]],
    ["seamless convert", ["d/a", "--from=plain", "--to=text"]],
  ] as const)("%s %j loads neither a cache nor clients of servers", async ([name, args], { dir }) => {
    install(dir);
    writeTree(dir, { "d/a": "1" });
    const sources = sourcesOf(await loaded(dir, name, args), dir);
    expect(sources).toContainEqual(expect.stringMatching(/^celltypes\/src\//));
    const others = /^(?:cache|remote)\/src\/(?!directory\/|encoding\/|bytes\.ts$)/;
    expect(sources.filter((source) => others.test(source))).toEqual([]);
  });
});

/** Modules of Node that take long to load, and are for what these commands do not do. To hash takes streams. */
const HEAVY = ["http", "https", "net", "tls", "worker_threads", "zlib"];

test.for([
  ["has", ["crypto", "stream"]],
  ["cat", []],
] as const)("%s of a small buffer of a folder loads no large module of Node", async ([word, more], { dir }) => {
  install(dir);
  writeTree(dir, { a: "1" });
  const probe = `${dir}.probe.cjs`;
  const list = `process.moduleLoadList.map((each) => each.replace("NativeModule ", ""))`;
  writeFileSync(probe, `process.on("exit", () => require("fs").writeFileSync("modules", JSON.stringify(${list})));`);
  expect((await run("seamless put", ["--store=store", "--quiet", "a"], { cwd: dir })).status).toBe(0);
  const line = `seamless ${word} --store=store ${sha256("1")} | cat`;
  const { out } = await shell(line, dir, { NODE_OPTIONS: `--require=${probe}` });
  expect(out).toBe(word === "cat" ? "1" : `${sha256("1")}  present\n`);
  const modules = JSON.parse(readFileSync(join(dir, "modules"), "utf8")) as readonly string[];
  expect(modules).toContain("fs/promises");
  expect([...HEAVY, ...more].filter((name) => modules.includes(name))).toEqual([]);
});

test("the package depends on little", () => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = manifest;
  expect(Object.keys({ ...dependencies, ...optionalDependencies })).toEqual([
    // Globs as git has them, loaded when there are some.
    "ignore",
    // HTTP, and zstd for a Node that has none, when they are used.
    "undici",
    "zstddec",
  ]);
  // Clients of engines, for those who use them.
  expect(Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true)).toEqual([]);
});
