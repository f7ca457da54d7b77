import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { actionUses, pinActions, pinFaults, unpinnedActions } from "../src/actions.mjs";
import { makeStandIns, standInHost } from "../src/stand-in.ts";

const PIN = fileURLToPath(new URL("../src/pin.mjs", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const COMMIT = "0123456789".repeat(4);

let folder: string;
let root: string;
let host: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pin-"));
  root = join(folder, "repository");
  host = pathToFileURL(join(folder, "host")).href;
  mkdirSync(join(root, ".github/workflows"), { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (text: string, name = "a.yml") => writeFileSync(join(root, ".github/workflows", name), text);
const read = (name = "a.yml") => readFileSync(join(root, ".github/workflows", name), "utf8");
const pin = (...args: string[]) =>
  spawnSync(process.execPath, [PIN, "--root", root, ...args], { encoding: "utf8", env: { ...process.env, PWD: root } });

test("writes the commit of a light and of an annotated tag, and of a branch that stands for a version", () => {
  const [light, annotated, branch] = makeStandIns(join(folder, "host"), [
    { repository: "one/light", version: "v4" },
    { repository: "one/annotated", version: "v1.2.3", kind: "annotated" },
    { repository: "two/branch", version: "v1", kind: "branch" },
  ]);
  write(
    "steps:\n  - uses: one/light@v4\n    with: {}\n  - name: x\n    uses: one/annotated/init@v1.2.3\n  - uses: two/branch@v1\n",
  );

  expect(pinActions(root, { host })).toHaveLength(3);

  expect(read()).toBe(
    `steps:\n  - uses: one/light@${light} # v4\n    with: {}\n  - name: x\n    uses: one/annotated/init@${annotated} # v1.2.3\n  - uses: two/branch@${branch} # v1\n`,
  );
  expect(unpinnedActions(root)).toEqual([]);
  // The tag is an object of its own; what it leads to is what runs.
  const type = execFileSync("git", ["-C", join(folder, "host/one/annotated"), "cat-file", "-t", "v1.2.3"], {
    encoding: "utf8",
  });
  expect(type).toBe("tag\n");
});

test("leaves what is pinned, and all other lines, as they are", () => {
  makeStandIns(join(folder, "host"), [{ repository: "one/light", version: "v4" }]);
  const rest = `# uses: a/b@v1\n- uses: one/light@${COMMIT} # v3\n- uses: ./.github/actions/x\n- run: echo "  #  x"   \r\n`;
  write(`${rest}- uses: one/light@v4\n`);
  pinActions(root, { host });
  expect(read().startsWith(rest)).toBe(true);
  expect(readdirSync(join(root, ".github/workflows"))).toEqual(["a.yml"]);
});

test("a version that the host does not have, and a host that does not answer, leave every file as it was", () => {
  makeStandIns(join(folder, "host"), [{ repository: "one/light", version: "v4" }]);
  write("- uses: one/light@v4\n", "a.yml");
  write("- uses: one/light@v5\n", "b.yml");
  expect(() => pinActions(root, { host })).toThrow(/b\.yml:1: one\/light@v5: file:.*\/one\/light has no version v5/);
  write("- uses: one/absent@v1\n", "b.yml");
  expect(() => pinActions(root, { host })).toThrow(/b\.yml:1: one\/absent@v1: git cannot ask file:/);
  expect(read("a.yml")).toBe("- uses: one/light@v4\n");
});

test.each(["main", "0123456", "releases/v4"])("%s is neither a version nor a commit", (ref) => {
  makeStandIns(join(folder, "host"), [{ repository: "one/light", version: "main", kind: "branch" }]);
  write(`- uses: one/light@${ref}\n`);
  expect(() => pinActions(root, { host })).toThrow(`"${ref}" is neither a version nor a whole commit`);
});

test.each([
  "- { uses: one/light@v4 }",
  '- uses: "one/light@v4"',
  "- uses:   one/light@v4",
  "- uses: docker://alpine:3",
  "- uses: one/light",
  '- "uses": one/light@v4',
])("refuses to overlook %s", (line) => {
  write(`jobs:\n${line}\n`);
  expect(() => actionUses(root)).toThrow("a.yml:2: not in the form");
});

test("the command pins, and its check fails before and passes after", () => {
  const [commit] = makeStandIns(join(folder, "host"), [{ repository: "one/light", version: "v4" }]);
  write("- uses: one/light@v4\n");
  expect(pin("--check")).toMatchObject({
    status: 1,
    stdout: ".github/workflows/a.yml:1: one/light@v4 is not pinned to a commit\n1 to pin, 1 in all\n",
  });
  expect(pinFaults(root)).toEqual([
    "the workflows use actions that are not pinned to a commit (one/light@v4): npm run pin, and commit",
  ]);
  expect(pin("--host", host)).toMatchObject({
    status: 0,
    stdout: `.github/workflows/a.yml:1: one/light@${commit} # v4\n1 pinned, 1 in all\n`,
  });
  expect(pin("--check")).toMatchObject({ status: 0, stdout: "0 to pin, 1 in all\n" });
  expect(pin("--hots", host).status).toBe(1);
});

test("a repository without workflows has nothing to pin", () => {
  rmSync(join(root, ".github"), { recursive: true });
  expect(pinFaults(root)).toEqual([]);
});

test("all workflows of this repository can be pinned", () => {
  const workflows = join(ROOT, ".github/workflows");
  for (const name of readdirSync(workflows)) write(readFileSync(join(workflows, name), "utf8"), name);
  pinActions(root, { host: standInHost(root, join(folder, "host")) });
  expect(pinFaults(root)).toEqual([]);
});
