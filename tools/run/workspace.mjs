// What the commands of the README share. Plain JavaScript on Node's own modules: it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top of the repository. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

const modules = join(root, "node_modules");
const bin = join(modules, ".bin");

/**
 * Tools that are not named like their package.
 *
 * @type {Record<string, string>}
 */
const PACKAGES = { biome: "@biomejs/biome" };

/**
 * What starts a tool: this Node, with the tool's script. What npm puts on the path are `.cmd` files on Windows: only a shell
 * starts those, and a shell takes arguments with spaces and `%` apart. A script needs none, on any platform.
 *
 * @param {string} name - Of npm, of a tool of the workspace, or a path.
 * @param {readonly string[]} args
 * @returns {[file: string, args: string[]]}
 */
export function launch(name, args, { folder = modules, node = process.execPath, env = process.env } = {}) {
  const script = name === "npm" ? npmScript(node, env) : toolScript(name, folder);
  return script === undefined ? [name, [...args]] : [node, [script, ...args]];
}

/**
 * The npm that runs this; else the one that came with Node, which lies elsewhere on Windows; else any on the path.
 *
 * @param {string} node
 * @param {NodeJS.ProcessEnv} env
 */
function npmScript(node, env) {
  const running = env["npm_execpath"] ?? "";
  const script = join("node_modules", "npm", "bin", "npm-cli.js");
  const candidates = [join(dirname(node), script), join(dirname(node), "..", "lib", script)];
  if (basename(running) === "npm-cli.js") candidates.unshift(running);
  return candidates.find((path) => existsSync(path));
}

/**
 * @param {string} name
 * @param {string} folder
 * @returns {string | undefined}
 */
function toolScript(name, folder) {
  const home = join(folder, PACKAGES[name] ?? name);
  const manifest = join(home, "package.json");
  if (name === basename(name) && existsSync(manifest)) {
    const { bin } = JSON.parse(readFileSync(manifest, "utf8"));
    return join(home, typeof bin === "string" ? bin : bin[name]);
  }
  return undefined;
}

/**
 * Run a command, by default in the repository, with the tools of the workspace on its path.
 *
 * @param {string} name
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean, cwd?: string }} [options] - `quiet` keeps what it prints instead of showing it.
 */
export function command(name, args, { quiet = false, cwd = root } = {}) {
  return spawnSync(...launch(name, args), {
    cwd,
    stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
    // Where Windows has "Path" too, Node takes this one, the first in order of characters.
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"]}`, TURBO_TELEMETRY_DISABLED: "1" },
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
