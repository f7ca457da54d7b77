import { Console } from "./console.ts";
import { type Arguments, asksForJson, helpText, parseArguments, type Usage, UsageError } from "./usage.ts";

/** One command: how it is called and what it does. */
export interface Command extends Usage {
  /**
   * @returns whether all went well; false makes the exit status 1. What goes wrong is reported, not thrown, where the
   * rest can still be done.
   * @throws {UsageError} for operands that make no sense; the exit status is then 2.
   */
  run(call: Call): Promise<boolean>;
}

/** What a module of a subcommand says of itself; its name and its summary are in the table of all of them. */
export type Subcommand = Omit<Command, "name" | "summary">;

/** What a command gets to work with. */
export interface Call extends Arguments {
  readonly console: Console;
  /** Aborted by Ctrl-C, and when nobody takes the results any more. */
  readonly signal: AbortSignal;
}

/** Above 128, what a shell shows for a process that the signal ended: SIGINT, SIGPIPE, SIGTERM. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130, unread: 141, terminated: 143 } as const;

/** Parse, run, and say how it ended. Resolves to the exit status. */
export async function runCommand(command: Command, args: readonly string[], version: string): Promise<number> {
  const console = new Console(command.name);
  const stop = listenForStops();
  try {
    const parsed = parseArguments(command, args);
    console.configure(parsed.flags);
    if (parsed.flags["help"]) console.print(helpText(command));
    else if (parsed.flags["version"]) console.print(version);
    else if (!(await command.run({ ...parsed, console, signal: stop.signal }))) return EXIT.failed;
    return EXIT.ok;
  } catch (error) {
    if (stop.signal.aborted) {
      if (stop.byUser()) console.complain("interrupted");
      return stop.status();
    }
    if (error instanceof UsageError) {
      console.complain(`${error.message}\nTry '${command.name} --help'.`);
      if (asksForJson(args)) console.print(JSON.stringify({ error: { code: "USAGE", message: error.message } }));
      return EXIT.usage;
    }
    console.report(error);
    return EXIT.failed;
  } finally {
    console.close();
    stop.close();
  }
}

/** The first Ctrl-C asks the command to stop; its handler gone, a second one ends the process at once. */
function listenForStops() {
  const controller = new AbortController();
  let status: number = EXIT.ok;
  const stop = (exit: number) => {
    status = exit;
    close();
    controller.abort();
  };
  const onSignal = (signal: NodeJS.Signals) => stop(signal === "SIGTERM" ? EXIT.terminated : EXIT.interrupted);
  const onOutputError = ({ code }: NodeJS.ErrnoException) => stop(code === "EPIPE" ? EXIT.unread : EXIT.failed);
  const close = () => {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    process.stdout.off("error", onOutputError);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.stdout.on("error", onOutputError);
  const byUser = () => status === EXIT.interrupted || status === EXIT.terminated;
  return { signal: controller.signal, status: () => status, byUser, close };
}
