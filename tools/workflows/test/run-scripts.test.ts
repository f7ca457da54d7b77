import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { command, launch } from "../../run/workspace.mjs";

let folder: string;

beforeEach(() => {
  // A path as on somebody's Windows: with a space, and what its shell would replace.
  folder = mkdtempSync(join(tmpdir(), "a %PATH% & b "));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const make = (path: string, text = ""): string => {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};

test("a tool is started by its script, with this Node and without a shell", () => {
  make("@biomejs/biome/package.json", JSON.stringify({ bin: { biome: "bin/biome" } }));
  make("knip/package.json", JSON.stringify({ bin: { knip: "bin/knip.js", "knip-bun": "bin/bun.js" } }));
  make("vitest/package.json", JSON.stringify({ bin: "./vitest.mjs" }));
  const options = { folder, node: "node" };
  expect(launch("biome", ["check", "."], options)).toEqual([
    "node",
    [join(folder, "@biomejs/biome/bin/biome"), "check", "."],
  ]);
  expect(launch("knip", [], options)).toEqual(["node", [join(folder, "knip/bin/knip.js")]]);
  expect(launch("vitest", ["run"], options)).toEqual(["node", [join(folder, "vitest/vitest.mjs"), "run"]]);
  expect(launch("/usr/bin/node", ["x.js"], options)).toEqual(["/usr/bin/node", ["x.js"]]);
});

test("npm is the one that runs this, or the one that came with Node: beside it on Windows, elsewhere on Unix", () => {
  const start = (path: string, env = {}) => launch("npm", ["exec"], { node: join(folder, path), env });
  const running = make("other/npm-cli.js");
  const windows = make("windows/node_modules/npm/bin/npm-cli.js");
  const unix = make("unix/lib/node_modules/npm/bin/npm-cli.js");

  expect(start("windows/node.exe", { npm_execpath: running })).toEqual([
    join(folder, "windows/node.exe"),
    [running, "exec"],
  ]);
  expect(start("windows/node.exe")).toEqual([join(folder, "windows/node.exe"), [windows, "exec"]]);
  expect(start("unix/bin/node")).toEqual([join(folder, "unix/bin/node"), [unix, "exec"]]);
  // Run by pnpm, the script is pnpm's; and there may be no npm but one on the path.
  expect(start("windows/node.exe", { npm_execpath: make("pnpm.cjs") })).toEqual([
    join(folder, "windows/node.exe"),
    [windows, "exec"],
  ]);
  expect(start("bare/bin/node")).toEqual(["npm", ["exec"]]);
});

test("arguments arrive as they were given", () => {
  const script = make("print.mjs", "process.stdout.write(JSON.stringify(process.argv.slice(2)))");
  const args = ["--outputFile=C:\\my files\\a.json", "%PATH%", "a && b", "**/*.ts", '"'];
  const { stdout } = command(process.execPath, [script, ...args], { quiet: true });
  expect(JSON.parse(String(stdout))).toEqual(args);
});

test.each(["biome", "turbo", "knip", "vitest", "pnpm"])("%s of this workspace has a script", (name) => {
  const { status, stdout } = command(name, ["--version"], { quiet: true });
  expect(status).toBe(0);
  expect(String(stdout)).toMatch(/\d+\.\d+\.\d+/);
});
