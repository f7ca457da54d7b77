import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { absolutePath, hashFiles } from "@seamless/checksum/node";
import type { FileJob } from "./operands.ts";

/** In bytes: a thread takes as long to start as 50 MB to be hashed. */
const WORTH_IT = 2 ** 26;

/** What is hashed before the first of it is printed, in bytes, unless these are fewer files than processors. */
const TOGETHER = 2 ** 32;

/** The same in files. */
const MOST = 1024;

/** Files next to each other, of which each will be asked for in its turn. */
interface Group {
  /** Where it begins. */
  readonly start: number;
  readonly paths: readonly string[];
}

/**
 * Hashes several files at a time, in threads, before it is their turn to be printed.
 *
 * @returns a function that gives the checksum of a file, by its position, as hex digits; `undefined` for one that is to be
 * hashed by itself: it is alone, small, not a regular file, or could not be read. `undefined` if none is worth it.
 */
export function hashAhead(
  paths: readonly string[],
): ((index: number, job: FileJob) => Promise<string | undefined>) | undefined {
  const sizes = paths.map(sizeOf);
  const total = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  const threads = availableParallelism();
  if (paths.length < 2 || threads < 2 || total < WORTH_IT) return undefined;
  const groupAt = (start: number): Group => {
    let [end, bytes] = [start, 0];
    while (end < paths.length && end - start < MOST && sizes[end] !== undefined) {
      if (end - start >= threads && bytes >= TOGETHER) break;
      bytes += sizes[end++]!;
    }
    return { start, paths: paths.slice(start, end) };
  };
  let group: Group = { start: 0, paths: [] };
  let hexes: readonly (string | undefined)[] = [];
  return async (index, job) => {
    if (index >= group.start + group.paths.length) {
      group = groupAt(index);
      hexes = group.paths.length < 2 ? [] : await hashGroup(group, job);
    }
    return hexes[index - group.start];
  };
}

async function hashGroup({ paths }: Group, { signal, onProgress }: FileJob): Promise<readonly (string | undefined)[]> {
  // Below the root, as paths are there.
  const files = paths.map((path) => absolutePath(path).slice(1));
  return (await hashFiles("", files, { signal, onProgress })).hex;
}

/** In bytes; `undefined` for all but regular files, and where paths do not begin with the root of all files. */
function sizeOf(path: string): number | undefined {
  if (path === "-" || !absolutePath(path).startsWith("/")) return undefined;
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats.size : undefined;
  } catch {
    return undefined;
  }
}
