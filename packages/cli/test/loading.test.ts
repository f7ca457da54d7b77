import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect } from "vitest";
import { type CommandName, install, run } from "./support/commands.ts";
import { writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

/** Where the modules come from that a run loads, by the engine's own account: packages, and folders if there are any. */
async function loadedFrom(
  folder: string,
  name: CommandName,
  args: readonly string[],
  installation = folder,
): Promise<string[]> {
  const coverage = `${folder}.coverage`;
  const env = { NODE_V8_COVERAGE: coverage };
  expect(await run(name, args, { cwd: folder, installation, env, input: "x" })).toMatchObject({ status: 0 });
  const scripts = readdirSync(coverage).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(coverage, file), "utf8")) as { result: { url: string }[] };
    return result.map(({ url }) => url).filter((url) => url.startsWith("file:"));
  });
  expect(scripts.length).toBeGreaterThan(0);
  const packages = scripts.map((url) => {
    const path = fileURLToPath(url);
    return /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/[^@]*$/.exec(path)?.[1] ?? path;
  });
  return [...new Set(packages)].sort();
}

const OURS = ["@seamless/checksum", "@seamless/cli"];

describe.concurrent("where only @seamless/checksum is installed beside it", () => {
  test.for([
    ["seamless-checksum", ["-", "d/a"], OURS],
    ["seamless-checksum-file", ["d/a"], OURS],
    ["seamless-checksum-index", ["d"], OURS],
    ["seamless-checksum-index", ["--dry-run", "--progress", "--json", "d"], OURS],
    ["seamless-checksum-index", ["--version"], ["@seamless/cli"]],
    ["seamless", ["--version"], ["@seamless/cli"]],
    ["seamless", ["--help"], OURS],
    ["seamless store", ["--help"], OURS],
    // All of a command but its work.
    ["seamless put", ["--help"], OURS],
    ["seamless download", ["--help"], OURS],
    ["seamless cat", ["--help"], OURS],
    ["seamless inspect", ["--help"], OURS],
    ["seamless fingertip", ["--help"], OURS],
    ["seamless cat", ["d/a"], OURS],
    ["seamless diff", ["d", "d"], OURS],
    ["seamless serve", ["--help"], OURS],
    ["seamless resolve", ["--help"], OURS],
    ["seamless convert", ["--help"], OURS],
    ["seamless config", [], OURS],
    ["seamless completion", ["zsh"], OURS],
  ] as const)("%s %j works and loads %j", async ([name, args, packages], { dir }) => {
    install(dir);
    writeTree(dir, { "d/a": "1" });
    expect(await loadedFrom(dir, name, args)).toEqual(packages);
  });

  test.for([
    ["seamless resolve", ["d/a"], []],
    ["seamless inspect", ["d/a"], []],
    ["seamless checksum-of", ["1"], []],
    ["seamless matrix", ["plain", "binary"], ["@seamless/conversion"]],
    ["seamless convert", ["d/a", "--from=plain", "--to=text"], ["@seamless/conversion"]],
  ] as const)(
    "%s %j looks at values, and loads neither stores nor a cache",
    async ([name, args, more], { dir, fullInstallation }) => {
      writeTree(dir, { "d/a": "1" });
      const packages = await loadedFrom(dir, name, args, fullInstallation);
      const ours = packages.filter((each) => each.startsWith("@seamless/"));
      expect(ours).toEqual([...OURS, "@seamless/celltypes", ...more].sort());
    },
  );

  test("the package depends on nothing else", () => {
    const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = manifest;
    expect(Object.keys({ ...dependencies, ...optionalDependencies })).toEqual([
      "@seamless/cache",
      "@seamless/celltypes",
      "@seamless/checksum",
      "@seamless/conversion",
      "@seamless/remote",
      "@seamless/store",
      // Globs as git has them, loaded when there are some.
      "ignore",
    ]);
    // Clients of engines, for those who use them.
    expect(Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true)).toEqual([]);
  });
});
