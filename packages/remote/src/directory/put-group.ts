import {
  closeSync,
  fchmodSync,
  fsync,
  lstatSync,
  opendirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { lacks, temporaryName } from "@seamless/internal/files";
import { FORMS } from "../encoding/forms.ts";
import { listingLife } from "./folder-lister.ts";
import { parseUpload } from "./layout.ts";

/*
 * Small buffers, written by a thread of its own: with calls that are made at once, one after the other, but for flushes, which
 * are waited for together. Through Node's pool of threads each of the dozen calls of a put goes to another thread and back,
 * which takes a processor longer than the call; so, three hand-overs are left: the group's, and two flushes.
 */

/** Buffers that are to be written. All lists are in the same order. */
export interface PutGroup {
  /** Absolute paths of the plain form. */
  readonly files: readonly string[];
  /** Permissions, whatever the umask is. */
  readonly modes: readonly number[];
  /** Whether the umask may take some of them. Asking for it sets it for a moment, for all threads. */
  readonly masked: boolean;
  /** Whether the bytes have been hashed. */
  readonly verified: readonly boolean[];
  /** Whether they have to reach the disk. */
  readonly sync: readonly boolean[];
  /** The bytes of all, and where those of each end. */
  readonly bytes: Uint8Array;
  readonly ends: readonly number[];
}

/**
 * What became of one:
 * - `written`: it is there for good;
 * - `rivalled`: so it is, unless one of the uploads of the same buffer that are under way removes it;
 * - `left`: it was there, or is wrong, or something failed before it appeared. Nothing of ours is there;
 * - an error of the system: it has appeared, but may not outlast a crash.
 */
export type PutOutcome = "written" | "rivalled" | "left" | SystemError;

/** The parts of an error of the system; its class does not survive the way between threads. */
interface SystemError {
  readonly message: string;
  readonly code: string | undefined;
  readonly syscall: string | undefined;
}

/** A file that is written, and does not have its name yet. */
interface Begun {
  readonly file: string;
  readonly temporary: string;
  readonly fd: number;
}

/** Writes the buffers of a group, whole or not at all: as `writeAtomic` does, and not over what is there. */
export async function writeGroup(group: PutGroup): Promise<PutOutcome[]> {
  const outcomes = group.files.map((): PutOutcome => "left");
  const begun = group.files.map((_, index) => begin(group, index));
  const flushed = await Promise.all(
    begun.map((each, index) => each !== undefined && flushFile(each, group.sync[index]!)),
  );
  // Folder → those in it that have their names now, or whose names were taken: by others of this group, too.
  const folders = new Map<string, number[]>();
  for (const [index, each] of begun.entries()) {
    if (each === undefined || flushed[index] !== true) continue;
    const named = giveName(each);
    if (named === undefined) continue;
    if (named) outcomes[index] = "written";
    const folder = dirname(each.file);
    const others = folders.get(folder);
    if (others === undefined) folders.set(folder, [index]);
    else others.push(index);
  }
  const flushes = Array.from(folders, async ([folder, indexes]) => {
    const written = indexes.filter((index) => outcomes[index] === "written");
    try {
      // Judged when the names are there: an upload that begins later does no harm.
      const judged = judge(
        folder,
        written.map((index) => basename(group.files[index]!)),
      );
      if (written.some((index) => group.sync[index])) await flushFolder(folder);
      for (const [i, index] of written.entries()) outcomes[index] = judged[i]!;
    } catch (error) {
      const { message, code, syscall } = error as NodeJS.ErrnoException;
      // The folder was removed, with what we have put there.
      const outcome = code === "ENOENT" ? "left" : { message, code, syscall };
      for (const index of written) outcomes[index] = outcome;
    }
  });
  await Promise.all(flushes);
  return outcomes;
}

/** Writes the bytes of one into a temporary file; `undefined` if that fails, or there is no need to. */
function begin({ files, modes, masked, verified, bytes, ends }: PutGroup, index: number): Begun | undefined {
  const file = files[index]!;
  const mode = modes[index]!;
  const own = bytes.subarray(index === 0 ? 0 : ends[index - 1], ends[index]);
  const hex = basename(file);
  const temporary = join(dirname(file), temporaryName(hex));
  let fd: number | undefined;
  try {
    if (FORMS.some(({ suffix }) => lstatSync(file + suffix, { throwIfNoEntry: false }) !== undefined)) return undefined;
    if (verified[index] !== true && Checksum.of(own).hex() !== hex) return undefined;
    fd = openSync(temporary, "wx", mode);
    if (masked) changeMode(fd, mode);
    for (let start = 0; start < own.byteLength; ) start += writeSync(fd, own, start);
    return { file, temporary, fd };
  } catch {
    // Whoever has given it to us tries again in another way, and finds out why.
    if (fd !== undefined) discard(temporary, fd);
    return undefined;
  }
}

function changeMode(fd: number, mode: number): void {
  try {
    fchmodSync(fd, mode);
  } catch (error) {
    if (!lacks("modes", error)) throw error;
  }
}

function flush(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** @returns whether the bytes have reached the disk, if they have to; if not, nothing is left of them. */
async function flushFile({ fd, temporary }: Begun, sync: boolean): Promise<boolean> {
  try {
    if (sync) await flush(fd);
  } catch {
    discard(temporary, fd);
    return false;
  }
  closeSync(fd);
  return true;
}

/**
 * May replace a file that came after the look, which is as whole as ours: to link it to its name without, and then to remove the
 * temporary one, took a tenth of all.
 *
 * @returns `false` if the name is taken, `undefined` if something else failed. Nothing is left of the temporary file.
 */
function giveName({ file, temporary }: Begun): boolean | undefined {
  let named: boolean | undefined;
  try {
    named = lstatSync(file, { throwIfNoEntry: false }) === undefined;
    if (named) renameSync(temporary, file);
  } catch {
    named = undefined;
  }
  if (named !== true) remove(temporary);
  return named;
}

async function flushFolder(folder: string): Promise<void> {
  let fd: number | undefined;
  try {
    fd = openSync(folder, "r");
    await flush(fd);
  } catch (error) {
    if (!lacks("folderFlushes", error)) throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function discard(temporary: string, fd: number): void {
  closeSync(fd);
  remove(temporary);
}

/** What cannot be removed is swept later. */
function remove(temporary: string): void {
  try {
    unlinkSync(temporary);
  } catch {}
}

/** Of a large folder: which buffers were being uploaded to it, and when it was listed. */
interface Listing {
  readonly uploads: ReadonlySet<string>;
  readonly count: number;
  readonly at: number;
}

/** Of the large folders that were listed within the life of a listing. */
const listings = new Map<string, Listing>();

/**
 * Looks for uploads to hashservers in Python that may remove what was just written: see `UploadWatch`.
 *
 * @param written - Names in the folder.
 * @returns what became of each of them.
 */
function judge(folder: string, written: readonly string[]): PutOutcome[] {
  const now = performance.now();
  for (const [other, { at, count }] of listings) if (now - at >= listingLife(count)) listings.delete(other);
  const known = listings.get(folder);
  if (known !== undefined) return written.map((name) => (known.uploads.has(name) ? "rivalled" : "written"));
  const uploads = new Set<string>();
  const missing = new Set(written);
  let count = 0;
  try {
    for (const name of namesIn(folder)) {
      count++;
      missing.delete(name);
      const hex = parseUpload(name);
      if (hex !== undefined) uploads.add(hex);
    }
  } catch (error) {
    // We may be allowed to write to a folder that we may not list.
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    missing.clear();
  }
  if (listingLife(count) > 0) listings.set(folder, { uploads, count, at: now });
  return written.map((name) => (missing.has(name) ? "left" : uploads.has(name) ? "rivalled" : "written"));
}

/** In bytes: what a folder of some thousand names takes. Its names are read in one call, a third of the time for few. */
const SMALL_FOLDER = 2 ** 18;

function namesIn(folder: string): Iterable<string> {
  const { size } = statSync(folder);
  // Where a folder has no size, nothing is known.
  return size > 0 && size <= SMALL_FOLDER ? readdirSync(folder) : namesOneByOne(folder);
}

function* namesOneByOne(folder: string): Generator<string, void, undefined> {
  const entries = opendirSync(folder, { bufferSize: 1024 });
  try {
    for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) yield entry.name;
  } finally {
    entries.closeSync();
  }
}
