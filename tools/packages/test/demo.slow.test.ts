import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { afterAll, beforeAll, expect, test } from "vitest";

// What the demonstration says before it sets anything up. The rest of it, CI runs in a fresh clone.
let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "seamless-demo-")));
  writeFileSync(join(folder, "file"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** @param npm - The script that it takes for npm's; without, it could find one, but nothing that this one starts. */
function demo(args: readonly string[], npm?: string) {
  const script = join(workspaceRoot, "tools/run/demo.mjs");
  const env = { INIT_CWD: folder, PATH: folder, ...(npm !== undefined && { npm_execpath: npm }) };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { env, encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

test("--help says how it is called, once", () => {
  const { status, out, err } = demo(["--help"]);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  expect(out.match(/^Usage: /gm)).toHaveLength(1);
  expect(out).toContain("npm run demo -- DIR…");
});

test("says at once how long setting up takes", () => {
  const [npm, asked] = [join(folder, "npm-cli.js"), join(folder, "asked")];
  writeFileSync(npm, `require("fs").writeFileSync(${JSON.stringify(asked)}, process.argv.join(" ")); process.exit(7)`);
  const { status, out, err } = demo([], npm);
  const words = readFileSync(asked, "utf8");
  for (const path of [npm, asked]) rmSync(path);
  expect({ status, out }).toEqual({ status: 7, out: "" });
  expect(err.split("\n")[0]).toMatch(/^> Setting up takes one to three minutes/);
  expect(words).toMatch(/ install --frozen-lockfile/);
});

test.each([
  ["missing", "no such directory"],
  ["file", "it is not a directory"],
  ["--nonsense", "no such directory"],
])("%s is refused before anything is set up", (name, fault) => {
  expect(demo([name])).toEqual({ status: 1, out: "", err: `demo: cannot index ${join(folder, name)}: ${fault}\n` });
  expect(readdirSync(folder)).toEqual(["file"]);
});
