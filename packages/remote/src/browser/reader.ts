import { type Checksum, createSha256, inSlices, isSeamlessError, type SeamlessError } from "@seamless/checksum";
import type { CheckResult } from "@seamless/store";
import type { AccessTimes } from "./access-times.ts";
import type { Content, Entry } from "./connection.ts";
import type { Database } from "./database.ts";
import { storageError } from "./errors.ts";
import { type Files, readBlob, sizeOf } from "./files.ts";

/** A buffer that was found, and stays until it is released. */
export interface Found {
  readonly content: Content;
  /** In bytes. */
  readonly length: number;
  release(): void;
}

/** How a buffer that is there stands: right, or of no use and to be replaced by its id. */
export type Standing = { readonly right: true } | { readonly right: false; readonly id: string };

/** Read at once, in bytes. */
const SLICE = 2 ** 20;
/** Small enough to give out in parts what is in memory as a whole. */
const PART = 2 ** 16;
/** Times that a buffer may be replaced while it is looked for. */
const ATTEMPTS = 5;

/** Finds buffers and reads their content. */
export class Reader {
  readonly #store: string;
  readonly #writable: boolean;
  readonly #database: Database;
  readonly #files: Files;
  readonly #times: AccessTimes;

  constructor(store: string, writable: boolean, database: Database, files: Files, times: AccessTimes) {
    this.#store = store;
    this.#writable = writable;
    this.#database = database;
    this.#files = files;
    this.#times = times;
  }

  /** Finds a buffer; `undefined` if it is missing. An entry whose content is gone is removed, for it never comes back. */
  async find(checksum: Checksum, signal?: AbortSignal): Promise<Found | undefined> {
    const hex = checksum.hex();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await this.#database.find(hex, signal);
      if (found === undefined) return undefined;
      const content = isContent(found) ? { content: found, release: () => {} } : await this.#open(found, checksum);
      if (content !== undefined) {
        if (this.#writable) this.#times.use(hex);
        return { ...content, length: sizeOf(content.content) };
      }
      const { id } = found as Entry;
      if ((await this.#database.entry(hex, signal))?.id !== id) continue;
      if (this.#writable) await this.#database.remove([{ hex, id }]);
      return undefined;
    }
    throw this.#error(checksum, new Error("it is replaced again and again"));
  }

  async #open({ file }: Entry, checksum: Checksum) {
    if (file === undefined || !(await this.#files.usable())) return undefined;
    try {
      const opened = await this.#files.open(file);
      return opened && { content: opened.blob, release: opened.release };
    } catch (error) {
      throw this.#error(checksum, error);
    }
  }

  /** All bytes of a buffer, which is released; `undefined` if it was removed meanwhile. They are still to be hashed. */
  async read(checksum: Checksum, { content, release }: Found): Promise<Uint8Array | undefined> {
    try {
      return content instanceof Blob ? await readBlob(content) : content;
    } catch (error) {
      // As when the user clears the storage.
      if ((await this.#database.entry(checksum.hex())) === undefined) return undefined;
      throw this.#error(checksum, error);
    } finally {
      release();
    }
  }

  /**
   * The bytes in chunks, which are the reader's own. Does not release the buffer.
   *
   * @param offset - Where to begin, in bytes.
   */
  async *chunks(checksum: Checksum, { content, length }: Found, offset = 0, size = SLICE): AsyncGenerator<Uint8Array> {
    if (!(content instanceof Blob)) {
      for (let at = offset; at < length; at += PART) yield content.slice(at, at + PART);
      return;
    }
    for (let at = offset; at < length; at += size) {
      let chunk: Uint8Array;
      try {
        chunk = await readBlob(content.slice(at, at + size));
      } catch (error) {
        throw this.#error(checksum, error);
      }
      yield chunk;
    }
  }

  /** Hashes a buffer where it lies; `undefined` if it is missing. */
  async standing(checksum: Checksum, signal?: AbortSignal): Promise<Standing | undefined> {
    const entry = await this.#database.entry(checksum.hex(), signal);
    if (entry === undefined) return undefined;
    const found = await this.find(checksum, signal);
    if (found === undefined) return undefined;
    return (await this.#isRight(checksum, found, signal)) ? { right: true } : { right: false, id: entry.id };
  }

  /** Hashes a buffer where it lies. */
  async check(checksum: Checksum, signal?: AbortSignal): Promise<{ result: CheckResult; length: number }> {
    try {
      const found = await this.find(checksum, signal);
      if (found === undefined) return { result: "missing", length: 0 };
      const right = await this.#isRight(checksum, found, signal);
      return { result: right ? "ok" : "corrupt", length: found.length };
    } catch (error) {
      signal?.throwIfAborted();
      // Of this one alone; that the database cannot be opened concerns all.
      if (!isSeamlessError(error, "STORE_FAILED") || !error.checksum?.equals(checksum)) throw error;
      return { result: "unreadable", length: 0 };
    }
  }

  /** Hashes what was found, and releases it. */
  async #isRight(checksum: Checksum, found: Found, signal?: AbortSignal): Promise<boolean> {
    const hash = createSha256();
    try {
      for await (const chunk of this.chunks(checksum, found)) {
        await inSlices(chunk.byteLength, (start, end) => void hash.update(chunk.subarray(start, end)), { signal });
      }
    } finally {
      found.release();
    }
    return checksum.equals(hash.digest());
  }

  #error(checksum: Checksum, error: unknown): SeamlessError {
    return storageError(error, { action: "read", store: this.#store, checksum });
  }
}

function isContent(found: Content | Entry): found is Content {
  return found instanceof Uint8Array || found instanceof Blob;
}
