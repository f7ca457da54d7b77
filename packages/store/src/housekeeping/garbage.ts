import { type AbortOptions, CacheMissError, type Checksum, SeamlessError } from "@seamless/checksum";
import { optionChecks } from "@seamless/internal/option-checks";
import { mapParallel } from "@seamless/internal/parallel";
import { streamChunks } from "../chunks.ts";
import type { ListedBuffer, Store } from "../store.ts";
import { ChecksumTable } from "./checksum-table.ts";
import { ErrorList } from "./errors.ts";
import { HexSearch } from "./hex-search.ts";
import { type Amount, Listing } from "./listing.ts";

/** What is kept, and what is to be done with the rest. */
export interface CollectGarbageOptions extends AbortOptions {
  /** Buffers that are kept, with all that can be reached from them. Each must be in the store. */
  readonly roots?: Checksums | undefined;
  /** The same of buffers that need not be there, such as an index that may not have been put. Alone they are no roots. */
  readonly keep?: Checksums | undefined;
  /**
   * Nothing is removed that was put or touched less than this long ago, in milliseconds, nor what can be reached from it. 0
   * only where nobody writes: a buffer that is put now may be removed.
   * @default 3,600,000: an hour
   */
  readonly minAge?: number | undefined;
  /**
   * Only find out what would be removed.
   * @default true
   */
  readonly dryRun?: boolean | undefined;
  /** Buffers that are read, or removed, at a time. @default 8 */
  readonly concurrency?: number | undefined;
  /** Called with each buffer that is garbage, before it is removed; waited for. */
  readonly onGarbage?: ((buffer: ListedBuffer) => void | Promise<void>) | undefined;
  /** Called as it gets on. */
  readonly onProgress?: ((progress: CollectProgress) => void) | undefined;
}

/** Any number of checksums. */
export type Checksums = Iterable<Checksum> | AsyncIterable<Checksum>;

/** How far it is. `files` begins again with each phase. */
export interface CollectProgress {
  readonly phase: "list" | "search" | "remove";
  /** Buffers that were listed, searched for checksums, or removed. */
  readonly files: number;
  /** As far as it is known. */
  readonly totalFiles: number;
  /** That were searched or freed. */
  readonly bytes: number;
}

/** What was found and done. */
export interface GarbageReport {
  /** Reachable. */
  readonly kept: Amount;
  /** Not reachable from the roots, but young, or reachable from what is young. */
  readonly young: Amount;
  /** All others. */
  readonly garbage: Amount;
  /** What was removed of them: not what was put again meanwhile, nor anything in a dry run. */
  readonly removed: Amount;
  /** How many could not be removed. */
  readonly failed: number;
  /** Why: of the first hundred. */
  readonly errors: readonly SeamlessError[];
}

const HOUR = 3_600_000;

/** Buffers that are worked on before the next ones are looked for. */
const WAVE = 1024;

/** Buffers in one question to the store. */
const BATCH = 1000;

/** What does not begin like JSON is searched so far, in bytes. */
const SEARCHED = 2 ** 20;

/** About how much is read at a time, in bytes: of most buffers nothing more. */
const CHUNK = 65_536;

const checks = /* @__PURE__ */ optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));

/**
 * Finds the buffers of a store that nothing leads to, and removes them. Reachable are the roots, and every 64 hex digits in a
 * reachable buffer that are the checksum of another one: in all that begins like JSON (an index, `checksum`, `plain`),
 * `mixed`, or with a comment, to its end, and in the first MiB of everything else. Takes about 70 bytes of memory for
 * each buffer of the store.
 *
 * @param store - One that can `list` and `delete`, and `touch` too unless `minAge` is 0.
 * @throws {SeamlessError} before anything is removed: `INVALID_ARGUMENT` without roots, `CACHE_MISS` for a root that is not
 * there, `UNSUPPORTED` for a store that cannot do it, `READ_ONLY`, and what the store throws for a reachable buffer that it
 * cannot read. The signal's reason, at any time.
 *
 * @example
 * import { Checksum } from "@seamless/checksum";
 * import { memoryStore } from "@seamless/store";
 * import { collectGarbage } from "@seamless/store/housekeeping";
 * const store = memoryStore();
 * const keep = async (text) => {
 *   const bytes = new TextEncoder().encode(text);
 *   await store.put(Checksum.of(bytes), bytes);
 *   return Checksum.of(bytes);
 * };
 * const file = await keep("hello\n");
 * await keep("old\n");
 * const roots = [await keep(JSON.stringify({ "a.txt": file.hex() }))];
 * const { garbage, removed } = await collectGarbage(store, { roots, minAge: 0, dryRun: false });
 * console.log(garbage, removed); // → { buffers: 1, bytes: 4 } { buffers: 1, bytes: 4 }
 */
