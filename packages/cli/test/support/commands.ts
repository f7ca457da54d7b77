import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** What is installed on the path. */
const PROGRAMS = ["seamless", "seamless-checksum", "seamless-checksum-file", "seamless-checksum-index"] as const;

/** All that can be called, by name: the programs, and the subcommands and groups of `seamless`. */
export const COMMANDS = [
  ...PROGRAMS,
  "seamless checksum",
  "seamless checksum-file",
  "seamless index",
  "seamless put",
  "seamless get",
  "seamless has",
  "seamless upload",
  "seamless download",
  "seamless ls",
  "seamless diff",
  "seamless cat",
  "seamless inspect",
  "seamless convert",
  "seamless matrix",
  "seamless checksum-of",
  "seamless resolve",
  "seamless fingertip",
  "seamless config",
  "seamless completion",
  "seamless serve",
  "seamless store",
  "seamless store verify",
  "seamless store ls",
  "seamless store du",
  "seamless store rm",
  "seamless store copy",
  "seamless store sync",
  "seamless store gc",
  "seamless store compress",
  "seamless store decompress",
] as const;
export type CommandName = (typeof COMMANDS)[number];

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const NOBODY = 65_534;

if (!existsSync(join(PACKAGE, "dist/bin/seamless-checksum.cjs"))) {
  throw new Error('these tests need the build: run pnpm --filter "@seamless/cli..." build');
}

/** What commands find in tests: no configuration of who runs them. */
const ENVIRONMENT = { ...process.env, NO_COLOR: "1", XDG_CONFIG_HOME: join(tmpdir(), "seamless-cli-none") };

/** How a command is run; by default in the tests' own folder, with nothing on standard input. */
export interface RunOptions {
  readonly cwd?: string;
  /** What is on standard input. */
  readonly input?: string | Uint8Array;
  /** Folder that the package is installed in. By default the workspace itself. */
  readonly installation?: string;
  /** Run as a user who is bound by permissions, should we be root. Needs an `installation` that everybody can read. */
  readonly unprivileged?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output: a file descriptor, or `"closed"` for a pipe that nobody reads. */
  readonly stdout?: number | "closed";
}

