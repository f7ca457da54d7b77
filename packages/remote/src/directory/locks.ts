import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileError } from "@seamless/checksum/node";
import { pause } from "../pause.ts";
import { LOCK_SUFFIX } from "./forms.ts";

/**
 * Hashservers written in Python touch their locks every 10 s, and take one that was not touched for this long for that
 * of a dead process, in milliseconds.
 */
export const LOCK_LIFE = 120_000;

/** Between two looks at a lock, in milliseconds. */
const INTERVAL = 50;

/**
 * Is another tool writing a file, by its lock or by that of a folder it is in?
 *
 * @param root - The folder of the store, which can have a lock as a whole.
 */
export async function isLocked(root: string, file: string): Promise<boolean> {
  const locks = new Set([file + LOCK_SUFFIX, join(dirname(file), LOCK_SUFFIX), join(root, LOCK_SUFFIX)]);
  const found = await Promise.all([...locks].map(isHeld));
  return found.includes(true);
}

/**
 * Wait until nobody has a lock any more.
 *
 * @param timeout - In milliseconds.
 * @returns whether there was a lock at all, and whether there still is one.
 * @throws the signal's reason.
 */
export async function waitForLocks(
  root: string,
  file: string,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly waited: boolean; readonly held: boolean }> {
  const end = performance.now() + timeout;
  for (let waited = false; ; waited = true) {
    signal?.throwIfAborted();
    const held = await isLocked(root, file);
    if (!held || performance.now() >= end) return { waited: waited || held, held };
    await pause(INTERVAL, signal);
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
