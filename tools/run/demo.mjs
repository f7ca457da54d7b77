// `npm run demo [-- DIR…]`: set everything up, then index and verify a directory, and print its checksum.
import { statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { command, install, root, run, step } from "./workspace.mjs";

const HELP = `Usage: npm run demo
       npm run demo -- DIR…
Set everything up, verify the example dataset against its index, index it, and print its checksum.
With DIR: write DIR.INDEX and DIR.CHECKSUM beside it, print its checksum, and verify it.
`;

const called = process.env["INIT_CWD"] ?? process.cwd();
const given = process.argv.slice(2);
if (given.includes("--help")) {
  process.stdout.write(HELP);
  process.exit();
}

// The example comes with its index: verified before it is made anew, it shows that this machine finds the same.
const example = { directory: resolve(root, "examples/timezones"), steps: [["--verify"], []] };
const theirs = given.map((path) => ({ directory: resolve(called, path), steps: [[], ["--verify"]] }));
const jobs = theirs.length > 0 ? theirs : [example];
for (const { directory } of jobs) exitUnlessDirectory(directory);

step("Setting up takes one to three minutes the first time, and some seconds after that");
install({ quiet: true });
step("Building @seamless/cli");
run("pnpm", ["--filter", "@seamless/cli...", "build"], { quiet: true });

for (const { directory, steps } of jobs) {
  for (const options of steps) {
    const args = [...options, ...operand(directory)];
    process.stdout.write(`\n$ ${["seamless-checksum-index", ...args].join(" ")}\n`);
    const script = resolve(root, "packages/cli/dist/bin/seamless-checksum-index.cjs");
    const { status } = command(process.execPath, [script, ...args], { cwd: called });
    // It has said itself what is wrong.
    if (status !== 0) process.exit(status ?? 1);
  }
}

/**
 * As short as somebody at the prompt would type it, and never taken for an option.
 *
 * @param {string} directory
 */
function operand(directory) {
  const shown = relative(called, directory);
  if (shown === "" || shown.startsWith("..")) return [directory];
  return shown.startsWith("-") ? ["--", shown] : [shown];
}

/**
 * Before the minute that setting up takes.
 *
 * @param {string} path
 */
function exitUnlessDirectory(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return;
  const fault = stats === undefined ? "no such directory" : "it is not a directory";
  process.stderr.write(`demo: cannot index ${path}: ${fault}\n`);
  process.exit(1);
}
