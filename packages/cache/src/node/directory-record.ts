import { fileURLToPath } from "node:url";
import { type AbortOptions, type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { fileError, makeFolder } from "@seamless/checksum/node";
import { untilAborted } from "@seamless/internal/abort";
import { showPath } from "@seamless/internal/text";
import {
  DEFAULT_MAX_ENTRIES,
  type RecordEntry,
  RecordIndex,
  type TransformationRecord,
} from "../transformations/record.ts";
import { SegmentWriter } from "./segment-writer.ts";
import { encodeLine, listSegments, mergeSegments, readSegment } from "./segments.ts";

/** The limit of a record in a directory. */
export interface DirectoryRecordOptions extends AbortOptions {
  /**
   * Number of entries, which are held in memory at about 1 kB each; what would go beyond is not kept.
   * @default 250,000
   */
  readonly maxEntries?: number | undefined;
}

/** A record of transformations in a directory, which survives a restart. */
export interface DirectoryRecord extends TransformationRecord {
  /** What there is. */
  stats(): DirectoryRecordStats;
  /** Merges the files into one, without lines that are damaged or were replaced. Opening does it when it is worth it. */
  compact(options?: AbortOptions): Promise<void>;
  /** Waits for what is being written, and closes the file. */
  close(): Promise<void>;
  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a record in a directory holds. */
export interface DirectoryRecordStats {
  /** Number of transformations. */
  readonly entries: number;
  /** Number of lines that were found damaged when it was opened; a crash leaves one. */
  readonly damaged: number;
  /** Number of lines on the disk that a later one replaced. */
  readonly replaced: number;
}

/** More files than this are merged when opening. */
const MAX_SEGMENTS = 8;
/** Fewer useless lines than this are left alone. */
const MIN_USELESS = 100;
/** How often to look again when files are merged away by another process while they are read. */
const ATTEMPTS = 20;

/**
 * Open a record of transformations in a directory: it survives a restart. Append-only; an entry is on the disk when `add`
 * resolves, and a crash at any moment costs at most what was being added. Several processes may use one directory at the
 * same time; each sees what others added when it opens it again.
 *
 * @param path - The directory; made if it is missing.
 * @throws {SeamlessError} `TOO_LARGE` if it holds more than `maxEntries`; `PERMISSION_DENIED` and other file codes.
 *
 * @example
 * import { openDirectoryRecord } from "@seamless/cache/node";
 * const record = await openDirectoryRecord("record");
 * console.log(record.stats().entries); // → 0
 * await record.close();
 */
export async function openDirectoryRecord(
  path: string | URL,
  { maxEntries = DEFAULT_MAX_ENTRIES, signal }: DirectoryRecordOptions = {},
): Promise<DirectoryRecord> {
  const folder = typeof path === "string" ? path : fileURLToPath(path);
  signal?.throwIfAborted();
  await makeFolder(folder);
  const loaded = await load(folder, maxEntries, signal);
  const record = new OpenRecord(folder, maxEntries, loaded);
  if (loaded.segments > MAX_SEGMENTS || worthCompacting(loaded.damaged + loaded.replaced, loaded.index.size)) {
    await record.compact({ signal });
  }
  return record;
}

interface Loaded {
  readonly index: RecordIndex;
  readonly segments: number;
  damaged: number;
  replaced: number;
}

async function load(folder: string, maxEntries: number, signal: AbortSignal | undefined): Promise<Loaded> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { segments, retired } = await listSegments(folder);
      const paths = [...segments, ...retired].sort();
      const loaded: Loaded = { index: new RecordIndex(maxEntries), segments: paths.length, damaged: 0, replaced: 0 };
      for (const path of paths) {
        for await (const entry of readSegment(path, signal)) take(loaded, entry, folder, maxEntries);
      }
      return loaded;
    } catch (error) {
      // What was in the file is in another one now.
      if (attempt < ATTEMPTS && isSeamlessError(error, "NOT_FOUND")) continue;
      throw fileError(error, folder, "read");
    }
  }
}

