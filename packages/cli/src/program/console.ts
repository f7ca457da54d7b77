import { isSeamlessError, type SeamlessError } from "@seamless/checksum";
import type { Flags } from "./arguments.ts";
import { formatBytes } from "./format.ts";

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
    if (!this.#flags["quiet"]) this.warn(line);
  }

  warn(line: string): void {
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
    for (const single of known?.errors ?? [error as SeamlessError]) this.warn(single.message);
    if (known?.errors !== undefined) this.warn(known.message.split("\n")[0]!);
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

/** How far a command is; totals are 0 where they are not known. */
export interface ProgressState {
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** Between two lines on a terminal, and elsewhere (a log file), in ms. */
const TERMINAL_INTERVAL = 100;
const LOG_INTERVAL = 1000;

/** One line on standard error: rewritten in place on a terminal, now and then a new one elsewhere. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #interval: number;
  readonly #started = performance.now();
  #shown = Number.NEGATIVE_INFINITY;
  #visible = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#interval = stream.isTTY ? TERMINAL_INTERVAL : LOG_INTERVAL;
  }

  update(state: ProgressState): void {
    const now = performance.now();
    const done = state.files === state.totalFiles;
    if (!done && now - this.#shown < this.#interval) return;
    this.#shown = now;
    const line = progressLine(state, (now - this.#started) / 1000);
    this.#stream.write(this.#stream.isTTY ? `\r${line}\x1b[K` : `${line}\n`);
    this.#visible = true;
  }

  /** Make room for another line. */
  clear(): void {
    if (this.#visible && this.#stream.isTTY) this.#stream.write("\r\x1b[K");
    this.#visible = false;
  }
}

/**
 * @param seconds - Since the start.
 */
export function progressLine({ files, totalFiles, bytes, totalBytes }: ProgressState, seconds: number): string {
  const rate = seconds > 0 ? bytes / seconds : 0;
  const size = totalBytes > 0 ? `${formatBytes(bytes)} of ${formatBytes(totalBytes)}` : formatBytes(bytes);
  const share = totalBytes > 0 ? `, ${Math.floor((100 * bytes) / totalBytes)} %` : "";
  return `${files} of ${totalFiles} files, ${size}${share}, ${formatBytes(rate)}/s`;
}
