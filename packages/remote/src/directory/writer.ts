import { lstat, opendir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type AbortOptions, Checksum, isSeamlessError, ProvenBytes, SeamlessError } from "@seamless/checksum";
import { makeFolder, writeAtomic } from "@seamless/checksum/node";
import { readProven } from "@seamless/checksum/unsafe";
import { onAbort } from "@seamless/internal/abort";
import { unlinkFile } from "@seamless/internal/files";
import {
  mismatchError,
  type PutStreamOptions,
  type TransferOptions,
  verifiedChunks,
  withProgress,
} from "@seamless/store";
import { FORMS } from "../encoding/forms.ts";
import { touchFile } from "./age.ts";
import { fileOf, filesOf, isUnfinished, type Place } from "./layout.ts";
import { type LayoutDetector, permissionsOf } from "./layout-detector.ts";
import { LOCK_LIFE, type LockWait, UploadWatch } from "./other-writers.ts";
import type { Reader } from "./reader.ts";

/** Size of the slices in which bytes are hashed and written, in bytes; smaller buffers are one slice. */
const SLICE = 2 ** 20;

/** How many slices are hashed while one is written. */
const PREFETCHED = 4;

/** Bytes as a whole, or in chunks. */
type Source = Uint8Array | AsyncIterable<Uint8Array>;

/** Writes the files of buffers: whole or not at all, and never over a right one. */
export class Writer {
  readonly #detector: LayoutDetector;
  readonly #name: string;
  readonly #reader: Reader;
  readonly #sweeper = new Sweeper();
  readonly #uploads: UploadWatch;
  readonly #wait: LockWait;
  /**
   * Folders that were created, or seen, since the store was opened, and the permissions of new files in them. Looking each time
   * would cost a tenth of a small put.
   */
  readonly #folders = new Map<string, number>();

  constructor(detector: LayoutDetector, name: string, reader: Reader, wait: LockWait) {
    this.#detector = detector;
    this.#name = name;
    this.#reader = reader;
    this.#uploads = new UploadWatch(wait);
    this.#wait = wait;
  }

