import { type AbortOptions, CacheMissError, type Checksum, ProvenBytes, SeamlessError } from "@seamless/checksum";
import { optionChecks } from "@seamless/internal/option-checks";
import { mapParallel } from "@seamless/internal/parallel";
import { streamChunks } from "../chunks.ts";
import { withProgress } from "../progress.ts";
import { getFrom, putTo } from "../proofs.ts";
import { resumedChunks } from "../resume.ts";
import type { Store } from "../store.ts";
import { ChecksumTable } from "./checksum-table.ts";
import { ErrorList } from "./errors.ts";
import type { Checksums } from "./garbage.ts";

/** How buffers are copied. */
export interface CopyOptions extends AbortOptions {
  /** Buffers that are under way at a time. @default 16 */
  readonly concurrency?: number | undefined;
  /**
   * Hash what is there already, where it lies, and copy again what is wrong.
   * @default false: names are taken on trust
   */
  readonly check?: boolean | undefined;
  /** Only find out what would be copied. @default false */
  readonly dryRun?: boolean | undefined;
  /** Called as it gets on. */
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined;
  /** Called with each failure of a single buffer. */
  readonly onError?: ((error: SeamlessError) => void) | undefined;
}

/** How far it is. Totals grow as buffers are looked at. */
export interface CopyProgress {
  /** Buffers that are there, or failed. */
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** What was copied. */
export interface CopyReport {
  /** Buffers that were copied, or would be in a dry run, and their bytes. */
  readonly copied: number;
  readonly bytes: number;
  /** How many were there already. */
  readonly present: number;
  /** How many failed; those that the source does not have, too. */
  readonly failed: number;
  /** Why, of the first hundred: `CACHE_MISS` for what the source does not have. */
  readonly errors: readonly SeamlessError[];
}

/** Buffers in one question to a store. */
const BATCH = 1000;

/** In bytes: larger buffers are streams. */
const SMALL = 2 ** 20;

/** So many failures in a row, and the store is taken to be gone. */
const FAILURES = 32;

const checks = /* @__PURE__ */ optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));

/**
 * Copies buffers from one store to another. What is there already is left, and so a copy that was broken off goes on when it
 * is called again. All bytes are hashed on their way; a large buffer whose download breaks goes on where it stopped, if
 * its store can. A buffer that fails does not keep the others from being copied.
 *
 * @param checksums - Any number; only a thousand are held at a time.
 * @throws {SeamlessError} `READ_ONLY`; `STORE_FAILED` for many failures in a row: `errors` has the first; what the stores throw
 * when they are asked what they have. The signal's reason.
 *
 * @example
 * import { Checksum } from "@seamless/checksum";
 * import { memoryStore } from "@seamless/store";
 * import { copyBuffers } from "@seamless/store/housekeeping";
 * const [from, to] = [memoryStore(), memoryStore()];
 * const bytes = new TextEncoder().encode("hello\n");
 * await from.put(Checksum.of(bytes), bytes);
 * const { copied, present } = await copyBuffers(from, to, [Checksum.of(bytes)]);
 * console.log(copied, present); // → 1 0
 */
export async function copyBuffers(
  from: Store,
  to: Store,
  checksums: Checksums,
  options: CopyOptions = {},
): Promise<CopyReport> {
  checks.wholeNumber("concurrency", options.concurrency ?? 16, 1);
  options.signal?.throwIfAborted();
  if (!to.writable && options.dryRun !== true) {
    throw new SeamlessError("READ_ONLY", `${to.name} is read-only: nothing can be copied there`, { store: to.name });
  }
  const copy = new Copy(from, to, options);
  let batch = new Map<string, Checksum>();
  for await (const checksum of checksums) {
    batch.set(checksum.hex(), checksum);
    if (batch.size < BATCH) continue;
    await copy.batch([...batch.values()]);
    batch = new Map();
  }
  if (batch.size > 0) await copy.batch([...batch.values()]);
  return copy.report();
}

/**
 * Copies all that one store has to another: see `copyBuffers`. Nothing is removed. Takes about 44 bytes of memory for each
 * buffer.
 *
 * @param from - A store that can `list`.
 * @throws {SeamlessError} as `copyBuffers`; `UNSUPPORTED` for a store that cannot list what it has.
 */
export async function syncStores(from: Store, to: Store, options: CopyOptions = {}): Promise<CopyReport> {
  if (from.list === undefined) {
    throw new SeamlessError("UNSUPPORTED", `${from.name} cannot list what it has: name what is to be copied`, {
      store: from.name,
    });
  }
  // Listed to its end before: a server would not wait while buffers are copied.
  const table = new ChecksumTable();
  for await (const { checksum } of from.list({ signal: options.signal })) table.add(checksum);
  return copyBuffers(from, to, table, options);
}

/** One copy under way. */
class Copy {
  readonly #from: Store;
  readonly #to: Store;
  readonly #options: CopyOptions;
  readonly #errors = new ErrorList();
  #copied = 0;
  #copiedBytes = 0;
  #present = 0;
  #failuresInRow = 0;
  #totalFiles = 0;
  #bytes = 0;
  #totalBytes = 0;

