import type { Stats } from "node:fs";
import { access, constants, lstat, readdir, readlink, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { fileError, findLeftovers } from "@seamless/checksum/node";
import type { Console } from "../program/console.ts";

/** A temporary file, as it was when it was found. */
export interface Leftover {
  readonly file: string;
  readonly found: Stats;
}

/**
 * What killed runs have left beside files that are about to be written. To be found before and removed after, so that no
 * run loses the file it is writing. None where a folder cannot be listed: whoever cannot list it can still write there.
 */
export async function leftoversOf(files: readonly string[]): Promise<readonly Leftover[]> {
  const left: Leftover[] = [];
  for (const file of await findLeftovers(files).catch(() => [])) {
    const found = await lstat(file).catch(() => undefined);
    if (found !== undefined) left.push({ file, found });
  }
  return left;
}

/**
 * Remove them, but for what another run may be writing: what has changed since it was found, and what a process has open.
 * That one cannot be removed (somebody else's, in a folder like `/tmp`) is worth a note, and no failure.
 *
 * @returns how many were removed.
 */
export async function removeLeftovers(console: Console, leftovers: readonly Leftover[]): Promise<number> {
  if (leftovers.length === 0) return 0;
  const open = await openFiles();
  let removed = 0;
  for (const { file, found } of leftovers) {
    try {
      const now = await lstat(file);
      if (!isUntouched(found, now) || open.has(identityOf(now))) continue;
      await unlink(file);
      removed++;
    } catch (error) {
      // Another run may have been faster.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
      console.note((fileError(error, file, "remove") as Error).message);
    }
  }
  return removed;
}

function isUntouched(before: Stats, now: Stats): boolean {
  const same = identityOf(before) === identityOf(now) && before.size === now.size;
  return same && before.mtimeMs === now.mtimeMs && before.ctimeMs === now.ctimeMs;
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

const PROCESSES = "/proc";

/**
 * The temporary files that processes have open, as far as the system tells: Linux does of our own processes. A write
 * that waits, for the network or a slow disk, leaves no other trace.
 */
async function openFiles(): Promise<ReadonlySet<string>> {
  const open = new Set<string>();
  for (const process of await readdir(PROCESSES).catch(() => [])) {
    if (!/^\d+$/.test(process)) continue;
    const folder = `${PROCESSES}/${process}/fd`;
    for (const handle of await readdir(folder).catch(() => [])) {
      const link = `${folder}/${handle}`;
      if (!(await readlink(link).catch(() => "")).endsWith(".tmp")) continue;
      const stats = await stat(link).catch(() => undefined);
      if (stats !== undefined) open.add(identityOf(stats));
    }
  }
  return open;
}

/**
 * Find out before the work, rather than after it, that its result cannot be written.
 *
 * @param file - What is to be written; it need not be there.
 * @throws {SeamlessError} `PERMISSION_DENIED`, `READ_ONLY` and other file codes.
 */
export async function checkWritable(file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK);
  } catch (error) {
    // In a missing folder what is to be read is missing too, which reading says better.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(error, file, "write");
  }
}
