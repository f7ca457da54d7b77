import { isSeamlessError, type SeamlessError } from "@seamless/checksum";
import { Progress } from "./progress.ts";
import type { Flags } from "./usage.ts";

/**
 * Where a command speaks: results on standard output; progress, notes and errors on standard error, so that neither
 * gets into the other's way.
 */
export class Console {
  readonly #name: string;
  #flags: Flags = {};
  #progress: Progress | undefined;

  constructor(name: string) {
    this.#name = name;
    // Whoever closes standard error does not want to be told; the work goes on.
    process.stderr.on("error", () => {});
  }

  configure(flags: Flags): void {
    this.#flags = flags;
  }

  /** A line of the result. */
  print(line: string): void {
    this.#progress?.clear();
    process.stdout.write(`${line}\n`);
  }

  /** A result in the form that was asked for. */
  result(line: string, json: object): void {
    this.print(this.#flags["json"] ? JSON.stringify(json) : line);
  }

  /** Something worth knowing that is no error. */
  note(line: string): void {
    if (!this.#flags["quiet"]) this.complain(line);
  }

  complain(line: string): void {
    this.#progress?.clear();
    process.stderr.write(`${this.#name}: ${line}\n`);
  }

  /**
   * An error: its message for people and, if `--json` was given, an object for programs.
   *
   * @param path - The operand it belongs to.
   */
  report(error: unknown, path?: string): void {
    const known = isSeamlessError(error) ? error : undefined;
    for (const single of known?.errors ?? [error as SeamlessError]) this.complain(single.message);
    if (known?.errors !== undefined) this.complain(known.message.split("\n")[0]!);
    // A bug of ours: the trace is what a report of it needs.
    if (known === undefined && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    if (this.#flags["json"]) this.print(JSON.stringify({ path, error: errorJson(error) }));
  }

  /** Progress from now on, if it is wanted: on a terminal, or where `--progress` asks for it. */
  progress(): Progress | undefined {
    if (this.#flags["quiet"] || !(this.#flags["progress"] || process.stderr.isTTY)) return undefined;
    this.#progress = new Progress(process.stderr);
    return this.#progress;
  }

  close(): void {
    this.#progress?.clear();
  }
}

/** An error as an object for programs. */
export function errorJson(error: unknown): object {
  const { code, message, file, offset, checksum, store, errors } = error as SeamlessError;
  return { code, message, file, offset, checksum, store, errors: errors?.map(errorJson) };
}
