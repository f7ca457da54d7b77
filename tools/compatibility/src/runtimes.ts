import { join } from "node:path";
import { runCommand } from "@seamless-tools/packages";
import { checkIndexing, checkStoring } from "./commands.ts";
import { checkFeatures, checkStores } from "./features.ts";
import { fetchCommand } from "./fetch-command.ts";
import type { Command } from "./output.ts";
import type { Context, Group, Row } from "./row.ts";

/** A runtime, its version, and the absolute path of its executable. */
export interface Runtime {
  readonly version: string;
  readonly executable: string;
}

/**
 * A runtime that npm has.
 *
 * @param range - Of versions: `node@22`; its command has the same name.
 * @param options - What makes it evaluate an expression.
 * @param expression - Its value is the version, a space, and the path of the executable.
 * @throws {MissingToolError}
 */
async function fetchRuntime(
  context: Context,
  range: string,
  options: readonly string[],
  expression: string,
): Promise<Runtime> {
  const { directory: cwd, signal } = context;
  const command = await fetchCommand(context, range, range.slice(0, range.lastIndexOf("@")));
  const { stdout } = await runCommand(command, [...options, `console.log(${expression})`], { cwd, signal });
  const [version, ...path] = stdout.trim().split(" ");
  return { version: version!, executable: path.join(" ") };
}

/** A version of Node: `22` is the newest of that major. */
export function fetchNode(context: Context, range: string): Promise<Runtime> {
  return fetchRuntime(context, `node@${range}`, ["--eval"], "process.versions.node, process.execPath");
}

/** Run the commands, each by its file. */
async function checkCommands(start: Command, { directory: cwd, tarballs, installed, signal }: Context): Promise<void> {
  const project = await installed();
  const { bin } = tarballs.find(({ manifest }) => manifest.name === "@seamless/cli")!.manifest;
  const fileOf = (name: string) => (bin as Readonly<Record<string, string>>)[name]!;
  const setting = {
    start: (name: string): Command => [...start, join(project, "node_modules/@seamless/cli", fileOf(name))],
    cwd,
    signal,
  };
  await checkIndexing(setting);
  await checkStoring(setting);
}

function node(range: string, inCi = false): Row {
  return {
    name: `Node ${range}`,
    how: "run",
    inCi,
    async run(context) {
      const { executable, version } = await fetchNode(context, range);
      await checkFeatures([executable], await context.installed(), context);
      await checkStores([executable], await context.installed(), context);
      await checkCommands([executable], context);
      return { version };
    },
  };
}

/** What Deno must be given. The names of the environment are those that undici asks for; `fs.access` asks for the user. */
const NETWORK = ["--allow-net=127.0.0.1", "--allow-env=JEST_WORKER_ID,UNDICI_NO_WASM_SIMD"];
const PROGRAM = ["--allow-read=.", "--allow-write=.", ...NETWORK, "--allow-sys=uid"];
const COMMAND = ["--allow-read", "--allow-write=.", "--allow-net=127.0.0.1", "--allow-env", "--allow-sys=uid"];

const deno: Row = {
  name: "Deno",
  how: "run",
  inCi: true,
  async run(context) {
    const { executable, version } = await fetchRuntime(
      context,
      "deno@2",
      ["eval"],
      "Deno.version.deno, Deno.execPath()",
    );
    const run = (permissions: readonly string[]): Command => [executable, "run", "--no-prompt", ...permissions];
    await checkFeatures(run(PROGRAM), await context.installed(), context);
    await checkStores(run(PROGRAM), await context.installed(), context);
    await checkCommands(run(COMMAND), context);
    const code = (permissions: readonly string[]) => `\`${permissions.join(" ")}\``;
    return { version, note: `installed with npm; all of it needs ${code(PROGRAM)}, and all commands ${code(COMMAND)}` };
  },
};

const bun: Row = {
  name: "Bun",
  how: "run",
  inCi: true,
  async run(context) {
    const { executable, version } = await fetchRuntime(context, "bun@1", ["--eval"], "Bun.version, process.execPath");
    await checkFeatures([executable], await context.installed(), context);
    await checkStores([executable], await context.installed(), context);
    await checkCommands([executable], context);
    return { version, note: "hashservers are asked by `fetch`" };
  },
};

function elsewhere(name: string): Row {
  return { name, how: "by the workflow only", note: "the fast tests, on Node 20, 22, 24 and 26" };
}

export const runtimes: Group = {
  title: "Runtimes",
  about:
    "A program that uses each package, the commands and a server. Nothing may be printed but results, and no warning.",
  rows: [
    node("20.19.0"),
    node("22", true),
    node("24", true),
    node("26"),
    deno,
    bun,
    elsewhere("macOS"),
    elsewhere("Windows"),
  ],
};
