import type { Command } from "./command.ts";

declare const VERSION: string;

/** A command that was asked for, and what of the command line is left for it. */
export interface Chosen {
  readonly command: Command;
  readonly args: readonly string[];
}

/** Start a program that is one command. */
export function start(name: string, load: () => Promise<Command>): void {
  startChosen(name, async (args) => ({ command: await load(), args }));
}

/**
 * Start a program whose command line says which command is asked for. It is only known then what has to be loaded, and
 * `--version` is answered before anything is: scripts ask it often and every module costs them a moment.
 */
export function startChosen(name: string, choose: (args: readonly string[]) => Promise<Chosen>): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough (`| head`) is no fault, and there is no one left to tell; a full disk is one.
    if (error.code === "EPIPE") return;
    process.stderr.write(`${name}: cannot write the results: ${error.message}\n`);
    process.exitCode = 1;
  });
  const args = process.argv.slice(2);
  if (args.length === 1 && args[0] === "--version") {
    process.stdout.write(`${name} ${VERSION}\n`);
    return;
  }
  void run(name, choose, args);
}

async function run(name: string, choose: (args: readonly string[]) => Promise<Chosen>, given: readonly string[]) {
  const [{ command, args }, { runCommand }] = await Promise.all([choose(given), import("./command.ts")]);
  const status = await runCommand(command, args, `${name} ${VERSION}`);
  process.exitCode ||= status;
}