export async function collectGarbage(store: Store, options: CollectGarbageOptions): Promise<GarbageReport> {
  const { signal, roots = [], keep = [], onGarbage, onProgress } = options;
  const minAge = checks.duration("minAge", options.minAge ?? HOUR);
  const dryRun = checks.boolean("dryRun", options.dryRun ?? true);
  const concurrency = checks.wholeNumber("concurrency", options.concurrency ?? 8, 1);
  signal?.throwIfAborted();
  requireAble(store, minAge, dryRun);

  // In this order: what is put later is not in the list, and so never removed.
  const youngest = Date.now() - minAge;
  const listing = await Listing.of(store, { signal, onProgress });
  const search = new Search(store, listing, { concurrency, signal, onProgress });
  let none = true;
  const unlisted = new ChecksumTable();
  for await (const root of roots) {
    none = false;
    if (listing.table.indexOf(root) === -1) unlisted.add(root);
    else search.keep(root);
  }
  await search.readUnlisted(unlisted);
  for await (const checksum of keep) search.keep(checksum);
  if (none)
    throw new SeamlessError(
      "INVALID_ARGUMENT",
      "there is no root: everything would be removed. Name what is to be kept",
    );
  await search.finish();
  const kept = listing.amountOf((at) => listing.isKept(at));
  if (minAge > 0) {
    for (let at = 0; at < listing.size; at++) if (listing.modifiedOf(at) > youngest) search.keepAt(at);
    // What nothing but its youth has kept may just have grown old, and be removed by another collector.
    await search.finish("if there");
  }
  const both = listing.amountOf((at) => listing.isKept(at));
  const garbage = listing.amountOf((at) => !listing.isKept(at));

  const errors = new ErrorList();
  const removed = { buffers: 0, bytes: 0 };
  await mapParallel(listing.garbage(), { limit: concurrency, signal }, async (buffer) => {
    await onGarbage?.(buffer);
    if (dryRun) return;
    try {
      if (!(await store.delete?.(buffer.checksum, { minAge, signal }))) return;
      removed.buffers++;
      removed.bytes += buffer.stored ?? 0;
    } catch (error) {
      signal?.throwIfAborted();
      errors.add(error, buffer.checksum, store);
    }
    onProgress?.({
      phase: "remove",
      files: removed.buffers + errors.count,
      totalFiles: garbage.buffers,
      bytes: removed.bytes,
    });
  });
  const young = { buffers: both.buffers - kept.buffers, bytes: both.bytes - kept.bytes };
  return { kept, young, garbage, removed, failed: errors.count, errors: errors.first };
}

/** @throws {SeamlessError} `UNSUPPORTED`, `READ_ONLY`. */
function requireAble(store: Store, minAge: number, dryRun: boolean): void {
  const fail = (why: string) => {
    throw new SeamlessError("UNSUPPORTED", `${store.name}: garbage cannot be collected: ${why}`, { store: store.name });
  };
  if (store.list === undefined || store.delete === undefined) fail("the store cannot list and delete what it has");
  if (store.touch === undefined && minAge > 0)
    fail("the store does not tell how old buffers are, as a least age needs");
  if (!dryRun && !store.writable) {
    throw new SeamlessError("READ_ONLY", `${store.name} is read-only: nothing can be removed`, { store: store.name });
  }
}

interface SearchOptions extends AbortOptions, Pick<CollectGarbageOptions, "onProgress"> {
  readonly concurrency: number;
}

/** Marks what can be reached. */
class Search {
  readonly #store: Store;
  readonly #listing: Listing;
  readonly #options: SearchOptions;
  /** How many of those that are kept were searched. */
  #searched = 0;
  #bytes = 0;

