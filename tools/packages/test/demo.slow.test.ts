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

function demo(...args: readonly string[]) {
  const script = join(workspaceRoot, "tools/run/demo.mjs");
  // With nothing on its path, it could install nothing.
  const env = { INIT_CWD: folder, PATH: folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { env, encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

test("--help says how it is called, once", () => {
  const { status, out, err } = demo("--help");
  expect({ status, err }).toEqual({ status: 0, err: "" });
  expect(out.match(/^Usage: /gm)).toHaveLength(1);
  expect(out).toContain("npm run demo -- DIR…");
});

test("says at once how long setting up takes", () => {
  writeFileSync(join(folder, "npm"), `#!/bin/sh\necho "$@" > ${folder}/asked\nexit 7\n`, { mode: 0o755 });
  const { status, out, err } = demo();
  const asked = readFileSync(join(folder, "asked"), "utf8");
  for (const name of ["npm", "asked"]) rmSync(join(folder, name));
  expect({ status, out }).toEqual({ status: 7, out: "" });
  expect(err.split("\n")[0]).toMatch(/^> Setting up takes one to three minutes/);
  expect(asked).toMatch(/ install --frozen-lockfile/);
});

test.each([
  ["missing", "no such directory"],
  ["file", "it is not a directory"],
  ["--nonsense", "no such directory"],
])("%s is refused before anything is set up", (name, fault) => {
  expect(demo(name)).toEqual({ status: 1, out: "", err: `demo: cannot index ${join(folder, name)}: ${fault}\n` });
  expect(readdirSync(folder)).toEqual(["file"]);
});
