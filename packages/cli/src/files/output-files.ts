import type { Stats } from "node:fs";
import { access, constants, lstat, readdir, readlink, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { SeamlessError } from "@seamless/checksum";
import { fileError, findLeftovers, writeAtomic } from "@seamless/checksum/node";
import { isAtRest, temporaryWriter, unlinkFile } from "@seamless/internal/files";
import { showPath } from "@seamless/internal/text";
import type { Call } from "../program/command.ts";
import type { Console } from "../program/console.ts";
import { formatBytes, printable } from "../program/format.ts";
import { countBytes } from "./streams.ts";

/** A temporary file of a killed run, and its properties when it was found. */
export interface Leftover {
  readonly file: string;
  readonly found: Stats;
}

/** Age in ms below which a temporary file whose writer is not known may still be written. */
const MIN_AGE = 3_600_000;

/**
 * May another process still be writing a temporary file? The name tells of one on this computer; of any other only the age does,
 * and of one that runs so long that another may have got its number.
 */
export function mayBeInUse(file: string, { mtimeMs, ctimeMs, nlink }: Stats): boolean {
  const writer = temporaryWriter(basename(file));
  if (writer !== undefined && (writer.self || !writer.running)) return false;
  // A link that has just been made has the age of the file.
  return Date.now() - (nlink > 1 ? ctimeMs : mtimeMs) < MIN_AGE;
}

/**
 * Finds temporary files that killed runs have left beside files that are about to be written. Call it before writing,
 * and remove them after, so that no run removes its own. Returns none for a folder that cannot be listed, but may be
 * writable.
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
 * Removes leftovers, except those that another run may be writing: files that have changed since they were found, and
 * files that a process has open, unless their writer is known to have ended. A file that cannot be removed (another user's, in a folder like `/tmp`) gets a note.
 *
 * @returns the number of files removed.
 */
export async function removeLeftovers(console: Console, leftovers: readonly Leftover[]): Promise<number> {
  if (leftovers.length === 0) return 0;
  const open = await openFiles();
  let removed = 0;
  for (const { file, found } of leftovers) {
    try {
      const now = await lstat(file);
      if (identityOf(found) !== identityOf(now)) continue;
      const hasEnded = temporaryWriter(basename(file))?.running === false;
      if (!hasEnded && (!isAtRest(found, now) || open.has(identityOf(now)))) continue;
      await unlinkFile(file);
      removed++;
    } catch (error) {
      // Another run may have removed it.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
      console.note((fileError(error, file, "remove") as Error).message);
    }
  }
  return removed;
}

/** The file behind some properties, for `openFiles`. */
export function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

const PROCESSES = "/proc";

/**
 * The temporary files that processes have open, by `identityOf`. Only Linux tells, and only of the user's own
 * processes. A writer that waits for the network or a slow disk can be recognised in no other way.
 */
export async function openFiles(): Promise<ReadonlySet<string>> {
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
 * Checks before the work that its result can be written.
 *
 * @param file - The file to write; it need not exist.
 * @throws {SeamlessError} `PERMISSION_DENIED`, `READ_ONLY` and other file codes.
 */
export async function checkWritable(file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK);
  } catch (error) {
    // If the folder is missing, so is the input, and reading that gives the better error.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(error, file, "write");
  }
}

/**
 * Checks before the work that its result can replace what is at a path, which must not be a device (`/dev/null`).
 *
 * @throws {SeamlessError} as `checkWritable`; `NOT_A_FILE`.
 */
export async function checkOutputFile(file: string): Promise<void> {
  await checkWritable(file);
  const stats = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ELOOP") return undefined;
    throw fileError(error, file, "write");
  });
  if (stats === undefined || stats.isFile()) return;
  throw new SeamlessError("NOT_A_FILE", `cannot write ${showPath(file)}: it exists, and is not a regular file`, {
    file,
  });
}

/** Writes the result of a command to a file, whole or not at all, and says so. */
export async function writeOutputFile(
  call: Call,
  file: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  json: object,
): Promise<void> {
  await sayWritten(call, file, json, async () => {
    let bytes = 0;
    const all = countBytes(chunks, (now) => {
      bytes = now;
    });
    await writeAtomic(file, all, { signal: call.signal });
    return bytes;
  });
}

/**
 * Says that the result of a command was written to a file, and removes what killed runs have left of it.
 *
 * @param write - Writes it whole or not at all, and returns its length in bytes.
 */
export async function sayWritten(
  { console, flags }: Call,
  file: string,
  json: object,
  write: () => Promise<number>,
): Promise<void> {
  const leftovers = await leftoversOf([file]);
  const bytes = await write();
  if (flags["json"]) console.print(JSON.stringify({ ...json, file, bytes }));
  else console.note(`wrote ${printable(file)}, ${formatBytes(bytes)}`);
  await removeLeftovers(console, leftovers);
}
