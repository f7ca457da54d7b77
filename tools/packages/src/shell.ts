import { type ChildProcess, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { launch } from "../../run/workspace.mjs";

export interface CommandOptions {
  readonly cwd: string;
  /** Added to the environment; undefined takes away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Ends the command and all that it has started. */
  readonly signal?: AbortSignal;
  /** The exit status that is right. @default 0 */
  readonly status?: number;
}

/** What a command has printed. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Run a command to its end, without standard input.
 *
 * @param command - `npm` and the tools of the workspace (`turbo`, `pnpm`) are started without a shell, on Windows too.
 * @throws {Error} with all that it printed, if it ends with another status, or by the signal.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env, signal, status = 0 }: CommandOptions,
): Promise<Output> {
  signal?.throwIfAborted();
  const child = spawn(...launch(command, args), {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: what it has started itself is ended with it.
    detached: process.platform !== "win32",
  });
  const kill = () => endGroup(child);
  signal?.addEventListener("abort", kill, { once: true });
  try {
    const end = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, killedBy) => resolve(code ?? killedBy));
    });
    const [ended, stdout, stderr] = await Promise.all([end, text(child.stdout), text(child.stderr)]);
    if (ended === status) return { stdout, stderr };
    const why = signal?.aborted === true ? "took too long" : `ended with ${ended}`;
    throw new Error(`${[command, ...args].join(" ")} ${why}:\n${stdout}${stderr}`);
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}

/** The same, for those who want its standard output alone. */
export async function execute(command: string, args: readonly string[], cwd: string): Promise<string> {
  return (await runCommand(command, args, { cwd })).stdout;
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // It has ended in the meantime.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
