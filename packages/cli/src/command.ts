import { Console } from "./console.ts";
import { EXIT, listenForStops } from "./stops.ts";
import { type Arguments, asksForJson, helpText, parseArguments, readTexts, type Usage, UsageError } from "./usage.ts";

/** One command: how it is called and what it does. */
export interface Command extends Usage {
  /** In ms: how long it may take to end when it is asked to stop. @default 2000 */
  readonly patience?: number;
  /**
   * @returns whether all went well; false makes the exit status 1. What goes wrong is reported, not thrown, where the
   * rest can still be done.
   * @throws {UsageError} for operands that make no sense; the exit status is then 2.
   */
  run(call: Call): Promise<boolean>;
  /**
   * Told of a command line that makes no sense, once that has been said; for whoever waits for more than an exit status.
   *
   * @param texts - What can be read of it nevertheless: options that take a text.
   */
  onMisuse?(texts: Arguments["texts"], call: Pick<Call, "console" | "signal">): Promise<void>;
}

/** What a module of a subcommand says of itself; its name and its summary are in the table of all of them. */
export type Subcommand = Omit<Command, "name" | "summary">;

/** What a command gets to work with. */
export interface Call extends Arguments {
  readonly console: Console;
  /** Aborted by Ctrl-C and the like, and when nobody takes the results any more. */
  readonly signal: AbortSignal;
}

/** Parse, run, and say how it ended. Resolves to the exit status. */
export async function runCommand(command: Command, args: readonly string[], version: string): Promise<number> {
  const console = new Console(command.name);
  const stop = listenForStops(command.patience);
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
      stop.finish();
      return stop.status();
    }
    if (error instanceof UsageError) {
      console.complain(`${error.message}\nTry '${command.name} --help'.`);
      if (asksForJson(args)) console.print(JSON.stringify({ error: { code: "USAGE", message: error.message } }));
      await command.onMisuse?.(readTexts(command, args), { console, signal: stop.signal }).catch((failure) => {
        if (!stop.signal.aborted) console.report(failure);
      });
      return EXIT.usage;
    }
    console.report(error);
    return EXIT.failed;
  } finally {
    console.close();
    stop.close();
  }
}
