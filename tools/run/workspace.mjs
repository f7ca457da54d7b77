// What the commands of the README share. Plain JavaScript on Node's own modules: it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top of the repository. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

const bin = join(root, "node_modules", ".bin");

/**
 * Run a command in the repository and show what it prints; the process ends with its status if it fails.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean, cwd?: string }} [options] - `quiet` shows what it prints only if it fails.
 */
export function run(command, args, { quiet = false, cwd = root } = {}) {
  const result = spawnSync(command, args, {
    cwd,
    stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, TURBO_TELEMETRY_DISABLED: "1" },
    shell: process.platform === "win32",
    maxBuffer: 2 ** 28,
  });
  if (result.status === 0) return;
  if (quiet) process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  const why = result.error?.message ?? (result.signal ? `ended by ${result.signal}` : `exit status ${result.status}`);
  process.stderr.write(`\n${command} ${args.join(" ")}: ${why}\n`);
  process.exit(result.status ?? 1);
}

/** Install what the lock file names, with the pnpm that package.json names; nothing but npm need be there. */
export function install({ quiet = false } = {}) {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  step(`Installing with ${packageManager}`);
  run("npm", ["exec", "--yes", "--", packageManager, "install", "--frozen-lockfile", "--prefer-offline"], { quiet });
}

/** @param {string} text */
export function step(text) {
  process.stderr.write(`> ${text}\n`);
}