function take(loaded: Loaded, entry: RecordEntry | undefined, folder: string, maxEntries: number): void {
  if (entry === undefined) {
    loaded.damaged++;
    return;
  }
  const { index } = loaded;
  const checksum = entry.transformation.getChecksum();
  if (index.find(checksum) !== undefined) loaded.replaced++;
  if (!index.hasRoom(checksum)) {
    throw new SeamlessError("TOO_LARGE", `${showPath(folder)} holds more than ${maxEntries} entries; raise maxEntries`);
  }
  index.set(entry);
}

class OpenRecord implements DirectoryRecord {
  readonly name: string;
  readonly #folder: string;
  readonly #maxEntries: number;
  readonly #index: RecordIndex;
  readonly #writer: SegmentWriter;
  readonly #damaged: number;
  #replaced: number;
  /** Entries that are being written. */
  #pending = 0;
  #compacting: Promise<void> = Promise.resolve();

  constructor(folder: string, maxEntries: number, { index, damaged, replaced }: Loaded) {
    this.name = showPath(folder);
    this.#folder = folder;
    this.#maxEntries = maxEntries;
    this.#index = index;
    this.#damaged = damaged;
    this.#replaced = replaced;
    this.#writer = new SegmentWriter(folder);
  }

  stats(): DirectoryRecordStats {
    return { entries: this.#index.size, damaged: this.#damaged, replaced: this.#replaced };
  }

  async find(transformation: Checksum, { signal }: AbortOptions = {}): Promise<RecordEntry | undefined> {
    signal?.throwIfAborted();
    return this.#index.find(transformation);
  }

  async producers(result: Checksum, { signal }: AbortOptions = {}): Promise<readonly RecordEntry[]> {
    signal?.throwIfAborted();
    return this.#index.producers(result);
  }

  async *entries({ signal }: AbortOptions = {}): AsyncGenerator<RecordEntry, void, undefined> {
    for (const entry of this.#index.values()) {
      signal?.throwIfAborted();
      yield entry;
    }
  }

  async add(entry: RecordEntry, { signal }: AbortOptions = {}): Promise<boolean> {
    signal?.throwIfAborted();
    const known = this.#index.find(entry.transformation.getChecksum());
    if (known?.result.equals(entry.result)) return true;
    if (known === undefined && this.#index.size + this.#pending >= this.#maxEntries) return false;
    // An abort does not stop what is being written, which then is in the record as in the file.
    await untilAborted(this.#write(entry), signal);
    return true;
  }

  async compact({ signal }: AbortOptions = {}): Promise<void> {
    const running = this.#compacting.then(() => this.#compact(signal));
    // The next one need not know how this one went.
    this.#compacting = running.catch(() => undefined);
    await running;
  }

  async close(): Promise<void> {
    await this.#compacting;
    await this.#writer.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #write(entry: RecordEntry): Promise<void> {
    this.#pending++;
    try {
      await this.#writer.append(encodeLine(entry));
      if (this.#index.find(entry.transformation.getChecksum()) !== undefined) this.#replaced++;
      this.#index.set(entry);
    } finally {
      this.#pending--;
    }
    if (worthCompacting(this.#replaced, this.#index.size)) await this.compact();
  }

  async #compact(signal: AbortSignal | undefined): Promise<void> {
    const merged = await mergeSegments(this.#folder, signal);
    this.#replaced = 0;
    // What other processes added meanwhile.
    for (const entry of merged.values()) {
      const checksum = entry.transformation.getChecksum();
      if (this.#index.find(checksum) === undefined && this.#index.hasRoom(checksum)) this.#index.set(entry);
    }
  }
}

function worthCompacting(useless: number, useful: number): boolean {
  return useless >= MIN_USELESS && useless > useful;
}
