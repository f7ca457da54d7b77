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

/** Decimal units, as disks and networks are sold. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toPrecision(3)} ${units[unit]}`;
}
