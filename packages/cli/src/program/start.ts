import type { Command } from "./command.ts";
import { standardError, standardOutput } from "./output.ts";

declare const VERSION: string;
/** The oldest supported Node: `20.19`. */
declare const OLDEST_NODE: string;

/** The command that a command line names, and its arguments. */
export interface ChosenCommand {
  readonly command: Command;
  readonly args: readonly string[];
}

/** Exit status if the results cannot be written; the command that runs may have another one. */
let failed = 1;

/** Starts a program that is a single command. */
export function startCommand(name: string, load: () => Promise<Command>): void {
  startProgram(name, async (args) => ({ command: await load(), args }));
}

/**
 * Starts a program whose command line names the command to run. Modules are loaded only once the command is known, and
 * `--version` loads none: scripts ask for it often, and every module takes time to load.
 */
export function startProgram(name: string, choose: (args: readonly string[]) => Promise<ChosenCommand>): void {
  standardOutput.onError((error) => {
    // A reader that stops early (`| head`) is not an error; a full disk is. On Windows it may also be the end of a file.
    if (error.code === "EPIPE" || error.code === "EOF") return;
    standardError.write(`${name}: cannot write the results: ${error.message}\n`);
    process.exitCode = failed;
  });
  const args = process.argv.slice(2);
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
    standardOutput.write(`${name} ${VERSION}\n`);
    return;
  }
  if (isOld(process.versions.node)) {
    // Checked before anything is loaded: an older Node would fail at the first syntax or module that it does not know.
    standardError.write(`${name}: Node ${OLDEST_NODE} or later is needed; this is Node ${process.versions.node}\n`);
    process.exitCode = 1;
    return;
  }
  void run(name, choose, args);
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split(".").map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

async function run(
  name: string,
  choose: (args: readonly string[]) => Promise<ChosenCommand>,
  given: readonly string[],
) {
  const [{ command, args }, { runCommand }] = await Promise.all([choose(given), import("./command.ts")]);
  failed = command.failureStatus ?? failed;
  const status = await runCommand(command, args, `${name} ${VERSION}`);
  process.exitCode ||= status;
}
