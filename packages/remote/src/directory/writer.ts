import { lstat, opendir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type AbortOptions, Checksum, isSeamlessError, ProvenBytes, SeamlessError } from "@seamless/checksum";
import { fileError, makeFolder, writeAtomic } from "@seamless/checksum/node";
import { readProven } from "@seamless/checksum/unsafe";
import { onAbort } from "@seamless/internal/abort";
import { mismatchError, type PutStreamOptions, verifiedChunks } from "@seamless/store";
import { FORMS, fileOf, filesOf, isUnfinished, LENGTH_SUFFIX, type Place } from "./layout.ts";
import { type LayoutDetector, permissionsOf } from "./layout-detector.ts";
import { LOCK_LIFE, type LockWait, UploadWatch } from "./other-writers.ts";
import type { Reader } from "./reader.ts";

/** Bytes are hashed and written in slices of this, in bytes: what is smaller, at once. */
const SLICE = 2 ** 20;

/** How many slices are hashed while one is written. */
const PREFETCHED = 4;

/** Bytes at once, or as they come. */
type Source = Uint8Array | AsyncIterable<Uint8Array>;

/** Writes the files of buffers: whole or not at all, and never over one that is right. */
export class Writer {
  readonly #detector: LayoutDetector;
  readonly #name: string;
  readonly #reader: Reader;
  readonly #sweeper = new Sweeper();
  readonly #uploads: UploadWatch;
  /**
   * Folders that have been made, or seen, since the store was opened, with the permissions of what is written there: looking
   * each time costs a tenth of a small put.
   */
  readonly #folders = new Map<string, number>();

  constructor(detector: LayoutDetector, name: string, reader: Reader, wait: LockWait) {
    this.#detector = detector;
    this.#name = name;
    this.#reader = reader;
    this.#uploads = new UploadWatch(wait);
  }

  /** Wrong bytes are refused also where the right ones lie already; proven ones are not looked at there. */
  async put(checksum: Checksum, given: Uint8Array | ProvenBytes, options: AbortOptions): Promise<void> {
    const proven = ProvenBytes.isProvenBytes(given);
    const verify = () => this.#verify(checksum, proven ? readProven(given) : given, options);
    // What is wrong is refused before anything is looked for.
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
    // Taken meanwhile, by what is not the buffer.
    await this.#write(checksum, verified(), true, options);
  }

