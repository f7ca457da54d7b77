import { runCommand } from "@seamless-tools/packages";
import type { Context } from "./row.ts";

/** npm cannot install a tool: it has none for this platform, or there is no network. */
export class MissingToolError extends Error {}

/**
 * The path of a command that npm has.
 *
 * @param range - The package that it is in, with a range of versions: `yarn@1`.
 * @throws {MissingToolError} with what npm says about it. That a tool which was installed does not run is another error.
 */
export async function fetchCommand(
  { directory: cwd, signal }: Pick<Context, "directory" | "signal">,
  range: string,
  command: string,
): Promise<string> {
  try {
    const args = ["--yes", `--package=${range}`, "--call", `command -v ${command}`];
    return (await runCommand("npx", args, { cwd, signal })).stdout.trim();
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof Error) || !/^npm error /m.test(cause.message)) throw cause;
    throw new MissingToolError(`npm cannot get ${range} here: ${cause.message}`, { cause });
  }
}
