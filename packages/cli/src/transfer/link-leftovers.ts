import { lstat, readdir, readlink, realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { findLeftovers } from "@seamless/checksum/node";
import { isTemporaryName } from "@seamless/internal/files";
import { type Leftover, mayBeInUse } from "../files/output-files.ts";

/**
 * Finds links into a folder of buffers that killed runs have left in a directory, at any depth: they would be indexed as files.
 * What cannot be read is left out, since indexing tells of it.
 *
 * @throws the signal's reason.
 */
export async function linksLeftIn(directory: string, buffers: string, signal: AbortSignal): Promise<Leftover[]> {
  const named: string[] = [];
  const folders = [directory];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal.throwIfAborted();
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isSymbolicLink() && isTemporaryName(entry.name)) named.push(path);
    }
  }
  return linksAmong(named, buffers);
}

/** The same of a single file: beside it. */
export async function linksLeftBeside(file: string, buffers: string): Promise<Leftover[]> {
  return linksAmong(await findLeftovers([file]).catch(() => []), buffers);
}

/** Others are the user's. */
async function linksAmong(paths: readonly string[], buffers: string): Promise<Leftover[]> {
  const links: Leftover[] = [];
  const folder = await realpath(buffers).catch(() => buffers);
  for (const file of paths) {
    const [found, target] = await Promise.all([lstat(file), readlink(file)]).catch(() => []);
    if (found === undefined || target === undefined || mayBeInUse(file, found)) continue;
    if (isWithin(folder, target)) links.push({ file, found });
  }
  return links;
}

/** Is a path a folder, or in it? */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
