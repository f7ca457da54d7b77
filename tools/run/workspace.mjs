// What the commands of the README share. Plain JavaScript on Node's own modules: it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top of the repository. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

const bin = join(root, "node_modules", ".bin");

/**
 * Run a command, by default in the repository, with the tools of the workspace on its path.
 *
 * @param {string} name
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean, cwd?: string }} [options] - `quiet` keeps what it prints instead of showing it.
 */
export function command(name, args, { quiet = false, cwd = root } = {}) {
  return spawnSync(name, args, {
    cwd,
    stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, TURBO_TELEMETRY_DISABLED: "1" },
    shell: process.platform === "win32",
    maxBuffer: 2 ** 28,
  });
}

/**
 * The same for a step that all else needs: if it fails, the process says so and ends with its status.
 *
 * @param {string} name
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean }} [options] - `quiet` shows what it prints only if it fails.
 */
export function run(name, args, { quiet = false } = {}) {
  exitOnFailure(name, args, command(name, args, { quiet }), quiet);
}

/**
 * @param {string} name
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnSyncReturns<Buffer>} outcome
 * @param {boolean} quiet
 */
function exitOnFailure(name, args, { status, signal, error, stdout, stderr }, quiet) {
  if (status === 0) return;
  if (quiet) process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
  const why = error?.message ?? (signal ? `ended by ${signal}` : `exit status ${status}`);
  process.stderr.write(`\n${name} ${args.join(" ")}: ${why}\n`);
  process.exit(status ?? 1);
}

/**
 * Install what the lock file names, with the pnpm that package.json names; nothing but npm need be there. Modules that were
 * installed elsewhere (a copied checkout, another store) are removed here: pnpm asks whether it may, and there is no one to
 * answer; where it does not ask (CI), it removes itself with them, and breaks down.
 */
export function install({ quiet = false } = {}) {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  step(`Installing with ${packageManager}`);
  const args = ["exec", "--yes", "--", packageManager, "install", "--frozen-lockfile", "--prefer-offline"];
  const before = existsSync(bin);
  const outcome = command("npm", args, { quiet: true });
  const asked = `${outcome.stdout}${outcome.stderr}`.includes("ERR_PNPM_ABORTED_REMOVE_MODULES_DIR");
  if (outcome.status === 0 || !before || (existsSync(bin) && !asked)) {
    if (!quiet) process.stderr.write(outcome.stdout ?? "");
    return exitOnFailure("npm", args, outcome, true);
  }
  step("The modules here were installed elsewhere: they are installed anew");
  for (const folder of workspaceFolders()) rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  run("npm", args, { quiet });
}

/** The top, and those that may have modules of their own. */
function workspaceFolders() {
  const parents = ["packages", "tools"].map((name) => join(root, name));
  const inside = parents.flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)));
  return [root, ...inside.filter((folder) => statSync(folder).isDirectory())];
}

/** @param {string} text */
export function step(text) {
  process.stderr.write(`> ${text}\n`);
}
