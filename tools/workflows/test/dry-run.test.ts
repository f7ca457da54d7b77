import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyTree } from "@seamless-tools/packages";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Circumstances, dryRun, type JobRun, recordCalls } from "../src/dry-run.ts";
import { holds, substitute } from "../src/expressions.ts";
import { missingFor } from "../src/scripts.ts";
import { parseWorkflow, readWorkflows } from "../src/workflow.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const workflows = new Map(readWorkflows(ROOT).map((workflow) => [workflow.file, workflow]));

let folder: string;
let clone: string;

/** The files as they are now, committed or not. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "dry-run-"));
  clone = join(folder, "clone");
  await copyTree(clone, (path) => /^[^/]+$|^(\.ci|docs|tools)\//.test(path));
  // Not a dry run of a workflow, but commands that people type: `.ci/run` runs it whole.
  recordCalls(clone, ".ci/demo");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(file: string, job: string, circumstances?: Circumstances): JobRun[] {
  const runs = dryRun(clone, join(folder, file), workflows.get(file)!, job, circumstances);
  for (const { calls } of runs)
    expect(calls.map((call) => missingFor(ROOT, call)).filter((fault) => fault)).toEqual([]);
  return runs;
}

const only = (runs: JobRun[]): JobRun => {
  expect(runs).toHaveLength(1);
  return runs[0]!;
};

describe("ci.yml", () => {
  test("runs the fast tests in twelve places", () => {
    const runs = run("ci.yml", "fast", { github: { event_name: "pull_request" } });
    expect(runs.map(({ matrix }) => `${matrix["os"]} ${matrix["node"]}`)).toHaveLength(12);
    for (const { status, calls } of runs) expect([status, calls]).toEqual(["success", ["npm test"]]);
  });

  test("runs .ci/run as root, which installs what is missing", () => {
    const { status, calls, steps } = only(run("ci.yml", "full", { failing: ["dpkg -s libpython3-stdlib"] }));
    expect(steps.map(({ printed }) => printed)).toEqual([""]);
    expect(status).toBe("success");
    expect(calls.filter((call) => !call.startsWith("dpkg "))).toEqual([
      expect.stringMatching(/^sudo --preserve-env=CI,HOME env PATH=.* \.ci\/run$/),
      "apt-get update -qq",
      "apt-get install -y -qq --no-install-recommends libpython3-stdlib",
      ".ci/demo ",
      "npm test",
      "npm run test:all -- --only-slow",
    ]);
  });

  test("fails with the first command that fails", () => {
    const { status, calls } = only(run("ci.yml", "full", { failing: ["npm test"] }));
    expect([status, calls.at(-1)]).toEqual(["failure", "npm test"]);
  });

  test("compares what would be published with what is", () => {
    const calls = ["npm run setup", "npm run release:changes"];
    expect(only(run("ci.yml", "changesets"))).toMatchObject({ status: "success", calls });
  });
});

describe("benchmarks.yml", () => {
  const table = "| subject | ratio |\n| --- | --- |\n| hash | 0.9 |\n";

  test("keeps the tables as a file, and shows them", () => {
    const prints = { "npm run --silent bench": table };
    const { status, calls, summary } = only(run("benchmarks.yml", "benchmarks", { prints }));
    expect({ status, calls, summary }).toEqual({
      status: "success",
      calls: ["npm run setup", "npm run --silent bench"],
      summary: table,
    });
    expect(readFileSync(join(clone, "benchmarks.md"), "utf8")).toBe(table);
  });

  test("fails where a target is missed", () => {
    const { status, steps } = only(run("benchmarks.yml", "benchmarks", { failing: ["npm run --silent bench"] }));
    expect(status).toBe("failure");
    expect(steps.map(({ step, status }) => [step, status])).toEqual([
      ["Install and build", 0],
      ["Measure", 1],
      ["Show the tables", 0],
    ]);
  });
});

test("compatibility.yml runs the whole matrix, and shows its page, also if a row fails", () => {
  const calls = ["npm run setup", "npm run compatibility"];
  const page = readFileSync(join(ROOT, "docs/compatibility.md"), "utf8");
  expect(only(run("compatibility.yml", "compatibility"))).toMatchObject({ status: "success", calls, summary: page });
  const failing = ["npm run compatibility"];
  expect(only(run("compatibility.yml", "compatibility", { failing }))).toMatchObject({
    status: "failure",
    calls,
    summary: page,
  });
});

describe("release.yml", () => {
  const asks = "npm run --silent release:unpublished";
  const version = (hasChangesets: string, unpublished: string) =>
    only(
      run("release.yml", "version", { outputs: { changesets: { hasChangesets } }, prints: { [asks]: unpublished } }),
    );
  const publish = (outputs: Readonly<Record<string, string>>, failing: readonly string[] = []) =>
    only(run("release.yml", "publish", { needs: { version: { outputs } }, failing }));

  test("gathers changesets that wait, and publishes nothing then", () => {
    const { status, calls, outputs } = version("true", "@seamless/core@0.1.0\n");
    expect({ status, calls, outputs }).toEqual({
      status: "success",
      calls: ["npm run setup", "npm run release:version", asks],
      outputs: { pending: "true", unpublished: "@seamless/core@0.1.0" },
    });
    expect(publish(outputs)).toMatchObject({ status: "skipped", calls: [] });
  });

  test("publishes when none waits", () => {
    const { outputs } = version("false", "@seamless/core@0.1.0\n@seamless/store@0.1.1\n");
    expect(outputs).toEqual({ pending: "false", unpublished: "@seamless/core@0.1.0 @seamless/store@0.1.1" });
    expect(publish(outputs)).toMatchObject({ status: "success", calls: ["npm run setup", "npm run release"] });
  });

  test("asks nobody to let it publish where every version is published", () => {
    const { outputs } = version("false", "");
    expect(outputs).toEqual({ pending: "false", unpublished: "" });
    expect(publish(outputs)).toMatchObject({ status: "skipped", calls: [] });
  });

  test("that fails midway pushes the tags of what it has published", () => {
    const outputs = { pending: "false", unpublished: "@seamless/core@0.1.0" };
    expect(publish(outputs, ["npm run release"])).toMatchObject({
      status: "failure",
      calls: ["npm run setup", "npm run release", "git push origin --tags"],
    });
  });
});

test("codeql.yml looks at sources and workflows, and runs no command", () => {
  const runs = run("codeql.yml", "analyze");
  expect(runs.map(({ matrix, status, calls }) => [matrix["language"], status, calls])).toEqual([
    ["javascript-typescript", "success", []],
    ["actions", "success", []],
  ]);
});

test("each job of each workflow is run here", () => {
  const jobs = [...workflows.values()].flatMap(({ file, jobs }) => Object.keys(jobs).map((name) => `${file} ${name}`));
  expect(jobs.sort()).toEqual([
    "benchmarks.yml benchmarks",
    "ci.yml changesets",
    "ci.yml fast",
    "ci.yml full",
    "codeql.yml analyze",
    "compatibility.yml compatibility",
    "release.yml publish",
    "release.yml version",
  ]);
});

test("a dry run follows outputs, conditions and the status of the job", () => {
  const workflow = parseWorkflow(
    "a.yml",
    `
name: A
on: {}
jobs:
  a:
    outputs: { word: "\${{ steps.one.outputs.word }}" }
    steps:
      - { id: one, run: 'echo "word=$WORD" >> "$GITHUB_OUTPUT"', env: { WORD: "\${{ github.ref }}" } }
      - { run: "false | true", name: pipe }
      - { run: "exit 3", name: not reached }
      - { run: "exit 4", name: if failed, if: failure() }
      - { run: "echo x", name: always, if: "\${{ !cancelled() && steps.one.outputs.word == 'refs/heads/main' }}" }
`,
  );
  const { steps, outputs, status } = only(dryRun(clone, join(folder, "a"), workflow, "a"));
  expect(steps.map(({ step, status }) => [step, status])).toEqual([
    ["one", 0],
    ["pipe", 1],
    ["if failed", 4],
    ["always", 0],
  ]);
  expect([outputs, status]).toEqual([{ word: "refs/heads/main" }, "failure"]);
});

test("expressions are evaluated as the platform does", () => {
  const contexts = { github: { event_name: "push", sha: "abc" }, matrix: { node: 20 } };
  expect(
    substitute(`n\${{ matrix.node }} \${{ github.event_name == 'pull_request' && 'x' || github.sha }}`, contexts),
  ).toBe("n20 abc");
  expect(() => substitute(`\${{ other.x }}`, contexts)).toThrow("other");
  expect(holds("matrix.node == 20", contexts, "success")).toBe(true);
  expect(holds("matrix.node == 20", contexts, "failure")).toBe(false);
  expect(holds("github.absent", contexts, "success")).toBe(false);
});

test.each([
  ["npm test", undefined],
  ["npm run --silent bench", undefined],
  ["npm run test:all -- --only-slow", undefined],
  ["npx pnpm install --frozen-lockfile", undefined],
  ["npm run absent", '"npm run absent": package.json has no script "absent"'],
  ["npx pnpm absent", '"npx pnpm absent": package.json has no script "absent"'],
  ["dpkg -s git", undefined],
])("%s needs a script that exists", (call, fault) => expect(missingFor(ROOT, call)).toBe(fault));
