// `npm test`: set everything up, build, check, and run all tests. Ends with one line of totals.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { install, root, run, step } from "./workspace.mjs";

install();
step("Building and checking types");
run("turbo", ["run", "build", "typecheck", "--output-logs=errors-only"]);
step("Checking style");
run("biome", ["check", "--error-on-warnings", "."]);
step("Testing");
const report = join(root, "results", "tests.json");
mkdirSync(join(root, "results"), { recursive: true });
rmSync(report, { force: true });
process.on("exit", () => {
  if (!existsSync(report)) return;
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, "utf8"));
  const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : "";
  process.stdout.write(`\n${numPassedTests} passed, ${numFailedTests} failed${skipped}\n`);
});
run("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`]);
