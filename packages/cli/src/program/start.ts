import type { Command } from "./command.ts";

declare const VERSION: string;
/** The oldest Node that will do: `20.19`. */
declare const OLDEST_NODE: string;

/** A command that was asked for, and what of the command line is left for it. */
export interface ChosenCommand {
  readonly command: Command;
  readonly args: readonly string[];
}

/** Start a program that is one command. */
export function startCommand(name: string, load: () => Promise<Command>): void {
  startProgram(name, async (args) => ({ command: await load(), args }));
}

/**
 * Start a program whose command line says which command is asked for. It is only known then what has to be loaded, and
 * `--version` is answered before anything is: scripts ask it often and every module costs them a moment.
 */
export function startProgram(name: string, choose: (args: readonly string[]) => Promise<ChosenCommand>): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough (`| head`) is no fault, and there is no one left to tell; a full disk is one.
    if (error.code === "EPIPE") return;
    process.stderr.write(`${name}: cannot write the results: ${error.message}\n`);
    process.exitCode = 1;
  });
  const args = process.argv.slice(2);
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
    process.stdout.write(`${name} ${VERSION}\n`);
    return;
  }
  if (isOld(process.versions.node)) {
    // Before anything is loaded: an older one fails at the first thing that it does not know.
    process.stderr.write(`${name}: Node ${OLDEST_NODE} or later is needed; this is Node ${process.versions.node}\n`);
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
  const status = await runCommand(command, args, `${name} ${VERSION}`);
  process.exitCode ||= status;
}
