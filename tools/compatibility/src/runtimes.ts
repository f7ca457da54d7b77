import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "@seamless-tools/packages";
import type { Context, Group, RunRow } from "./row.ts";

const PROGRAM = fileURLToPath(new URL("../programs/features.mjs", import.meta.url));

/** A version of Node, as npm has it. */
function node(version: string, more: Partial<RunRow> = {}): RunRow {
  return {
    name: `Node ${version}`,
    how: "run",
    ...more,
    async run(context) {
      const { stdout } = await runCommand(
        "npx",
        ["--yes", `node@${version}`, "--print", "process.execPath + ' ' + process.versions.node"],
        { cwd: context.directory, signal: context.signal },
      );
      const [executable, exact] = stdout.trim().split(" ");
      await runFeatures(context, executable!, []);
      return { version: exact! };
    },
  };
}

/** Run the program in the project that npm has installed. */
async function runFeatures({ installed, signal }: Context, runtime: string, options: readonly string[]): Promise<void> {
  const program = join(await installed(), "features.mjs");
  await copyFile(PROGRAM, program);
  const { stdout, stderr } = await runCommand(runtime, [...options, program], { cwd: await installed(), signal });
  if (stdout !== "all features work\n" || stderr !== "") throw new Error(`it printed more:\n${stdout}${stderr}`);
}

function elsewhere(name: string): Group["rows"][number] {
  return { name, how: "by the workflow only", note: "the fast tests, on Node 20, 22, 24 and 26" };
}

export const runtimes: Group = {
  title: "Runtimes",
  about: "A program that uses each package, and the commands. Nothing may be printed on standard error.",
  rows: [
    node("20.19.0"),
    node("22", { inCi: true }),
    node("24", { inCi: true }),
    node("26"),
    elsewhere("macOS"),
    elsewhere("Windows"),
  ],
};
