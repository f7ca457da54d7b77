import { constants } from "node:fs";
import { access, type FileHandle, lstat, open, stat, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { type Checksum, SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { FORMS, LENGTH_SUFFIX } from "../encoding/forms.ts";
import { DELETION_SUFFIX, fileOf, filesOf, type Place } from "./layout.ts";
import { isHeld, isLocked, type LockWait, waitUntilReleased } from "./other-writers.ts";
import { removeFile } from "./record.ts";

/*
 * What is old may be removed, and a put makes what it finds young again. So that neither misses the other: whoever removes a
 * buffer for its age takes a lock first, and then looks at its age; a put makes the file young first, then waits for the lock,
 * and then looks whether the file is still there. A buffer that a put has confirmed is not removed.
 */

/**
 * Makes a file young, and waits until nobody is about to remove it.
 *
 * @returns `missing` if it is not there, or was removed just now; `foreign` if it may not be touched: it is another user's.
 * @throws {SeamlessError} `STORE_FAILED` if somebody stays about to remove it; file codes; the signal's reason.
 */
export async function touchFile(
  file: string,
  checksum: Checksum,
  store: string,
  wait: LockWait,
  signal: AbortSignal | undefined,
): Promise<"touched" | "missing" | "foreign"> {
  const now = new Date();
  try {
    await utimes(file, now, now);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "missing";
    if (code !== "EPERM" && code !== "EACCES" && code !== "EROFS") throw fileError(error, file, "touch");
    // Where we may not put another file in its place, nothing can be done for it.
    return (await mayReplaceIn(dirname(file))) ? "foreign" : "touched";
  }
  // The lock lies beside the plain form, whichever this is.
  // Looked at in this order: somebody may have removed the file right before we touched it, or let go of his lock right after.
  if (await waitUntilReleased(lockOf(file), wait, signal)) {
    return (await ageOf(file, 0)) === undefined ? "missing" : "touched";
  }
  throw new SeamlessError(
    "STORE_FAILED",
    `${store}: another program is about to remove ${checksum.hex()}, and does not come to an end`,
    { checksum, store },
  );
}

const STICKY = 0o1000;

/** May we replace the file of another user in this folder? */
async function mayReplaceIn(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    return ((await stat(folder)).mode & STICKY) === 0;
  } catch {
    return false;
  }
}

/** The file that is there as long as somebody is about to remove a buffer, in whatever form it is. */
function lockOf(file: string): string {
  const form = FORMS.find(({ suffix }) => suffix !== "" && file.endsWith(suffix));
  return (form === undefined ? file : file.slice(0, -form.suffix.length)) + DELETION_SUFFIX;
}

/** In milliseconds; `undefined` if there is no such file. */
async function ageOf(file: string, now: number): Promise<number | undefined> {
  try {
    const stats = await lstat(file);
    // A link that leads nowhere is as old as it is itself.
    const target = stats.isSymbolicLink() ? await stat(file).catch(() => stats) : stats;
    return now - target.mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, file, "read");
  }
}

/**
 * Removes a buffer in all its forms.
 *
 * @param minAge - In milliseconds: left if one of its files is younger, or somebody has locked it.
 * @returns whether there was any.
 * @throws {SeamlessError} `PERMISSION_DENIED`, `READ_ONLY` and other file codes.
 */
export async function deleteBuffer(place: Place, hex: string, minAge: number): Promise<boolean> {
  const all = filesOf(place, hex).flatMap((file) => FORMS.map(({ suffix }) => file + suffix));
  if (minAge <= 0) return removeAll(place, hex, all);
  // Most of what is left is left without a lock.
  if ((await oldFiles(all, minAge)).length === 0 || (await isLocked(place.root, ...filesOf(place, hex)))) return false;
  const lock = fileOf(place, hex) + DELETION_SUFFIX;
  const handle = await takeLock(lock);
  if (handle === undefined) return false;
  try {
    await handle.close();
    // Only what is seen to be old: a form that appears now is younger.
    const old = await oldFiles(all, minAge);
    return old.length > 0 && (await removeAll(place, hex, old));
  } finally {
    await removeFile(lock);
  }
}

/** Those that are there; none if one of them is young. */
async function oldFiles(files: readonly string[], minAge: number): Promise<readonly string[]> {
  const now = Date.now();
  const found: string[] = [];
  for (const file of files) {
    const age = await ageOf(file, now);
    if (age === undefined) continue;
    if (age < minAge) return [];
    found.push(file);
  }
  return found;
}

/** @returns `undefined` if somebody else has it. */
async function takeLock(lock: string): Promise<FileHandle | undefined> {
  for (const last of [false, true]) {
    try {
      return await open(lock, "wx");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "EEXIST" && code !== "ENOENT") throw fileError(error, lock, "write");
      if (code === "ENOENT" || last || (await isHeld(lock))) return undefined;
      // Its owner was killed.
      await removeFile(lock);
    }
  }
  return undefined;
}

async function removeAll(place: Place, hex: string, files: readonly string[]): Promise<boolean> {
  let there = false;
  for (const file of files) if (await removeFile(file)) there = true;
  for (const file of filesOf(place, hex)) await removeFile(file + LENGTH_SUFFIX);
  return there;
}
