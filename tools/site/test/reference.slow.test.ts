import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const PROGRAM = fileURLToPath(new URL("../src/reference.mjs", import.meta.url));

/** Makes the reference of a repository with one package, whose entry is this text. */
function makeReference(source: string): {
  readonly status: number | null;
  readonly said: string;
  readonly page: string;
  readonly list: string;
} {
  const root = mkdtempSync(join(tmpdir(), "seamless-reference-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const files = {
    "package.json": "{}",
    "tools/site/tsconfig.reference.json": JSON.stringify({
      compilerOptions: { module: "ESNext", moduleResolution: "Bundler", strict: true, types: [] },
      include: ["../../packages/*/src"],
    }),
    "packages/one/package.json": JSON.stringify({
      name: "@scope/one",
      description: "The first of all",
      exports: { ".": { types: "./dist/index.d.ts" }, "./package.json": "./package.json" },
    }),
    "packages/one/tsup.config.ts": 'export default { entry: { index: "src/main.ts" } };',
    "packages/one/src/main.ts": source,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, root], { encoding: "utf8" });
  const read = (name: string) => (status === 0 ? readFileSync(join(root, "results/api", name), "utf8") : "");
  return { status, said: stdout + stderr, page: read("@scope/one.md"), list: read("README.md") };
}

const RIGHT =
  "/** Adds to {@link zero}. */\nexport function add(): number {\n  return zero;\n}\n/** None. */\nexport const zero = 0;\n";

test("an entry has a page, with links to what its comments name and to its source", () => {
  const { status, said, page } = makeReference(RIGHT);
  expect(said).not.toMatch(/warning|error/i);
  expect(status).toBe(0);
  expect(page).toMatch(/^# @scope\/one\n/);
  expect(page).toContain("Adds to [zero](#api-zero).");
  expect(page).toContain("[packages/one/src/main.ts:2](../../../packages/one/src/main.ts#L2)");
});

test("the list of entries says what each is for", () => {
  const { list } = makeReference(RIGHT);
  expect(list).toMatch(/^# API\n/);
  expect(list).toContain("- [`@scope/one`](@scope/one.md): The first of all.\n");
});

test("a link in a comment that leads nowhere fails it", () => {
  const { status, said } = makeReference(RIGHT.replace("{@link zero}", "{@link nothing}"));
  expect(said).toContain('Failed to resolve link to "nothing"');
  expect(status).toBe(1);
});

test("an export without a comment fails it", () => {
  const { status, said } = makeReference(RIGHT.replace("/** None. */\n", ""));
  expect(said).toContain("zero");
  expect(said).toContain("does not have any documentation");
  expect(status).toBe(1);
});
