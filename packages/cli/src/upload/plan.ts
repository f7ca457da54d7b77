import { statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
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
    return store.has(checksums, { signal });
  });
  return all.filter((_, i) => !present[i]);
}

/** Of all files together, in bytes. One that is not there any more counts nothing; putting it says what is wrong. */
export async function sizeOf(directory: string, files: readonly MissingFile[], signal: AbortSignal): Promise<number> {
  let total = 0;
  await eachParallel(files, 1, signal, async ({ path }) => {
    // Synchronous: by way of the thread pool it takes ten times as long.
    total += statSync(join(directory, path), { throwIfNoEntry: false })?.size ?? 0;
  });
  return total;
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

/** With links followed; a path that is not there leads nowhere else. */
async function real(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
