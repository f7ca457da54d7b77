import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const packages = createRequire(import.meta.url);

/**
 * The script of one of the commands.
 *
 * @param {string} name
 */
export function commandPath(name) {
  return join(dirname(packages.resolve("@seamless/cli/package.json")), "dist", "bin", `${name}.cjs`);
}

/**
 * Run a process to its end; its failure is the benchmark's.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {string} what it printed
 */
export function run(command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? stderr}`);
  return stdout;
}

const PEAK_MEMORY = `data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => process.stderr.write("\\npeak " + process.resourceUsage().maxRSS + "\\n"));',
)}`;

/**
 * Peak resident memory of a Node process, in MiB.
 *
 * @param {readonly string[]} args
 */
export function peakMemory(...args) {
  const { stderr, status } = spawnSync(process.execPath, ["--import", PEAK_MEMORY, ...args], { encoding: "utf8" });
  const kib = /peak (\d+)/.exec(stderr)?.[1];
  if (status !== 0 || kib === undefined) throw new Error(`node ${args.join(" ")} failed: ${stderr}`);
  return Number(kib) / 1024;
}
