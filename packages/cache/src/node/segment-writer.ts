import { type FileHandle, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { SeamlessError } from "@seamless/checksum";
import { fileError, writeAtomic } from "@seamless/checksum/node";
import { syncHandleData } from "@seamless/internal/files";
import { newSegmentName } from "./segments.ts";

interface Waiting {
  readonly line: string;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** A segment that lines are added to. */
interface OpenSegment {
  readonly path: string;
  readonly handle: FileHandle;
}

/** How many lines are written at once. */
const BATCH = 1000;
/** How often in a row a segment may be merged away by others while it is written to. */
const ATTEMPTS = 20;

/**
 * Adds lines to a segment of its own, which it makes when there is something to write. Lines that wait while others are
 * being flushed to the disk are flushed together.
 */
export class SegmentWriter {
  readonly #folder: string;
  #segment: OpenSegment | undefined;
  /** Whether the segment may end in half a line, after a write that failed. */
  #torn = false;
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Add a line; resolves when it is on the disk.
   *
   * @throws {SeamlessError} `DISK_FULL`, `READ_ONLY` and other file codes; `INVALID_STATE` after `close`.
   */
  append(line: string): Promise<void> {
    if (this.#closed) {
      return Promise.reject(new SeamlessError("INVALID_STATE", `${this.#folder}: the record is closed`));
    }
    return new Promise((done, failed) => {
      this.#waiting.push({ line, done, failed });
      this.#draining ??= this.#drain().finally(() => {
        this.#draining = undefined;
      });
    });
  }

  /** Wait for what is being written, and close the file. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
    await this.#closeSegment();
  }

  /** Never rejects: errors go to those that wait for their lines. */
  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH);
      this.#waiting = this.#waiting.slice(BATCH);
      try {
        await this.#write(batch.map(({ line }) => line).join(""));
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
  }

  async #write(text: string): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      this.#segment ??= await this.#open();
      const { handle, path } = this.#segment;
      try {
        const whole = this.#torn ? `\n${text}` : text;
        this.#torn = true;
        await handle.appendFile(whole);
        await syncHandleData(handle);
        this.#torn = false;
        if (await isStillThere(this.#segment)) return;
      } catch (error) {
        throw fileError(error, path, "write");
      }
      // Someone merged the segment into another while we wrote, perhaps without what we wrote: once more, elsewhere.
      await this.#closeSegment();
    }
    throw new SeamlessError("IO_ERROR", `${this.#folder}: the segment vanished ${ATTEMPTS} times while it was written`);
  }

  async #open(): Promise<OpenSegment> {
    const path = join(this.#folder, newSegmentName());
    // Makes the name durable, which opening does not.
    await writeAtomic(path, "", { overwrite: false });
    this.#torn = false;
    try {
      return { path, handle: await open(path, "a") };
    } catch (error) {
      throw fileError(error, path, "write");
    }
  }

  async #closeSegment(): Promise<void> {
    const { handle } = this.#segment ?? {};
    this.#segment = undefined;
    await handle?.close();
  }
}

/**
 * Does the path still lead to the file that is open? By the numbers of the files alone: some versions of Node on Windows tell
 * another device of a path than of an open file. Some file systems number none, and call them all 0.
 */
async function isStillThere({ path, handle }: OpenSegment): Promise<boolean> {
  const mine = await handle.stat({ bigint: true });
  try {
    const there = await stat(path, { bigint: true });
    return there.ino === mine.ino;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
