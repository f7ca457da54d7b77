// `npm test`: sets everything up, builds, checks, and runs all tests but those that are slow by nature (`*.slow.test.ts`:
// kills, hostile sizes, packed tarballs, browsers). `npm run test:all` runs those too; `npm run test:all -- --only-slow`
// runs what an `npm test` before it left out, and adds its totals. Each ends with one line of totals.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { command, install, root, run, step } from "./workspace.mjs";

const FAST = { name: "fast", args: ["--exclude=**/*.slow.test.ts"] };
// These run one after the other, and beside nothing else: they measure, or take the whole machine.
const ALONE_FILES = [
  "client-slow",
  "matrix",
  "packages",
  "playground-limits",
  "rehearsal",
  "reproducible",
  "serve-ui",
  "server-crowd",
  "server-slow",
  "site",
].map((name) => `/${name}.slow.test.ts`);
const SLOW = { name: "slow", args: [".slow.test.", ...ALONE_FILES.map((file) => `--exclude=**${file}`)] };
const ALONE = { name: "slow-alone", args: [...ALONE_FILES, "--maxWorkers=1"] };

/** By the arguments of this program: what is run, and whose totals are told. */
const MODES = {
  "": { runs: [FAST], totals: [FAST] },
  "--all": { runs: [FAST, SLOW, ALONE], totals: [FAST, SLOW, ALONE] },
  "--all --only-slow": { runs: [SLOW, ALONE], totals: [FAST, SLOW, ALONE] },
};

const mode = MODES[process.argv.slice(2).join(" ")];
if (mode === undefined) {
  process.stderr.write("usage: npm test, or npm run test:all [-- --only-slow]\n");
  process.exit(2);
}

const results = join(root, "results");
const reportOf = ({ name }) => join(results, `${name}.json`);

install();
step("Building and checking types");
run("turbo", ["run", "build", "typecheck", "--output-logs=errors-only"]);
step("Checking style, and that nothing is unused");
run("biome", ["check", "--error-on-warnings", "."]);
run("knip", ["--no-progress"]);
mkdirSync(results, { recursive: true });
for (const one of mode.runs) rmSync(reportOf(one), { force: true });
/** What vitest says of whole runs; it may be something else than a test. */
const failures = [];
process.on("exit", printTotals);
for (const one of mode.runs) {
  step(`Running the ${one.name} tests`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportOf(one)}`];
  // Whoever mends one wants to know of the others.
  const { status, signal, error } = command("vitest", ["run", ...one.args, ...reporters]);
  if (status === 0) continue;
  process.exitCode = 1;
  failures.push(`${one.name} tests: vitest: ${error?.message ?? signal ?? `exit status ${status}`}`);
}

function printTotals() {
  const paths = mode.totals.map(reportOf).filter((path) => existsSync(path));
  if (paths.length === 0) return;
  const reports = paths.map((path) => JSON.parse(readFileSync(path, "utf8")));
  for (const line of [...reports.flatMap(failuresOf), ...failures]) process.stdout.write(`\nFAILED ${line}`);
  const sum = (key) => reports.reduce((total, report) => total + report[key], 0);
  const skipped = sum("numPendingTests");
  const more = skipped > 0 ? `, ${skipped} skipped` : "";
  process.stdout.write(`\n${sum("numPassedTests")} passed, ${sum("numFailedTests")} failed${more}\n`);
}

/** Where, what, and the first line of why, of each test that failed, and of each file that could not be run. */
function failuresOf({ testResults }) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    const tests = assertionResults
      .filter((test) => test.status === "failed")
      .map(({ fullName, failureMessages: [why = ""] }) => `${file}: ${fullName}: ${firstLine(why)}`);
    return tests.length === 0 && status === "failed" ? [`${file}: ${firstLine(message)}`] : tests;
  });
}

function firstLine(text) {
  return text.split("\n")[0];
}
