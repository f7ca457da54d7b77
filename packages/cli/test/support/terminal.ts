import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { type CommandName, commandLine, type Outcome } from "./commands.ts";
import { system } from "./test.ts";

/** Opens a pseudo-terminal for a command, where util-linux is missing. */
const PYTHON = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/** The command line that runs another one with a terminal. */
export function withTerminal(line: readonly string[]): [string, ...string[]] {
  const quoted = line.map((part) => `'${part.replaceAll("'", "'\\''")}'`).join(" ");
  return system("script", "--version") === ""
    ? ["script", "-qec", `exec ${quoted}`, "/dev/null"]
    : ["python3", "-c", PYTHON, ...line];
}

/**
 * Run a command with a terminal for its output and errors, and collect what is written to that.
 *
 * @param press - Once the terminal shows anything, this is typed.
 */
export async function inTerminal(
  name: CommandName,
  args: readonly string[],
  cwd: string,
  press?: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Pick<Outcome, "status" | "out">> {
  const [program, ...rest] = withTerminal(commandLine(name, args));
  const child = spawn(program, rest, { cwd, env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "inherit"] });
  if (press !== undefined) child.stdout.once("data", () => child.stdin.write(press));
  const [out] = await Promise.all([text(child.stdout), once(child, "close")]);
  child.stdin.destroy();
  return { status: child.exitCode, out };
}