export interface Outcome {
  /** Exit status; `null` if a signal ended the process. */
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Start a command as a process of its own. Standard input stays open if `input` is not given here. */
export function start(name: CommandName, args: readonly string[], options: RunOptions = {}): ChildProcess {
  const asNobody = options.unprivileged === true && process.getuid?.() === 0;
  const [program, ...rest] = commandLine(name, args, options.installation);
  const child = spawn(program, rest, {
    cwd: options.cwd,
    env: { ...ENVIRONMENT, ...options.env },
    stdio: ["pipe", typeof options.stdout === "number" ? options.stdout : "pipe", "pipe"],
    ...(asNobody ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  // Our end closes long before the other process has started.
  if (options.stdout === "closed") child.stdout?.destroy();
  return child;
}

/** Program and arguments that run a command. */
export function commandLine(name: CommandName, args: readonly string[], installation?: string): [string, ...string[]] {
  const [program, ...words] = name.split(" ");
  return [process.execPath, scriptOf(program!, installation), ...words, ...args];
}

/** Run a command to its end. */
export async function run(name: CommandName, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = start(name, args, options);
  // A command that does not read its input is no failure of the test.
  child.stdin?.on("error", () => {});
  child.stdin?.end(options.input);
  return ended(child);
}

/** A command line: the command and its arguments. */
export type Line = readonly [name: CommandName, args: readonly string[]];

/**
 * Run several commands to their ends, one after the other in one process, for less than it costs to start each. Their
 * outcomes are those of `run`, in order.
 */
export async function runAll(lines: readonly Line[], { cwd, env }: RunOptions = {}): Promise<readonly Outcome[]> {
  const scripts = lines.map(([name, args]) => commandLine(name, args).slice(1));
  const child = spawn(process.execPath, [RUN_ALL, JSON.stringify(scripts)], {
    cwd,
    env: { ...ENVIRONMENT, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { status, out, err } = await ended(child);
  if (status !== 0 || err !== "") throw new Error(`status ${status}: ${err}`);
  return JSON.parse(out);
}

/** The outcomes of several command lines for the tests of a table, which share one run. */
export function inOneProcess(lines: readonly Line[]) {
  let outcomes: ReturnType<typeof runAll> | undefined;
  return () => {
    outcomes ??= runAll(lines);
    return outcomes;
  };
}

const RUN_ALL = fileURLToPath(new URL("run-all.mjs", import.meta.url));

/** Wait for a process, and collect what it says. */
export async function ended(child: ChildProcess): Promise<Outcome> {
  const closed = once(child, "close");
  const read = (stream: ChildProcess["stdout"]) =>
    stream === null || stream.destroyed ? Promise.resolve("") : text(stream);
  const [out, err] = await Promise.all([read(child.stdout), read(child.stderr), closed]);
  return { status: child.exitCode, out, err };
}

/** Run a line of shell with the commands on its path. */
export function shell(line: string, cwd: string, extra: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const env = {
    ...ENVIRONMENT,
    // Not in the home of who runs the tests.
    XDG_CACHE_HOME: `${cwd}.cache`,
    ...extra,
    PATH: [commandFolder(cwd), process.env["PATH"]].join(delimiter),
  };
  return new Promise((resolve) => {
    execFile("bash", ["-c", line], { cwd, env, maxBuffer: 2 ** 26 }, (error, out, err) =>
      resolve({ status: error === null ? 0 : typeof error.code === "number" ? error.code : null, out, err }),
    );
  });
}

/** Install the package, and nothing else, into a folder that everybody can read. */
export function install(folder: string): string {
  copyPackage(PACKAGE, join(folder, "node_modules/@seamless/cli"));
  return folder;
}

/** Install the package with all that it depends on, at any depth. */
export function installAll(folder: string): string {
  const copied = new Set<string>();
  const copy = (name: string, from: string) => {
    if (copied.has(name)) return;
    copied.add(name);
    copyPackage(from, join(folder, "node_modules", name));
    const { dependencies = {} } = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
    for (const dependency of Object.keys(dependencies)) copy(dependency, dependencyOf(from, dependency));
  };
  copy("@seamless/cli", PACKAGE);
  return folder;
}

/** What a package manager would pack: of ours the build, of others all. */
function copyPackage(from: string, to: string): void {
  const parts = from === PACKAGE ? ["package.json", "dist"] : ["."];
  mkdirSync(to, { recursive: true });
  for (const part of parts) cpSync(join(from, part), join(to, part), { recursive: true });
}

/** Where a package finds another: below itself, or beside itself, as pnpm lays them out. */
function dependencyOf(from: string, name: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, "node_modules", name);
    if (existsSync(found)) return realpathSync(found);
    if (folder === dirname(folder)) throw new Error(`${name} is not installed for ${from}`);
  }
}

/** A folder with the commands under their own names, as package managers make it: links to the scripts. */
function commandFolder(beside: string): string {
  const folder = `${beside}.bin`;
  if (existsSync(folder)) return folder;
  mkdirSync(folder);
  symlinkSync(process.execPath, join(folder, "node"));
  for (const name of PROGRAMS) symlinkSync(scriptOf(name), join(folder, name));
  return folder;
}

function scriptOf(name: string, installation?: string): string {
  const folder = installation === undefined ? PACKAGE : join(installation, "node_modules/@seamless/cli");
  return join(folder, "dist/bin", `${name}.cjs`);
}

/** What a command line gives that is wrong usage. */
export const refusal = (name: CommandName, reason: string) => ({
  status: 2,
  out: "",
  err: `${name}: ${reason}\nTry '${name} --help'.\n`,
});
