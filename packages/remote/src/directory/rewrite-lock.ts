import { lstat, open } from "node:fs/promises";
import { fileError } from "@seamless/checksum/node";
import type { LockWait } from "./other-writers.ts";
import { removeFile } from "./record.ts";

/** How long a lock that stays the same is respected, in milliseconds: it is meant for some system calls. */
const LIFE = 10_000;

/** How long its owner relies on it, in milliseconds; one that was stopped for longer gives up. */
const RELIANCE = LIFE / 2;

/** Between two looks, in milliseconds. */
const INTERVAL = 20;

/**
 * Does something that takes no time while nobody else does it who takes the same lock. A lock whose owner was killed is
 * removed when it has stayed the same for ten seconds, by the clock of the one who waits: those of two machines may differ.
 *
 * @param work - Is told how to find out whether the lock is still ours.
 * @throws {SeamlessError} file codes; the signal's reason.
 */
export async function whileLocked<T>(
  lock: string,
  wait: LockWait,
  signal: AbortSignal | undefined,
  work: (isOurs: () => boolean) => Promise<T>,
): Promise<T> {
  const seen = { id: "", since: 0 };
  while (!(await take(lock))) {
    signal?.throwIfAborted();
    const id = await identityOf(lock);
    if (id !== seen.id) [seen.id, seen.since] = [id, wait.now()];
    else if (id !== "" && wait.now() - seen.since > LIFE) await removeFile(lock);
    await wait.pause(INTERVAL, signal);
  }
  const taken = wait.now();
  try {
    return await work(() => wait.now() - taken < RELIANCE);
  } finally {
    await removeFile(lock);
  }
}

/** @returns whether it is ours now. */
async function take(lock: string): Promise<boolean> {
  try {
    await (await open(lock, "wx")).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw fileError(error, lock, "write");
  }
}

/** Tells one lock from a later one; empty if there is none. */
async function identityOf(lock: string): Promise<string> {
  try {
    const { ino, mtimeMs } = await lstat(lock);
    return `${ino} ${mtimeMs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw fileError(error, lock, "read");
  }
}
