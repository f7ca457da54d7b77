import { constants, fstatSync, openSync, writeSync } from "node:fs";
import { filePlatform } from "@seamless/internal/platform";

/**
 * Standard output, or standard error. To files, and to pipes as shells make them, it writes itself: a stream of Node takes
 * longer to make than most commands take for their work. What cannot be written at once, and every failure, is left to that
 * stream, and so is everything after it.
 */
class Output {
  readonly #descriptor: 1 | 2;
  readonly #makeStream: () => NodeJS.WriteStream;
  readonly #listeners = new Set<(error: NodeJS.ErrnoException) => void>();
  #stream: NodeJS.WriteStream | undefined;
  /** What is written to without a stream; `undefined` if there has to be one, `"unknown"` before the first look. */
  #direct: number | undefined | "unknown" = "unknown";

  constructor(descriptor: 1 | 2, makeStream: () => NodeJS.WriteStream) {
    this.#descriptor = descriptor;
    this.#makeStream = makeStream;
  }

  get isTTY(): boolean {
    return this.#directly() === undefined && this.stream.isTTY === true;
  }

  /** The stream, which is made when it is first asked for. */
  get stream(): NodeJS.WriteStream {
    if (this.#stream === undefined) {
      this.#direct = undefined;
      this.#stream = this.#makeStream();
      this.#stream.on("error", (error) => {
        for (const listener of this.#listeners) listener(error);
      });
    }
    return this.#stream;
  }

  /** Bytes that were written, but that the other side has not taken. */
  get pending(): number {
    return this.#stream?.writableLength ?? 0;
  }

  /** Has to be waited for before more is written: the stream then says `drain`. */
  get needsDrain(): boolean {
    return this.#stream?.writableNeedDrain ?? false;
  }

  /** @returns whether more can be written now; else the stream says `drain` once that is so. */
  write(data: string | Uint8Array): boolean {
    const descriptor = this.#directly();
    if (descriptor === undefined) return this.stream.write(data);
    const rest = writeSome(descriptor, typeof data === "string" ? Buffer.from(data) : data);
    return rest.byteLength === 0 || this.stream.write(rest);
  }

  /** Calls a function with every error of the stream; nothing else does. */
  onError(listener: (error: NodeJS.ErrnoException) => void): void {
    this.#listeners.add(listener);
  }

  offError(listener: (error: NodeJS.ErrnoException) => void): void {
    this.#listeners.delete(listener);
  }

  #directly(): number | undefined {
    if (this.#direct === "unknown") this.#direct = openDirectly(this.#descriptor);
    return this.#direct;
  }
}

/**
 * A descriptor that never keeps this thread waiting. A file does not; a pipe does, once it is full, unless it is opened once
 * more in a way that does not, which takes Linux.
 */
function openDirectly(descriptor: number): number | undefined {
  try {
    const stats = fstatSync(descriptor);
    if (stats.isFile()) return descriptor;
    const { openFolders } = filePlatform();
    if (!stats.isFIFO() || openFolders === undefined) return undefined;
    return openSync(`${openFolders}/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // Closed, read by nobody, or of another user: its stream knows what to do, and says what fails.
    return undefined;
  }
}

/** @returns what could not be written: all that follows a failure, or a pipe that is full. */
function writeSome(descriptor: number, bytes: Uint8Array): Uint8Array {
  let written = 0;
  try {
    while (written < bytes.byteLength) written += writeSync(descriptor, bytes, written);
  } catch {
    // The stream tries it again, waits or fails, and tells of it.
  }
  return bytes.subarray(written);
}

export const standardOutput: Output = new Output(1, () => process.stdout);
export const standardError: Output = new Output(2, () => process.stderr);
