import { isSeamlessError, type SeamlessError } from "@seamless/checksum";
import type { Flags } from "./arguments.ts";
import { standardError, standardOutput } from "./output.ts";
import { Progress } from "./progress.ts";

/** Writes what a command prints: results to standard output; progress, notes and errors to standard error. */
export class Console {
  /** What was typed: the program, and its subcommand. */
  readonly name: string;
  #flags: Flags = {};
  #progress: Progress | undefined;

  constructor(name: string) {
    this.name = name;
    // The work goes on without it if standard error is closed.
    standardError.onError(() => {});
  }

  configure(flags: Flags): void {
    this.#flags = flags;
  }

  /** Prints a line of the result. */
  print(line: string, end = "\n"): void {
    this.#progress?.clear();
    standardOutput.write(`${line}${end}`);
  }

  /** Prints a result as text or, with `--json`, as an object. */
  result(line: string, json: object): void {
    this.print(this.#flags["json"] ? JSON.stringify(json) : line);
  }

  /** Prints a note on standard error, unless `--quiet` was given. */
  note(line: string): void {
    if (!this.#flags["quiet"]) this.warn(line);
  }

  /** Prints a warning or an error on standard error. */
  warn(line: string): void {
    this.#progress?.clear();
    standardError.write(`${this.name}: ${line}\n`);
  }

  /**
   * Reports an error: its message on standard error and, with `--json`, an object on standard output.
   *
   * @param path - The operand that failed.
   */
  report(error: unknown, path?: string): void {
    const known = isSeamlessError(error) ? error : undefined;
    for (const single of known?.errors ?? [error as SeamlessError]) this.warn(single.message);
    if (known?.errors !== undefined) this.warn(known.message.split("\n")[0]!);
    // A bug: print the stack for the report.
    if (known === undefined && error instanceof Error) standardError.write(`${error.stack}\n`);
    if (this.#flags["json"]) this.print(JSON.stringify({ path, error: errorJson(error) }));
  }

  /** Starts to show progress, on a terminal or with `--progress`; `undefined` if it is not shown. */
  progress(): Progress | undefined {
    if (this.#flags["quiet"] || !(this.#flags["progress"] || standardError.isTTY)) return undefined;
    this.#progress?.stop();
    this.#progress = new Progress(standardError.stream);
    return this.#progress;
  }

  close(): void {
    this.#progress?.stop();
  }
}

/** An error in the form that `--json` prints. */
export function errorJson(error: unknown): object {
  const { code, message, file, line, column, offset, checksum, store, errors } = error as SeamlessError;
  return { code, message, file, line, column, offset, checksum, store, errors: errors?.map(errorJson) };
}
