import { lstat, utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import { Checksum, type ErrorCode, isSeamlessError, type SeamlessError } from "@seamless/checksum";
import { fileError, findLeftovers, writeAtomic } from "@seamless/checksum/node";
import { showPath } from "@seamless/internal/text";
import { mismatchError, verifiedChunks } from "@seamless/store";
import { FORMS, type Form, LENGTH_SUFFIX, parseName } from "../encoding/forms.ts";
import { READS_AT_ONCE } from "./check.ts";
import { type Compression, plainShape, type Shape } from "./compression.ts";
import { FolderLister } from "./folder-lister.ts";
import { type FormOptions, formChunks, hashContents } from "./forms.ts";
import { belongsIn, type Place, REWRITE_SUFFIX } from "./layout.ts";
import { permissionsOf } from "./layout-detector.ts";
import { type WalkEntry, walkStore } from "./list.ts";
import { isBeingWritten, type LockWait, UploadWatch } from "./other-writers.ts";
import { openFile } from "./read-file.ts";
import { isRecorded, removeFile, withRecord, writeRecord } from "./record.ts";
import { whileLocked } from "./rewrite-lock.ts";
import { PREFETCHED, prefetch } from "./sources.ts";
import type { RewriteOptions, RewriteReport } from "./types.ts";

/*
 * Compresses or decompresses a folder in place. At every moment a right form of each buffer is there: the new one appears
 * whole, is flushed, and read again, before the old one is removed. A run that is killed in between leaves both, which readers
 * take for one buffer, and the next run removes the old one. The new form is as young as if it had been put: a put may have
 * found the old one, and made that young, until the moment it was removed.
 */

/** The folder that is rewritten, and how its files are read. */
export interface RewrittenFolder {
  readonly place: Place;
  readonly forms: FormOptions;
  readonly wait: LockWait;
}

/** Which forms are replaced by which. */
interface Direction {
  readonly from: readonly Form[];
  readonly to: readonly Form[];
  /** Suffixes of the files that show that there may be something to do. */
  readonly suffixes: readonly string[];
  /** Whether files with other hard links are left: removing one of the names frees nothing. */
  readonly leavesLinked: boolean;
  /**
   * In what form to write bytes. Left as they are if that is none of `to`.
   *
   * @param length - In bytes, where it is known.
   */
  shape(source: AsyncIterable<Uint8Array>, length: number | undefined): Promise<Shape>;
}

const PLAIN = FORMS.filter(({ coding }) => coding === undefined);
const COMPRESSED = FORMS.filter(({ coding }) => coding !== undefined);

/** Compresses what is plain, where that is worth it. What is compressed already, in any way, stays so. */
export function compressFolder(
  folder: RewrittenFolder,
  compression: Compression,
  options: RewriteOptions,
): Promise<RewriteReport> {
  const shape: Direction["shape"] = (source, length) => compression.shape(source, length);
  return new Rewrite(folder, { from: PLAIN, to: COMPRESSED, suffixes: [""], leavesLinked: true, shape }, options).run();
}

export function decompressFolder(folder: RewrittenFolder, options: RewriteOptions): Promise<RewriteReport> {
  const shape: Direction["shape"] = async (source) => plainShape(source);
  // A run that was killed may have left nothing but the record.
  const suffixes = [...COMPRESSED.map(({ suffix }) => suffix), LENGTH_SUFFIX];
  return new Rewrite(folder, { from: COMPRESSED, to: PLAIN, suffixes, leavesLinked: false, shape }, options).run();
}

/** The file of a buffer, in one of its forms. */
interface Found {
  readonly form: Form;
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modified: number;
  readonly isFile: boolean;
  /** How many names the file has. */
  readonly links: number;
  /** Tells files of a folder apart, whatever their names. */
  readonly inode: number;
}

/** A file that was just written, or is there already. */
type Written = Pick<Found, "form" | "path" | "size">;

/** What became of a buffer. `gone`: it was removed meanwhile, or is rewritten elsewhere. Sizes are in bytes. */
type Outcome = "left" | "locked" | "gone" | { readonly before: number; readonly after: number };

/** Errors that are kept. */
const MOST = 100;

/** These concern the whole folder: to go on would be of no use. */
const LASTING: readonly ErrorCode[] = ["DISK_FULL", "READ_ONLY"];

/** One run over a folder. */
class Rewrite {
  readonly #folder: RewrittenFolder;
  readonly #direction: Direction;
  readonly #options: RewriteOptions;
  readonly #uploads: UploadWatch;
  readonly #errors: SeamlessError[] = [];
  readonly #counts = { rewritten: 0, before: 0, after: 0, left: 0, locked: 0, failed: 0 };
  #files = 0;
  #totalFiles = 0;

  constructor(folder: RewrittenFolder, direction: Direction, options: RewriteOptions) {
    this.#folder = folder;
    this.#direction = direction;
    this.#options = options;
    const lister = new FolderLister(() => folder.wait.now());
    this.#uploads = new UploadWatch(folder.wait, lister);
  }

  async run(): Promise<RewriteReport> {
    const { signal, onProgress } = this.#options;
    if (onProgress !== undefined) for await (const _ of this.#candidates()) this.#totalFiles++;
    const candidates = this.#candidates();
    const failures: unknown[] = [];
    const worker = async () => {
      try {
        while (failures.length === 0) {
          const next = await candidates.next();
          if (next.done === true) return;
          await this.#rewrite(next.value);
        }
      } catch (error) {
        failures.push(error);
      }
    };
    await Promise.all(Array.from({ length: READS_AT_ONCE }, worker));
    signal?.throwIfAborted();
    if (failures.length > 0) throw failures[0];
    return { ...this.#counts, errors: this.#errors };
  }

  async *#candidates(): AsyncGenerator<WalkEntry, void, undefined> {
    const { place } = this.#folder;
    for await (const entry of walkStore(place, this.#options.signal)) {
      const parsed = parseName(entry.name);
      if (parsed === undefined || !entry.isFile || !this.#direction.suffixes.includes(parsed.suffix)) continue;
      if (belongsIn(place, entry.folder, parsed.hex)) yield entry;
    }
  }

  /** A buffer that fails does not keep the others from being rewritten. */
  async #rewrite({ folder, name }: WalkEntry): Promise<void> {
    const { signal, onProgress, onError } = this.#options;
    const checksum = new Checksum(parseName(name)!.hex);
    const plain = join(this.#folder.place.root, folder, checksum.hex());
    signal?.throwIfAborted();
    try {
      this.#note(await this.#one(checksum, plain, name));
    } catch (error) {
      signal?.throwIfAborted();
      if (!isSeamlessError(error) || LASTING.includes(error.code)) throw error;
      this.#counts.failed++;
      if (this.#errors.length < MOST) this.#errors.push(error);
      onError?.(error);
    }
    this.#files++;
    const totalFiles = Math.max(this.#files, this.#totalFiles);
    onProgress?.({ files: this.#files, totalFiles, bytes: this.#counts.before });
  }

  #note(outcome: Outcome): void {
    if (outcome === "gone") return;
    if (typeof outcome === "string") {
      this.#counts[outcome]++;
      return;
    }
    this.#counts.rewritten++;
    this.#counts.before += outcome.before;
    this.#counts.after += outcome.after;
  }

  /**
   * @param plain - The path of the plain form, there or not.
   * @param name - Of the file that was found.
   */
  async #one(checksum: Checksum, plain: string, name: string): Promise<Outcome> {
    const { from, to, leavesLinked } = this.#direction;
    const { root } = this.#folder.place;
    const [old, present] = [await findForms(plain, from), await findForms(plain, to)];
    if (old.length === 0) return this.#removeRecord(plain, present);
    // Its other files are found, too: once is enough.
    if (basename(old[0]!.path) !== name) return "gone";
    // Where a link leads is not for us to say, nor who else needs that.
    if ([...old, ...present].some(({ isFile }) => !isFile)) return "left";
    if (leavesLinked) for (const found of old) if (await isLinkedElsewhere(found)) return "left";
    for (const { modified } of [...old, ...present]) {
      if (await isBeingWritten(root, { path: plain, modified })) return "locked";
    }
    for (const found of present) if (!(await this.#isRight(checksum, found))) return "gone";
    const written = present[0] ?? (await this.#write(checksum, plain, old[0]!));
    if (written === "left" || written === "gone") return written;
    const before = old.reduce((sum, { size }) => sum + size, 0);
    const isReplaced =
      this.#options.dryRun === true || (await this.#replace(plain, old, written, present.length === 0));
    return isReplaced ? { before, after: written.size } : "gone";
  }

  /** The length beside a buffer that is compressed no more. */
  async #removeRecord(plain: string, present: readonly Found[]): Promise<Outcome> {
    const isLeft = this.#direction.from === COMPRESSED && present.some(({ isFile }) => isFile);
    if (isLeft && this.#options.dryRun !== true) await removeFile(plain + LENGTH_SUFFIX);
    return "gone";
  }

  /**
   * @returns whether it is still there.
   * @throws {SeamlessError} `CHECKSUM_MISMATCH` if it has other bytes; what reading throws.
   */
  async #isRight(checksum: Checksum, { form, path }: Pick<Found, "form" | "path">): Promise<boolean> {
    const { forms } = this.#folder;
    const contents = await hashContents(path, form, forms, this.#options.signal);
    if (contents !== undefined && !contents.checksum.equals(checksum)) {
      throw mismatchError(checksum, contents.checksum, { store: showPath(path) });
    }
    return contents !== undefined;
  }

  /** As `#isRight`, of a file that was just written: the disk may have failed. */
  async #isRightNow(checksum: Checksum, written: Pick<Found, "form" | "path">, isOurs: boolean): Promise<boolean> {
    try {
      return await this.#isRight(checksum, written);
    } catch (error) {
      if (isOurs && isSeamlessError(error, "CHECKSUM_MISMATCH")) await removeFile(written.path);
      throw error;
    }
  }

  /** Writes the new form of what one file has, if that is right, and reads it again. */
  async #write(checksum: Checksum, plain: string, old: Found): Promise<Written | "left" | "gone"> {
    const { forms } = this.#folder;
    const { signal, dryRun } = this.#options;
    const file = await openFile(old.path);
    if (file === undefined) return "gone";
    try {
      const length = old.form.coding === undefined ? file.size : undefined;
      const chunks = formChunks(old.form, file, forms);
      const verified = verifiedChunks(checksum, chunks, { signal, copy: false, store: showPath(old.path) });
      const shape = await this.#direction.shape(prefetch(verified, PREFETCHED), length);
      if (!this.#direction.to.includes(shape.form)) {
        await shape.discard?.();
        return "left";
      }
      const path = plain + shape.form.suffix;
      const written = { form: shape.form, path };
      if (dryRun === true) return { ...written, size: await sizeOf(shape.source) };
      const outcome = await this.#writeShape(plain, path, shape, old);
      if (outcome === "gone" || !(await this.#isRightNow(checksum, written, outcome === "written"))) return "gone";
      await this.#uploads.waitForUploads(path, signal);
      return { ...written, size: (await find(path, shape.form))?.size ?? 0 };
    } finally {
      await file.handle.close();
    }
  }

  /** @returns `gone` if the old form was not there until the end: what somebody has removed must not come back. */
  async #writeShape(plain: string, path: string, shape: Shape, old: Found): Promise<"written" | "there" | "gone"> {
    const { place } = this.#folder;
    const { signal } = this.#options;
    const isCompressed = shape.form.coding !== undefined;
    const record = () => writeRecord(place, plain, shape.length(), { signal });
    const finish = async () => {
      if ((await find(old.path, old.form)) === undefined) throw new Removed();
      if (isCompressed) await record();
    };
    try {
      const { buffer: mode } = await permissionsOf(place.root);
      const written = await writeAtomic(path, withRecord(shape.source, finish), {
        overwrite: false,
        signal,
        mode,
        umask: false,
      });
      if (isCompressed && !(await isRecorded(plain))) await record();
      return written ? "written" : "there";
    } catch (error) {
      if (error instanceof Removed) return "gone";
      throw error;
    } finally {
      await shape.discard?.();
    }
  }

  /**
   * Removes the old forms, if the new one is still there: another program may rewrite the folder the other way round. If it is
   * not allowed, what was written is removed in their place.
   *
   * @returns whether the old forms are gone.
   */
  async #replace(plain: string, old: readonly Found[], written: Written, isNew: boolean): Promise<boolean> {
    const { from } = this.#direction;
    return whileLocked(plain + REWRITE_SUFFIX, this.#folder.wait, this.#options.signal, async (isOurs) => {
      if (!(await makeYoung(written.path)) || !isOurs()) return false;
      try {
        for (const { path } of old) await removeFile(path);
      } catch (error) {
        if (isNew && (await findForms(plain, from)).length === old.length) {
          await removeFile(written.path);
          if (written.form.coding !== undefined) await removeFile(plain + LENGTH_SUFFIX);
        }
        throw error;
      }
      if (from === COMPRESSED) await removeFile(plain + LENGTH_SUFFIX);
      return true;
    });
  }
}

/** The buffer was removed while it was read. */
class Removed extends Error {}

/** @returns whether it is there. */
async function makeYoung(path: string): Promise<boolean> {
  try {
    const now = new Date();
    await utimes(path, now, now);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw fileError(error, path, "touch");
  }
}

async function sizeOf(source: Shape["source"]): Promise<number> {
  if (source instanceof Uint8Array) return source.byteLength;
  let size = 0;
  for await (const { byteLength } of source) size += byteLength;
  return size;
}

async function findForms(plain: string, forms: readonly Form[]): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const form of forms) {
    const one = await find(plain + form.suffix, form);
    if (one !== undefined) found.push(one);
  }
  return found;
}

/** @throws {SeamlessError} file codes. */
async function find(path: string, form: Form): Promise<Found | undefined> {
  try {
    const stats = await lstat(path);
    return {
      form,
      path,
      size: stats.size,
      modified: stats.mtimeMs,
      isFile: stats.isFile(),
      links: stats.nlink,
      inode: stats.ino,
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, path, "read");
  }
}

/** Has a file names beside its own, and those that killed writers have left of it? */
async function isLinkedElsewhere({ form, path, links, inode }: Found): Promise<boolean> {
  if (links === 1) return false;
  const left = await Promise.all((await findLeftovers([path])).map((leftover) => find(leftover, form)));
  return links - left.filter((each) => each?.inode === inode).length > 1;
}
