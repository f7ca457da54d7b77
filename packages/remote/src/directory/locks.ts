import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileError } from "@seamless/checksum/node";
import { LOCK_SUFFIX } from "./forms.ts";
import { INTERVAL, type Waiting } from "./waiting.ts";

/**
 * Hashservers written in Python touch their locks every 10 s, and take one that was not touched for this long for that
 * of a dead process, in milliseconds.
 */
export const LOCK_LIFE = 120_000;

/**
 * Is another tool writing one of some files, by its lock or by that of a folder it is in?
 *
 * @param root - The folder of the store, which can have a lock as a whole.
 */
export async function isLocked(root: string, ...files: readonly string[]): Promise<boolean> {
  const own = files.flatMap((file) => [file + LOCK_SUFFIX, join(dirname(file), LOCK_SUFFIX)]);
  const locks = new Set([...own, join(root, LOCK_SUFFIX)]);
  const found = await Promise.all([...locks].map(isHeld));
  return found.includes(true);
}

/**
 * Wait until nobody has a lock any more.
 *
 * @returns whether there was a lock at all, and whether there still is one.
 * @throws the signal's reason.
 */
export async function waitForLocks(
  root: string,
  files: readonly string[],
  waiting: Waiting,
  signal: AbortSignal | undefined,
): Promise<{ readonly waited: boolean; readonly held: boolean }> {
  const end = waiting.now() + waiting.timeout;
  for (let waited = false; ; waited = true) {
    signal?.throwIfAborted();
    const held = await isLocked(root, ...files);
    if (!held || waiting.now() >= end) return { waited: waited || held, held };
    await waiting.pause(INTERVAL, signal);
  }
}

async function isHeld(lock: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(lock)).mtimeMs < LOCK_LIFE;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw fileError(error, lock, "read");
  }
}