  /** Refuses wrong bytes even if the right ones are there already; does not read proven ones in that case. */
  async put(checksum: Checksum, given: Uint8Array | ProvenBytes, options: TransferOptions): Promise<void> {
    const proven = ProvenBytes.isProvenBytes(given);
    const verify = () => this.#verify(checksum, proven ? readProven(given) : given, options);
    // Wrong bytes are refused before the folder is looked at.
    const early = proven ? undefined : verify();
    const there = await this.#isThere(checksum, options);
    if (there === "right" && proven && given.intact) return;
    const verified = early ?? verify();
    if (there === "right") {
      const source = verified();
      if (!(source instanceof Uint8Array)) for await (const _ of source);
      return;
    }
    if (await this.#write(checksum, verified(), there === "wrong", options)) return;
    // Another program has just written something else to the file.
    await this.#write(checksum, verified(), true, options);
  }

  /** @returns a function that gives the bytes, any number of times: verified already, or while they are read. */
  #verify(checksum: Checksum, bytes: Uint8Array, options: TransferOptions): () => Source {
    if (bytes.byteLength > SLICE) {
      const { signal, onProgress } = options;
      const chunks = () => withProgress(copies(bytes), onProgress, bytes.byteLength);
      return () => verifiedChunks(checksum, chunks(), { signal, copy: false, store: this.#name });
    }
    // A copy, since their owner may change them before they are written.
    const copy = new Uint8Array(bytes);
    const found = Checksum.of(copy);
    if (!found.equals(checksum)) throw mismatchError(checksum, found, { store: this.#name });
    return () => copy;
  }

  /** Does not read the stream if the buffer is there already. */
  async putStream(checksum: Checksum, source: AsyncIterable<Uint8Array>, options: PutStreamOptions): Promise<void> {
    const there = await this.#isThere(checksum, options);
    if (there === "right") return;
    // If the disk fails, a source that hangs must not keep us waiting.
    const stopper = new AbortController();
    const forget = onAbort(options.signal, () => stopper.abort(options.signal?.reason));
    try {
      const { length, onProgress } = options;
      const chunks = withProgress(source, onProgress, length);
      const verified = verifiedChunks(checksum, chunks, { length, signal: stopper.signal, store: this.#name });
      if (await this.#write(checksum, verified, there === "wrong", options, () => stopper.abort())) return;
    } finally {
      forget();
    }
    const why = "another program has just written other bytes to its file: try again";
    throw new SeamlessError("STORE_FAILED", `${this.#name}: ${checksum.hex()} was not written: ${why}`, {
      checksum,
      store: this.#name,
    });
  }

  async close(): Promise<void> {
    await this.#sweeper.idle();
  }

  /** Is the buffer there to stay? An upload that is under way removes no file that is older than it can be. */
  async #isThere(checksum: Checksum, options: AbortOptions) {
    const place = await this.#detector.forReading();
    const { outcome, modified } = await this.#reader.check(place, checksum, options);
    if (outcome !== "right") return outcome;
    const file = fileOf(place, checksum.hex());
    // From here on, it counts as put now. A file that may not be touched is written again.
    const touched = await this.#touch(file, checksum, options);
    if (touched !== "touched") return touched === "missing" ? "missing" : "wrong";
    if (Date.now() - modified > LOCK_LIFE) return outcome;
    await this.#uploads.waitForUploads(file, options.signal);
    return outcome;
  }

  /** @returns `false` if another program has created the file meanwhile, with other bytes. */
  async #write(
    checksum: Checksum,
    data: Source,
    overwrite: boolean,
    options: AbortOptions,
    onStop?: () => void,
  ): Promise<boolean> {
    const { signal } = options;
    const { source, state } = data instanceof Uint8Array ? whole(data) : watched(data, onStop);
    const write = async (): Promise<{ readonly place: Place; readonly written: boolean }> => {
      const place = await this.#detector.forWriting();
      const file = fileOf(place, checksum.hex());
      const mode = await this.#makeFolder(place, dirname(file));
      return { place, written: await writeAtomic(file, source, { overwrite, signal, mode, umask: false }) };
    };
    const { place, written } = await write().catch((error: unknown) => {
      // The folder was removed: try again. Not if the source has been read from, which may have thrown this error itself.
      const known = this.#folders.size > 0;
      if (state.begun || !known || !isSeamlessError(error, "NOT_FOUND")) throw error;
      this.#folders.clear();
      this.#detector.forget();
      return write();
    });
    if (!written) return (await this.#isThere(checksum, options)) === "right";
    // Somebody may have been about to remove what was there before.
    const file = fileOf(place, checksum.hex());
    if (overwrite && (await this.#touch(file, checksum, options)) === "missing") return false;
    await this.#uploads.waitForUploads(file, signal);
    return true;
  }

  #touch(file: string, checksum: Checksum, { signal }: AbortOptions) {
    return touchFile(file, checksum, this.#name, this.#wait, signal);
  }

  /** Makes a buffer young, in the form that it has. Not one that is another user's. */
  async touch(checksum: Checksum, options: AbortOptions): Promise<boolean> {
    const place = await this.#detector.forReading();
    for (const file of filesOf(place, checksum.hex())) {
      for (const { suffix } of FORMS) {
        options.signal?.throwIfAborted();
        if ((await this.#touch(file + suffix, checksum, options)) === "touched") return true;
      }
    }
    return false;
  }

  /** @returns the permissions of new files in it. */
  async #makeFolder(place: Place, folder: string): Promise<number> {
    this.#sweeper.sweepIfDue(folder);
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const { folder: mode, buffer } = await permissionsOf(place.root);
    if (await makeFolder(folder, { mode })) await this.#detector.mark(place);
    this.#folders.set(folder, buffer);
    return buffer;
  }
}

/** A source, and whether anything was read from it that cannot be read again. */
interface Watched {
  readonly source: Source;
  readonly state: { begun: boolean };
}

function whole(source: Uint8Array): Watched {
  return { source, state: { begun: false } };
}

/** Chunks that are hashed while earlier ones are written. */
function watched(chunks: AsyncIterable<Uint8Array>, onStop: (() => void) | undefined): Watched {
  const state = { begun: false };
  const source = {
    [Symbol.asyncIterator]() {
      state.begun = true;
      return prefetch(chunks, PREFETCHED, onStop)[Symbol.asyncIterator]();
    },
  };
  return { source, state };
}

/** One is being written, one is held back until the next is hashed, one is being hashed, and the others wait. */
const BUFFERS = PREFETCHED + 3;

/**
 * Copies of slices, since the caller may change the bytes before they are written. A few buffers are used in turn: new memory
 * for a gigabyte would take half as long as hashing it.
 */
async function* copies(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  const buffers = Array.from({ length: BUFFERS }, () => new Uint8Array(SLICE));
  for (let i = 0; i * SLICE < bytes.byteLength; i++) {
    const slice = bytes.subarray(i * SLICE, (i + 1) * SLICE);
    const copy = buffers[i % BUFFERS]!.subarray(0, slice.byteLength);
    copy.set(slice);
    yield copy;
  }
}

/**
 * Reads ahead: asks for items before they are wanted, so that one is read or hashed while another is written.
 *
 * @param depth - Number of items that are asked for ahead, at most.
 * @param onStop - Called when the consumer stops early, before the source is closed: to wake up one that hangs.
 */
async function* prefetch<T>(
  source: AsyncIterable<T>,
  depth: number,
  onStop: () => void = () => {},
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const ready: Promise<IteratorResult<T>>[] = [];
  let last: Promise<unknown> = Promise.resolve();
  // Each is asked for when the one before has come: generators queue calls, other iterators need not.
  const ask = () => {
    const next = last.then(() => iterator.next());
    last = next;
    // A failure is thrown when it is its turn; until then it must not count as unhandled.
    next.catch(() => undefined);
    ready.push(next);
  };
  let finished = false;
  try {
    for (;;) {
      while (ready.length < depth) ask();
      const next = await ready.shift()!;
      if (next.done === true) break;
      yield next.value;
    }
    finished = true;
  } finally {
    if (!finished) {
      onStop();
      // As in `for await`, an error of the clean-up must not hide the first one.
      await Promise.resolve(iterator.return?.()).catch(() => undefined);
    }
  }
}

/** Temporary files that are younger may still be in use, in milliseconds. */
export const LEFTOVER_AGE = 3_600_000;

/**
 * Removes temporary files that killed stores and hashservers have left in the folders that are written to: once an hour in
 * each, in the background.
 */
class Sweeper {
  readonly #swept = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();

  /** Begins to clean up a folder, unless that was done less than an hour ago. */
  sweepIfDue(folder: string): void {
    const now = Date.now();
    if (now - (this.#swept.get(folder) ?? Number.NEGATIVE_INFINITY) < LEFTOVER_AGE) return;
    this.#swept.set(folder, now);
    // Nothing depends on it: what cannot be removed now (another process may be faster) is left for the next time.
    const sweep = removeLeftovers(folder, now).catch(() => undefined);
    const running = sweep.then(() => void this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits until nothing is being removed. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }
}

async function removeLeftovers(folder: string, now: number): Promise<void> {
  for await (const { name } of await opendir(folder, { bufferSize: 256 })) {
    if (!isUnfinished(name)) continue;
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isFile() && now - stats.mtimeMs > LEFTOVER_AGE) await unlinkFile(path).catch(() => undefined);
  }
}