  constructor(from: Store, to: Store, options: CopyOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
  }

  async batch(checksums: readonly Checksum[]): Promise<void> {
    const { signal, concurrency: limit = 16, dryRun = false } = this.#options;
    this.#totalFiles += checksums.length;
    const there = await this.#areThere(checksums);
    const wanted = checksums.filter((_, i) => there[i] !== true);
    this.#present += checksums.length - wanted.length;
    const lengths = wanted.length === 0 ? [] : await this.#from.lengths(wanted, { signal });
    for (const length of lengths) this.#totalBytes += length ?? 0;
    this.#tell();
    await mapParallel(wanted, { limit, signal }, async (checksum, i) => {
      try {
        const known = lengths[i];
        const length = dryRun ? (known ?? (await this.#measure(checksum))) : await this.#copy(checksum, known);
        if (dryRun) this.#bytes += length;
        this.#copied++;
        this.#copiedBytes += length;
        this.#failuresInRow = 0;
      } catch (error) {
        signal?.throwIfAborted();
        this.#fail(error, checksum);
      }
      this.#tell();
    });
  }

  report(): CopyReport {
    const { count: failed, first: errors } = this.#errors;
    return { copied: this.#copied, bytes: this.#copiedBytes, present: this.#present, failed, errors };
  }

  /** What is there is made young, so that nobody removes it as garbage. */
  async #areThere(checksums: readonly Checksum[]): Promise<boolean[]> {
    const { signal, check = false, dryRun = false } = this.#options;
    const there = [...(await this.#to.has(checksums, { signal }))];
    const narrow = async (ask: (asked: readonly Checksum[]) => Promise<readonly boolean[]>) => {
      const open = [...there.keys()].filter((i) => there[i]);
      const answers = open.length === 0 ? [] : await ask(open.map((i) => checksums[i]!));
      for (const [n, i] of open.entries()) there[i] = answers[n]!;
    };
    const { touch, check: hash } = this.#to;
    if (check) {
      // What the store cannot hash is put again: it compares, or replaces.
      await narrow(async (asked) =>
        hash === undefined
          ? asked.map(() => false)
          : (await hash.call(this.#to, asked, { signal })).map((result) => result === "ok"),
      );
    }
    if (touch !== undefined && !dryRun) await narrow((asked) => touch.call(this.#to, asked, { signal }));
    return there;
  }

  /**
   * @param length - In bytes; `undefined` for what seems to be missing. What is damaged has no length, too: reading it tells.
   * @returns the length.
   */
  async #copy(checksum: Checksum, length: number | undefined): Promise<number> {
    const { signal } = this.#options;
    let told = 0;
    const onProgress = ({ bytes }: { readonly bytes: number }) => {
      this.#bytes += bytes - told;
      told = bytes;
      this.#tell();
    };
    if (length !== undefined && length <= SMALL) {
      const found = await getFrom(this.#from, checksum, { signal });
      if (found === undefined) throw this.#missing(checksum);
      if (ProvenBytes.isProvenBytes(found)) await putTo(this.#to, found, { signal });
      else await this.#to.put(checksum, found, { signal });
      onProgress({ bytes: length });
      return length;
    }
    const open = async (offset: number) => {
      const stream = await this.#from.getStream(checksum, offset === 0 ? { signal } : { signal, offset });
      return stream && streamChunks(stream);
    };
    const first = await open(0);
    if (first === undefined) throw this.#missing(checksum);
    // The rest of a broken stream is not verified, but what is put is, as a whole.
    const chunks = this.#from.resumes === true ? resumedChunks(first, open, { signal }) : first;
    await this.#to.putStream(checksum, withProgress(chunks, onProgress, length), { signal, length });
    if (length !== undefined) onProgress({ bytes: length });
    return told;
  }

  /** Reads a buffer to its end, to find out what keeps its length from being known. */
  async #measure(checksum: Checksum): Promise<number> {
    const stream = await this.#from.getStream(checksum, { signal: this.#options.signal });
    if (stream === undefined) throw this.#missing(checksum);
    let length = 0;
    for await (const chunk of streamChunks(stream)) length += chunk.byteLength;
    return length;
  }

  #missing(checksum: Checksum): SeamlessError {
    const { name } = this.#from;
    return new CacheMissError(checksum, `${name} does not have ${checksum.hex()}`, { store: name });
  }

  /** @throws {SeamlessError} `STORE_FAILED` if nothing works any more. */
  #fail(error: unknown, checksum: Checksum): void {
    const known = this.#errors.add(error, checksum, this.#from);
    this.#options.onError?.(known);
    // A buffer that the source does not have says nothing of the next.
    if (known.code === "CACHE_MISS") return;
    this.#failuresInRow++;
    if (this.#failuresInRow < FAILURES) return;
    throw new SeamlessError("STORE_FAILED", `${FAILURES} buffers in a row were not copied: ${known.message}`, {
      errors: this.#errors.first,
      cause: known,
    });
  }

  #tell(): void {
    this.#options.onProgress?.({
      files: this.#present + this.#copied + this.#errors.count,
      totalFiles: this.#totalFiles,
      bytes: this.#bytes,
      totalBytes: this.#totalBytes,
    });
  }
}