  constructor(store: Store, listing: Listing, options: SearchOptions) {
    this.#store = store;
    this.#listing = listing;
    this.#options = options;
  }

  /** What the store does not have is of no concern. */
  keep(checksum: Checksum): void {
    this.keepAt(this.#listing.table.indexOf(checksum));
  }

  keepAt(at: number): void {
    if (at !== -1) this.#listing.keep(at);
  }

  /**
   * Searches roots that are not in the list: they may have been put since.
   *
   * @throws {SeamlessError} `CACHE_MISS` for the first that is not there.
   */
  async readUnlisted(roots: ChecksumTable): Promise<void> {
    const { name } = this.#store;
    let before = 0;
    for (const batch of batches(roots)) {
      this.#options.signal?.throwIfAborted();
      const there = await this.#store.has(batch, { signal: this.#options.signal });
      const missing = batch.filter((_, i) => !there[i]);
      const [first] = missing;
      // The first batch tells: to ask for each of a million would take hours of some stores.
      if (first !== undefined) {
        const count = missing.length + roots.size - before - batch.length;
        const [what, them] = count === 1 ? ["the root", "it"] : [`${count} roots, the first`, "them"];
        const rest = `nothing is removed. Put ${them} there, or leave ${them} out`;
        const message = `${name} does not have ${what} ${first.hex()}: ${rest}`;
        throw new CacheMissError(first, message, { store: name });
      }
      for (const root of batch) await this.read(root);
      before += batch.length;
    }
  }

  /** Searches what is kept, and what is kept by that, until there is nothing new. */
  async finish(which: "all" | "if there" = "all"): Promise<void> {
    const { concurrency: limit, signal } = this.#options;
    for (;;) {
      const wave = this.#listing.keptFrom(this.#searched, WAVE);
      if (wave.length === 0) return;
      this.#searched += wave.length;
      await mapParallel(wave, { limit, signal }, (at) => this.read(this.#listing.table.at(at), which));
      this.#tell();
    }
  }

  /**
   * Keeps all that a buffer names.
   *
   * @throws {SeamlessError} `CACHE_MISS` if it is not there: what it names is not known. What the store throws.
   */
  async read(checksum: Checksum, which: "all" | "if there" = "all"): Promise<void> {
    const { signal } = this.#options;
    const stream = await this.#store.getStream(checksum, { signal, chunkSize: CHUNK });
    if (stream === undefined) {
      if (which === "if there") return;
      const { name } = this.#store;
      const why = `${name} does not have ${checksum.hex()}, which leads to what is kept: nothing is removed`;
      throw new CacheMissError(checksum, why, { store: name });
    }
    const search = new HexSearch((tail, byteAt) => this.keepAt(this.#listing.table.find(tail, byteAt)));
    let whole: boolean | undefined;
    let left = SEARCHED;
    for await (const chunk of streamChunks(stream)) {
      whole ??= beginsLikeJson(chunk);
      search.read(whole === false ? chunk.subarray(0, left) : chunk);
      left -= chunk.byteLength;
      this.#bytes += chunk.byteLength;
      if (whole === false && left <= 0) break;
      if (chunk.byteLength >= CHUNK) this.#tell();
    }
  }

  #tell(): void {
    const { size } = this.#listing;
    this.#options.onProgress?.({ phase: "search", files: this.#searched, totalFiles: size, bytes: this.#bytes });
  }
}

function* batches(table: ChecksumTable): Generator<readonly Checksum[], void, undefined> {
  let batch: Checksum[] = [];
  for (const checksum of table) {
    if (batch.push(checksum) < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** White space of JSON, and a byte order mark. */
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);

/** The first bytes of JSON with strings in it, of a comment before it, and of the mixed format. */
const STARTS: ReadonlySet<number> = new Set([...'{["#'].map((start) => start.charCodeAt(0)).concat(0x94));

/** @returns `undefined` as long as there is only white space. */
function beginsLikeJson(chunk: Uint8Array): boolean | undefined {
  const start = chunk.find((byte) => !SPACE.has(byte));
  return start === undefined ? undefined : STARTS.has(start);
}
