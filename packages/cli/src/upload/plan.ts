import { statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import type { Checksum, DirectoryIndex } from "@seamless/checksum";
import { inBatches } from "../batches.ts";
import { eachParallel } from "../parallel.ts";
import { printable } from "../printable.ts";
import type { Store } from "../store.ts";
import { UsageError } from "../usage.ts";

/** A buffer that the store lacks, and a file that has it. */
export interface MissingFile {
  readonly checksum: Checksum;
  /** Relative to the directory. */
  readonly path: string;
}

/**
 * Ask the store what it lacks of a directory.
 *
 * @returns in the order of the paths; of equal files the first.
 */
export async function findMissing(
  store: Store,
  directory: string,
  entries: DirectoryIndex,
  signal: AbortSignal,
): Promise<readonly MissingFile[]> {
  const different = new Map<string, MissingFile>();
  for (const [path, checksum] of entries) {
    if (!different.has(checksum.hex())) different.set(checksum.hex(), { checksum, path });
  }
  const all = [...different.values()];
  const present = await inBatches(all, (batch) => {
    const checksums = batch.map(({ checksum }) => checksum);
    return store.lengths(checksums, { signal });
  });
  // One of another length is not what it should be: putting it again mends that.
  return all.filter(({ path }, i) => present[i] === undefined || present[i] !== sizeOfFile(directory, path));
}

/** Of all files together, in bytes. One that is not there any more counts nothing; putting it says what is wrong. */
export async function sizeOf(directory: string, files: readonly MissingFile[], signal: AbortSignal): Promise<number> {
  let total = 0;
  await eachParallel(files, 1, signal, async ({ path }) => {
    total += sizeOfFile(directory, path) ?? 0;
  });
  return total;
}

/** Synchronous: by way of the thread pool it takes ten times as long. */
function sizeOfFile(directory: string, path: string): number | undefined {
  return statSync(join(directory, path), { throwIfNoEntry: false })?.size;
}

/**
 * A store within the directory would be uploaded into itself, and change while it is indexed.
 *
 * @throws {UsageError}
 */
export async function refuseWithin(directory: string, store: Store): Promise<void> {
  if (!("path" in store) || typeof store.path !== "string") return;
  const [outer, inner] = await Promise.all([real(directory), real(store.path)]);
  const way = relative(outer, inner);
  if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)) return;
  throw new UsageError(`the store ${printable(store.path)} lies in the directory that should be put there`);
}

/** With links followed, as far as there is something. */
async function real(path: string): Promise<string> {
  const above = dirname(path);
  return realpath(path).catch(async () => (above === path ? path : join(await real(above), basename(path))));
}