  /** @returns gives the bytes, as often as they are wanted: verified at once, or on their way. */
  #verify(checksum: Checksum, bytes: Uint8Array, options: AbortOptions): () => Source {
    if (bytes.byteLength > SLICE) {
      return () => verifiedChunks(checksum, copies(bytes), { ...options, copy: false, store: this.#name });
    }
    // A copy, since their owner may change them before they are written.
    const copy = new Uint8Array(bytes);
    const found = Checksum.of(copy);
    if (!found.equals(checksum)) throw mismatchError(checksum, found, { store: this.#name });
    return () => copy;
  }

  /** A stream of a buffer that lies there already is not read. */
  async putStream(checksum: Checksum, source: AsyncIterable<Uint8Array>, options: PutStreamOptions): Promise<void> {
    const there = await this.#isThere(checksum, options);
    if (there === "right") return;
    // A source that hangs must not keep us, should the disk fail.
    const stopper = new AbortController();
    const forget = onAbort(options.signal, () => stopper.abort(options.signal?.reason));
    try {
      const verified = verifiedChunks(checksum, source, { ...options, signal: stopper.signal, store: this.#name });
      if (await this.#write(checksum, verified, there === "wrong", options, () => stopper.abort())) return;
    } finally {
      forget();
    }
    const why = "somebody else has just written other bytes by its name: try again";
    throw new SeamlessError("STORE_FAILED", `${this.#name}: ${checksum.hex()} was not written: ${why}`, {
      checksum,
      store: this.#name,
    });
  }

  async close(): Promise<void> {
    await this.#sweeper.idle();
  }

  /** Right, and going to stay: what has lain there for long, no upload that is under way will remove. */
  async #isThere(checksum: Checksum, options: AbortOptions) {
    const place = await this.#detector.forReading();
    const { outcome, modified } = await this.#reader.check(place, checksum, options);
    if (outcome !== "right" || Date.now() - modified > LOCK_LIFE) return outcome;
    const file = fileOf(place, checksum.hex());
    await this.#uploads.outlast(file, options.signal);
    return outcome;
  }

  /** @returns false if the name was taken meanwhile, and not by the buffer. */
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
      // Somebody has removed the folder. Not again if anything was taken from the source, which may have thrown this itself.
      const known = this.#folders.size > 0;
      if (state.begun || !known || !isSeamlessError(error, "NOT_FOUND")) throw error;
      this.#folders.clear();
      this.#detector.forget();
      return write();
    });
    if (!written) return (await this.#reader.check(place, checksum, options)).outcome === "right";
    await this.#uploads.outlast(fileOf(place, checksum.hex()), signal);
    return true;
  }

  /** @returns the permissions of what is written there. */
  async #makeFolder(place: Place, folder: string): Promise<number> {
    this.#sweeper.touch(folder);
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const { folder: mode, buffer } = await permissionsOf(place.root);
    if (await makeFolder(folder, { mode })) await this.#detector.mark(place);
    this.#folders.set(folder, buffer);
    return buffer;
  }
}

/** What is written, and whether any of it has been taken yet that could not be had again. */
interface Watched {
  readonly source: Source;
  readonly state: { begun: boolean };
}

function whole(source: Uint8Array): Watched {
  return { source, state: { begun: false } };
}

/** Hashed ahead of what is being written. */
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

/** One is being written, one held back until the next is hashed, one is being hashed, and the rest wait. */
const BUFFERS = PREFETCHED + 3;

/**
 * Slices in memory of our own, since their owner may change them before they are written; in the same few buffers in turns:
 * new memory for a gigabyte takes as long as half of hashing it.
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
 * The same chunks, asked for before they are wanted: so that one is hashed or read while another is written.
 *
 * @param depth - How many are held at most.
 * @param onStop - Called first when the consumer stops early: to wake up a source that hangs.
 */
async function* prefetch<T>(
  source: AsyncIterable<T>,
  depth: number,
  onStop: () => void = () => {},
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const ready: Promise<IteratorResult<T>>[] = [];
  let last: Promise<unknown> = Promise.resolve();
  // Each is asked for when the one before has come: generators would queue the calls, other iterators need not.
  const ask = () => {
    const next = last.then(() => iterator.next());
    last = next;
    // A failure is thrown when its turn comes; until then it must not count as unhandled.
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
      // As in `for await`: what fails in the cleanup is not what went wrong.
      await Promise.resolve(iterator.return?.()).catch(() => undefined);
    }
  }
}

/** What is younger may still be written, in milliseconds. */
export const LEFTOVER_AGE = 3_600_000;

/**
 * Removes what killed writers, and hashservers, have left in the folders that are written to: in each once an hour, behind
 * the back of the writer.
 */
export class Sweeper {
  readonly #swept = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();

  /** A folder is being written to. */
  touch(folder: string): void {
    const now = Date.now();
    if (now - (this.#swept.get(folder) ?? Number.NEGATIVE_INFINITY) < LEFTOVER_AGE) return;
    this.#swept.set(folder, now);
    // Nothing depends on it: what cannot be looked at or removed now (another sweeper may be faster) is left for the next.
    const sweep = removeLeftovers(folder, now).catch(() => undefined);
    const running = sweep.then(() => void this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when nothing is being removed. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }
}

async function removeLeftovers(folder: string, now: number): Promise<void> {
  for await (const { name } of await opendir(folder, { bufferSize: 256 })) {
    if (!isUnfinished(name)) continue;
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isFile() && now - stats.mtimeMs > LEFTOVER_AGE) await unlink(path).catch(() => undefined);
  }
}

/**
 * Remove a buffer, in all its forms.
 *
 * @returns whether it was there.
 * @throws {SeamlessError} `PERMISSION_DENIED`, `READ_ONLY` and other file codes.
 */
export async function deleteBuffer(place: Place, hex: string): Promise<boolean> {
  let there = false;
  for (const file of filesOf(place, hex)) {
    for (const { suffix } of FORMS) if (await remove(file + suffix)) there = true;
    await remove(file + LENGTH_SUFFIX);
  }
  return there;
}

async function remove(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw fileError(error, path, "remove");
  }
}
