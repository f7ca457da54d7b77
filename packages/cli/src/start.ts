import type { Command } from "./command.ts";

declare const VERSION: string;

/**
 * The whole of a command until it is known what is asked: `--version` is answered before anything else is loaded, since
 * scripts ask it often and every module costs them a moment.
 */
export function start(name: string, load: () => Promise<Command>): void {
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
  void run(name, load, args);
}

async function run(name: string, load: () => Promise<Command>, args: readonly string[]): Promise<void> {
  const [command, { runCommand }] = await Promise.all([load(), import("./command.ts")]);
  const status = await runCommand(command, args, `${name} ${VERSION}`);
  process.exitCode ||= status;
}
