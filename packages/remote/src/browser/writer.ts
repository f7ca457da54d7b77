import { type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import type { AccessTimes } from "./access-times.ts";
import type { Content } from "./connection.ts";
import type { Added, Database, KeyedEntry } from "./database.ts";
import { storageError } from "./errors.ts";
import { type Files, sizeOf } from "./files.ts";
import type { Reader } from "./reader.ts";

/** Larger buffers lie in files, where the browser has them. In bytes. */
const LARGE = 2 ** 20;
/** Chunks that are handed to the browser at once, in bytes. */
const SPOOLED = 4 * 2 ** 20;
/** Buffers that are touched in one transaction, for which writers wait. */
const BATCH = 500;
/** Times that room is made for one buffer, which other tabs may take. */
const ATTEMPTS = 100;

/** What is written, and where. */
interface WriterOptions {
  /** What all buffers may have together. */
  readonly maxBytes: number;
  /** Whether large ones become files, where there are any. */
  readonly opfs: boolean;
}

/** Writes buffers, and makes room for them. */
export class Writer {
  readonly #store: string;
  readonly #maxBytes: number;
  readonly #opfs: boolean;
  readonly #database: Database;
  readonly #files: Files;
  readonly #times: AccessTimes;
  readonly #reader: Reader;
  #swept: Promise<void> | undefined;

  constructor(
    store: string,
    { maxBytes, opfs }: WriterOptions,
    database: Database,
    files: Files,
    times: AccessTimes,
    reader: Reader,
  ) {
    this.#store = store;
    this.#maxBytes = maxBytes;
    this.#opfs = opfs;
    this.#database = database;
    this.#files = files;
    this.#times = times;
    this.#reader = reader;
  }

  /**
   * Writes a buffer, unless it is there and right.
   *
   * @param content - Of this checksum, which is not looked at again.
   */
  async put(checksum: Checksum, content: Content, signal?: AbortSignal): Promise<void> {
    const length = sizeOf(content);
    if (length > this.#maxBytes) throw this.#tooLargeError(checksum);
    const standing = await this.#reader.standing(checksum, signal);
    // It may have been removed meanwhile.
    if (standing?.right === true && (await this.touch([checksum]))[0] === true) return;
    const replaced = standing?.right === false ? standing.id : undefined;
    // Before a large one is written for nothing; others are told soon enough.
    if (length > LARGE) await this.#makeRoom(checksum, length);
    signal?.throwIfAborted();
    for (let attempt = 0; ; attempt++) {
      try {
        if ((await this.#add(checksum, content, replaced)) !== "full") return;
        // Another tab has taken the room.
        if (attempt === ATTEMPTS) throw this.#fullError(checksum);
        await this.#makeRoom(checksum, length);
      } catch (error) {
        const failure = storageError(error, { action: "write", store: this.#store, checksum });
        // Once more, with the space that the browser may give for what is removed; but not all for a single one.
        if (attempt > 0 || !isSeamlessError(failure, "DISK_FULL")) throw failure;
        await this.#sweep();
        if ((await this.#database.total()) < length || (await this.#evict(length)) === 0) throw failure;
      }
    }
  }

  /**
   * Collects what comes in chunks: up to 1 MiB in memory, more in a blob, which the browser keeps outside of the heap and on the disk.
   * Nothing of it is in the store.
   *
   * @param chunks - Not used again by their source.
   */
  async collect(checksum: Checksum, chunks: AsyncIterable<Uint8Array>): Promise<Content> {
    const blobs: Blob[] = [];
    let parts: Uint8Array<ArrayBuffer>[] = [];
    let collected = 0;
    let total = 0;
    for await (const chunk of chunks) {
      total += chunk.byteLength;
      if (total > this.#maxBytes) throw this.#tooLargeError(checksum);
      parts.push(chunk as Uint8Array<ArrayBuffer>);
      collected += chunk.byteLength;
      if (collected < SPOOLED) continue;
      blobs.push(new Blob(parts));
      parts = [];
      collected = 0;
    }
    const whole = new Blob([...blobs, ...parts]);
    return total > LARGE ? whole : new Uint8Array(await whole.arrayBuffer());
  }

  /**
   * @param minAge - In milliseconds.
   * @returns whether it was there, and not younger.
   */
  async delete(checksum: Checksum, minAge = 0): Promise<boolean> {
    const before = minAge > 0 ? Date.now() - minAge : undefined;
    const removed = await this.#database.remove([{ hex: checksum.hex(), before }]);
    // A file that is being read is swept later.
    for (const { file } of removed) if (file !== undefined) await this.#files.remove(file);
    return removed.length > 0;
  }

  /** Makes buffers as young as if they had been put now. */
  async touch(checksums: readonly Checksum[], signal?: AbortSignal): Promise<boolean[]> {
    const results: boolean[] = [];
    for (let at = 0; at < checksums.length; at += BATCH) {
      signal?.throwIfAborted();
      const batch = checksums.slice(at, at + BATCH).map((checksum) => checksum.hex());
      results.push(...(await this.#database.renew(batch, this.#times.now())));
    }
    return results;
  }

  /** @param replaced - Id of what is of no use. */
  async #add(checksum: Checksum, content: Content, replaced: string | undefined): Promise<Added> {
    const hex = checksum.hex();
    const id = uniqueId();
    const now = this.#times.now();
    const entry: KeyedEntry = { hex, id, length: sizeOf(content), used: now, put: now };
    const options = { maxBytes: this.#maxBytes, replaced };
    if (this.#opfs && entry.length > LARGE && (await this.#files.usable())) {
      this.#swept ??= this.#sweep();
      await this.#swept;
      const file = `${hex}.${id}`;
      return this.#files.write(file, content, () => this.#database.add({ ...entry, file }, undefined, options));
    }
    // Bytes become a blob too, so that a stream reads no more of them than it gives.
    const kept = entry.length > LARGE ? new Blob([content as BlobPart]) : content;
    return this.#database.add(entry, kept, options);
  }

  /** Until the buffer fits under the cap. */
  async #makeRoom(checksum: Checksum, length: number): Promise<void> {
    for (;;) {
      const excess = (await this.#database.total()) + length - this.#maxBytes;
      if (excess <= 0) return;
      if ((await this.#evict(excess)) === 0) throw this.#fullError(checksum);
    }
  }

  /**
   * Removes what was used least recently, and is not being read or written.
   *
   * @param bytes - How many, at least.
   * @returns how many it were.
   */
  async #evict(bytes: number): Promise<number> {
    await this.#times.note();
    const busy = new Set<string>();
    let freed = 0;
    while (freed < bytes) {
      const oldest = await this.#database.leastRecentlyUsed(bytes - freed, busy);
      if (oldest.length === 0) break;
      const removed = await this.#database.remove(oldest.filter(({ file }) => file === undefined));
      for (const entry of oldest) {
        if (entry.file === undefined) continue;
        const first = async () => {
          removed.push(...(await this.#database.remove([entry])));
          return true;
        };
        if (!(await this.#files.remove(entry.file, first))) busy.add(entry.hex);
      }
      freed += removed.reduce((sum, { length }) => sum + length, 0);
    }
    return freed;
  }

  async #sweep(): Promise<void> {
    if (!(await this.#files.usable())) return;
    const isKnown = async (file: string) => (await this.#database.entry(file.split(".")[0]!))?.file === file;
    // What it cannot remove now is in nobody's way.
    await this.#files.sweep(isKnown).catch(() => undefined);
  }

  #tooLargeError(checksum: Checksum): SeamlessError {
    const message = `${this.#store} has no room for ${checksum.hex()}: its limit is ${this.#maxBytes} bytes`;
    return new SeamlessError("TOO_LARGE", message, { checksum, store: this.#store });
  }

  #fullError(checksum: Checksum): SeamlessError {
    const message = `${this.#store} has no room for ${checksum.hex()}: what is there is being read, or other pages fill it`;
    return new SeamlessError("DISK_FULL", message, { checksum, store: this.#store });
  }
}

/** `crypto.randomUUID` is not there in pages that came by plain http. */
function uniqueId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
}
