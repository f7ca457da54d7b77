import { constants } from "node:fs";
import { copyFile, link, lstat, open, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileError } from "@seamless/checksum/node";
import { syncFolder, syncHandle, temporaryName, unlinkFile } from "@seamless/internal/files";
import { platformTimers, sleep } from "@seamless/internal/timers";
import type { Clock } from "@seamless/store";
import { parseName } from "../encoding/forms.ts";
import type { FolderLister } from "./folder-lister.ts";
import { LOCK_SUFFIX } from "./layout.ts";

/** How long to wait for other programs, and by which clock. */
export interface LockWait {
  /** In milliseconds. */
  readonly timeout: number;
  /** In milliseconds, from any start. */
  now(): number;
  /** @throws the signal's reason. */
  pause(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

/** Time between two looks at locks and uploads, in milliseconds. */
const INTERVAL = 50;

/** @param clock - By default that of the machine, whose waits keep the process alive. */
export function createLockWait(
  timeout: number,
  clock: Pick<Clock, "now" | "setTimeout"> = { ...platformTimers, now: () => performance.now() },
): LockWait {
  return { timeout, now: () => clock.now(), pause: (ms, signal) => sleep(ms, signal, clock) };
}

/**
 * Age at which a lock counts as left behind by a dead process, in milliseconds. Hashservers written in Python touch their locks
 * every 10 s. Temporary files have an age of their own, `LEFTOVER_AGE`.
 */
export const LOCK_LIFE = 120_000;

/**
 * Is another program writing one of some files, according to the locks of the file, of its folder and of the whole store?
 *
 * @param root - The folder of the store.
 */
export async function isLocked(root: string, ...files: readonly string[]): Promise<boolean> {
  const own = files.flatMap((file) => [file + LOCK_SUFFIX, join(dirname(file), LOCK_SUFFIX)]);
  const locks = new Set([...own, join(root, LOCK_SUFFIX)]);
  const found = await Promise.all([...locks].map(isHeld));
  return found.includes(true);
}

/**
 * Is a file being written? One that is older than any lock can be is not, so there is no need to look for locks.
 *
 * @param file - Its path, and when it was last written, in milliseconds since 1970.
 */
export async function isBeingWritten(
  root: string,
  { path, modified }: { readonly path: string; readonly modified: number },
): Promise<boolean> {
  return Date.now() - modified < LOCK_LIFE && (await isLocked(root, path));
}

/**
 * Waits until all locks are released, or the time is up.
 *
 * @returns whether there was a lock at all, and whether there still is one.
 * @throws the signal's reason.
 */
export async function waitForLocks(
  root: string,
  files: readonly string[],
  wait: LockWait,
  signal: AbortSignal | undefined,
): Promise<{ readonly waited: boolean; readonly held: boolean }> {
  const end = wait.now() + wait.timeout;
  for (let waited = false; ; waited = true) {
    signal?.throwIfAborted();
    const held = await isLocked(root, ...files);
    if (!held || wait.now() >= end) return { waited: waited || held, held };
    await wait.pause(INTERVAL, signal);
  }
}

/**
 * Waits until one lock is released, or the time is up.
 *
 * @returns whether it is.
 * @throws the signal's reason.
 */
export async function waitUntilReleased(
  lock: string,
  wait: LockWait,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const end = wait.now() + wait.timeout;
  while (await isHeld(lock)) {
    if (wait.now() >= end) return false;
    await wait.pause(INTERVAL, signal);
  }
  return true;
}

/** Is there such a lock, of a program that is alive? */
export async function isHeld(lock: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(lock)).mtimeMs < LOCK_LIFE;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw fileError(error, lock, "read");
  }
}

/** How often to check for the file after an upload has ended: a failed one removes it right afterwards. */
const LAST_LOOKS = 4;

/**
 * Protects files that were just written from uploads to hashservers in Python that were under way at the same time. These
 * write to a temporary file beside the buffer (`HEX-…`), and one that fails removes both that *and the buffer*, even if another
 * program has written it. An upload that begins when the buffer is there already ends at once, and does no harm.
 */
export class UploadWatch {
  readonly #wait: LockWait;
  readonly #lister: FolderLister;

  constructor(wait: LockWait, lister: FolderLister) {
    this.#wait = wait;
    this.#lister = lister;
  }

  /**
   * Waits until the uploads of a buffer have ended, as for a lock, and restores its file if one of them has removed it.
   *
   * @param file - Of the buffer, in any form; it exists, and is right.
   * @throws {SeamlessError} file codes; the signal's reason.
   */
  async waitForUploads(file: string, signal: AbortSignal | undefined): Promise<void> {
    const end = this.#wait.now() + this.#wait.timeout;
    for (;;) {
      // In whatever form it is uploaded: the name does not tell.
      const { hex } = parseName(basename(file))!;
      const names = (await this.#lister.uploads(dirname(file))).get(hex) ?? [];
      const rivals = names.map((name) => join(dirname(file), name));
      if (!(await isAnyAlive(rivals))) return;
      const again = await this.#protect(file, rivals, end, signal);
      // Another upload can only have begun while the file was removed.
      if (!again || this.#wait.now() >= end) return;
    }
  }

  /** @returns whether the file was removed, and restored. */
  async #protect(
    file: string,
    rivals: readonly string[],
    end: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const kept = await linkAgain(file);
    if (kept === undefined) return false;
    try {
      for (let looks = 0; looks < LAST_LOOKS; ) {
        await this.#wait.pause(INTERVAL, signal);
        if (!(await exists(file))) {
          await restore(kept, file);
          return true;
        }
        if (this.#wait.now() >= end) return false;
        looks = (await isAnyAlive(rivals)) ? 0 : looks + 1;
      }
      return false;
    } catch (error) {
      throw fileError(error, file, "write");
    } finally {
      await unlinkFile(kept).catch(ignoreMissing);
    }
  }
}

/** An upload that was not written to for as long as a lock is valid was left behind by a server that was killed. */
async function isAnyAlive(rivals: readonly string[]): Promise<boolean> {
  for (const rival of rivals) {
    const stats = await lstat(rival).catch(ignoreMissing);
    if (stats !== undefined && Date.now() - stats.mtimeMs < LOCK_LIFE) return true;
  }
  return false;
}

async function exists(file: string): Promise<boolean> {
  return (await lstat(file).catch(ignoreMissing)) !== undefined;
}

/** Gives the file a second name, which no upload removes; `undefined` if the file is already gone. */
async function linkAgain(file: string): Promise<string | undefined> {
  const kept = join(dirname(file), temporaryName(basename(file)));
  try {
    await link(file, kept).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") throw error;
      // The file system has no hard links.
      await copyFile(file, kept, constants.COPYFILE_EXCL);
      const handle = await open(kept, "r+");
      await syncHandle(handle).finally(() => handle.close());
    });
    return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function restore(kept: string, file: string): Promise<void> {
  try {
    await link(kept, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another program has written it again.
    if (code === "EEXIST") return;
    if (code === "ENOENT") throw error;
    await copyFile(kept, file, constants.COPYFILE_EXCL);
  }
  await syncFolder(dirname(file));
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
