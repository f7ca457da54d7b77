import { onWindows } from "@seamless/internal/platform";
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
import { CONFIGURABLE } from "./options.ts";
import { standardError, standardOutput } from "./output.ts";

/** A command: its usage and what it does. */
export interface Command extends Usage {
  /** How long it may take to end after a signal, in ms. @default 2000 */
  readonly stopTimeout?: number;
  /**
   * @returns whether everything succeeded; `false` makes the exit status 1. A failure is reported rather than thrown
   * where the rest can still be done.
   * @throws {UsageError} for invalid operands; the exit status is then 2.
   */
  run(call: Call): Promise<boolean>;
  /**
   * Called after wrong usage has been reported, for commands that report their status in other ways too.
   *
   * @param texts - The text options that could still be read from the command line.
   */
  onMisuse?(texts: Arguments["texts"], call: Pick<Call, "console" | "signal">): Promise<void>;
}

/** What the module of a subcommand exports; its name and summary are in the table of subcommands. */
export type Subcommand = Omit<Command, "name" | "summary">;

/** What a command is called with. */
export interface Call extends Arguments {
  readonly console: Console;
  /** Aborted by a signal such as Ctrl-C, and when standard output is closed. */
  readonly signal: AbortSignal;
}

/** Parses the arguments, runs the command and reports errors. Resolves to the exit status. */
export async function runCommand(command: Command, args: readonly string[], version: string): Promise<number> {
  const console = new Console(command.name);
  const failed = command.failureStatus ?? EXIT.failed;
  const stop = listenForSignals(command.stopTimeout, failed);
  try {
    const parsed = parseArguments(command, args);
    console.configure(parsed.flags);
    if (parsed.flags["help"]) console.print(helpText(command));
    else if (parsed.flags["version"]) console.print(version);
    else if (!(await command.run({ ...(await configured(command, parsed)), console, signal: stop.signal })))
      return EXIT.failed;
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
    return failed;
  } finally {
    console.close();
    stop.close();
  }
}

/** Adds what the configuration says; for a command that takes nothing from there it is not looked for. */
async function configured({ options }: Usage, parsed: Arguments): Promise<Arguments> {
  if (!CONFIGURABLE.some((name) => Object.hasOwn(options, name))) return parsed;
  return (await import("../config/settings.ts")).withConfigured(options, parsed);
}

/** Exit statuses. Above 128: what a shell shows for a process that a signal ended. */
const EXIT = {
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
  // Ctrl-Break, on Windows; elsewhere there is no such signal.
  SIGBREAK: EXIT.interrupted,
};

/** How long a command may take to close its files and connections after a signal, in ms. */
const STOP_TIMEOUT = 2000;

/**
 * Aborts when the process gets a signal, or when standard output is closed. The first signal removes the handlers, so
 * that a second one ends the process at once. The process also ends when the time limit is over: a thread that waits
 * for a dead network mount cannot be aborted and would block even `process.exit`, but not a signal without a handler.
 *
 * @param stopTimeout - Time limit in ms.
 * @param failed - Exit status if standard output cannot be written.
 */
function listenForSignals(stopTimeout = STOP_TIMEOUT, failed: number = EXIT.failed) {
  const controller = new AbortController();
  let ending: NodeJS.Signals = "SIGTERM";
  let status: number = EXIT.ok;
  // Windows knows only signals that end a process at once, and not even the names of others.
  const kill = () => process.kill(process.pid, onWindows() ? "SIGTERM" : ending);
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
  // On Windows it may also be the end of a file.
  const onOutputError = ({ code }: NodeJS.ErrnoException) =>
    stop(code === "EPIPE" || code === "EOF" ? EXIT.unread : failed);
  const close = () => {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal);
    standardOutput.offError(onOutputError);
  };
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);
  standardOutput.onError(onOutputError);
  return {
    signal: controller.signal,
    status: () => status,
    byUser: () => Object.values(SIGNALS).includes(status),
    /** Ends the process if there is output left that the other side does not read. */
    finish() {
      if (standardOutput.pending + standardError.pending > 0) kill();
    },
    close,
  };
}
