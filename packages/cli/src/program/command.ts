import {
  type Arguments,
  asksForJson,
  helpText,
  parseArguments,
  readTexts,
  type Usage,
  UsageError,
} from "./arguments.ts";
import { Console } from "./console.ts";

/** One command: how it is called and what it does. */
export interface Command extends Usage {
  /** In ms: how long it may take to end when it is asked to stop. @default 2000 */
  readonly stopTimeout?: number;
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
  const stop = listenForSignals(command.stopTimeout);
  try {
    const parsed = parseArguments(command, args);
    console.configure(parsed.flags);
    if (parsed.flags["help"]) console.print(helpText(command));
    else if (parsed.flags["version"]) console.print(version);
    else if (!(await command.run({ ...parsed, console, signal: stop.signal }))) return EXIT.failed;
    return EXIT.ok;
  } catch (error) {
    if (stop.signal.aborted) {
      if (stop.byUser()) console.warn("interrupted");
      stop.finish();
      return stop.status();
    }
    if (error instanceof UsageError) {
      console.warn(`${error.message}\nTry '${command.name} --help'.`);
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

/** Above 128, what a shell shows for a process that the signal ended. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  hungUp: 129,
  interrupted: 130,
  unread: 141,
  terminated: 143,
} as const;

const SIGNALS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: EXIT.hungUp,
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
};

/** In ms: how long a command may take to let go of its files and connections once it was asked to stop. */
const PATIENCE = 2000;

/**
 * What asks a command to stop: a signal, or that nobody takes its results any more. The first signal aborts; its handler
 * gone, a second one ends the process at once. So does the first one when stopTimeout runs out: a thread that waits for a
 * dead network mount cannot be aborted, and would hold even `process.exit`, but no signal that nothing handles.
 *
 * @param stopTimeout - In ms, where a command needs longer than others.
 */
export function listenForSignals(stopTimeout = PATIENCE) {
  const controller = new AbortController();
  let ending: NodeJS.Signals = "SIGTERM";
  let status: number = EXIT.ok;
  const kill = () => process.kill(process.pid, ending);
  const stop = (exit: number) => {
    status = exit;
    close();
    setTimeout(kill, stopTimeout).unref();
    controller.abort();
  };
  const onSignal = (signal: NodeJS.Signals) => {
    ending = signal;
    stop(SIGNALS[signal]!);
  };
  const onOutputError = ({ code }: NodeJS.ErrnoException) => stop(code === "EPIPE" ? EXIT.unread : EXIT.failed);
  const close = () => {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal);
    process.stdout.off("error", onOutputError);
  };
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);
  process.stdout.on("error", onOutputError);
  return {
    signal: controller.signal,
    status: () => status,
    byUser: () => Object.values(SIGNALS).includes(status),
    /** End the process if all that is left to do is to write to somebody who does not read. */
    finish() {
      if (process.stdout.writableLength + process.stderr.writableLength > 0) kill();
    },
    close,
  };
}
