import { formatBytes, printable } from "./format.ts";

/** The progress of a command; totals are 0 if they are not known. */
export interface ProgressState {
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly totalBytes: number;
  /** The files that are under way: their names, and when each was begun, by `performance.now()`. */
  readonly current?: ReadonlyMap<unknown, { readonly name: string; readonly since: number }> | undefined;
}

/** Time between updates on a terminal and elsewhere (a log file), in ms. */
const TERMINAL_INTERVAL = 100;
const LOG_INTERVAL = 1000;

/** A file is named once it takes longer than this, in ms. */
const LONG = 2000;

/** How far back the rate looks, in ms: a slow network shows soon, and the time that is left does not jump. */
const WINDOW = 10_000;

/** A progress line on standard error: rewritten in place on a terminal; elsewhere a new line now and then. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #interval: number;
  readonly #started = performance.now();
  readonly #rate = createRateMeter(performance.now());
  #state: ProgressState | undefined;
  #timer: NodeJS.Timeout | undefined;
  #shown = Number.NEGATIVE_INFINITY;
  #visible = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#interval = stream.isTTY ? TERMINAL_INTERVAL : LOG_INTERVAL;
  }

  update(state: ProgressState): void {
    const now = performance.now();
    this.#state = state;
    const done = state.files === state.totalFiles;
    if (done) this.#stopTimer();
    // While nothing comes, the time still goes on.
    else this.#timer ??= setInterval(() => this.#showIfStalled(), LOG_INTERVAL).unref();
    if (done || now - this.#shown >= this.#interval) this.#show(now);
  }

  /** Removes the line, so that another one can be printed. */
  clear(): void {
    if (this.#visible && this.#stream.isTTY) this.#stream.write("\r\x1b[K");
    this.#visible = false;
  }

  /** Shows no more. */
  stop(): void {
    this.#stopTimer();
    this.clear();
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #showIfStalled(): void {
    const now = performance.now();
    if (now - this.#shown >= LOG_INTERVAL) this.#show(now);
  }

  #show(now: number): void {
    const state = this.#state;
    if (state === undefined) return;
    this.#shown = now;
    const times = { now, elapsed: now - this.#started, rate: this.#rate(now, state.bytes) };
    let line = progressLine(state, times);
    // A line that does not fit would be wrapped, and stay.
    if (this.#stream.isTTY && this.#stream.columns > 0) line = cut(line, this.#stream.columns - 1);
    this.#stream.write(this.#stream.isTTY ? `\r${line}\x1b[K` : `${line}\n`);
    this.#visible = true;
  }
}

/** Makes a function that is told the time, in ms, and the bytes so far, and tells the rate within the last ten seconds, in bytes per second. */
export function createRateMeter(started: number): (now: number, bytes: number) => number {
  const samples = [{ now: started, bytes: 0 }];
  return (now, bytes) => {
    // What is tried again starts from 0.
    while (samples.length > 1 && (samples[1]!.now <= now - WINDOW || samples[0]!.bytes > bytes)) samples.shift();
    const first = samples[0]!;
    if (now - samples.at(-1)!.now >= TERMINAL_INTERVAL) samples.push({ now, bytes });
    return now > first.now ? Math.max(0, ((bytes - first.bytes) * 1000) / (now - first.now)) : 0;
  };
}

interface Times {
  /** In ms. */
  readonly now: number;
  /** Since the start, in ms. */
  readonly elapsed: number;
  /** In bytes per second. */
  readonly rate: number;
}

/** What is shown: the files and bytes, the rate, the time that has passed and that is left, and the file that takes long. */
export function progressLine(state: ProgressState, { now, elapsed, rate }: Times): string {
  const { files, totalFiles, bytes, totalBytes } = state;
  const size = totalBytes > 0 ? `${formatBytes(bytes)} of ${formatBytes(totalBytes)}` : formatBytes(bytes);
  const share = totalBytes > 0 ? `, ${Math.floor((100 * bytes) / totalBytes)} %` : "";
  // The first moments say nothing of the rest.
  const left =
    totalBytes > bytes && rate > 0 && elapsed >= 1000
      ? `, ${formatTime(((totalBytes - bytes) / rate) * 1000)} left`
      : "";
  const slow = slowest(state, now);
  const name = slow === undefined ? "" : `: ${printable(slow)}`;
  return `${files} of ${totalFiles} files, ${size}${share}, ${formatBytes(rate)}/s, ${formatTime(elapsed)}${left}${name}`;
}

/** The name of the file that was begun first, if that takes long. */
function slowest({ current }: ProgressState, now: number): string | undefined {
  // In the order in which they were begun.
  const [first] = current?.values() ?? [];
  return first !== undefined && now - first.since > LONG ? first.name : undefined;
}

/** A time as clocks show it: `0:05`, `1:02:03`. */
function formatTime(ms: number): string {
  const seconds = Math.min(Math.floor(ms / 1000), 359_999);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (count: number) => String(count).padStart(2, "0");
  const tail = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}

/** The start of a text, of at most so many characters. */
function cut(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, Math.max(0, most - 1)).join("")}…`;
}
