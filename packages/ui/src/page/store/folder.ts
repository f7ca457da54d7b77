import type { DirectoryIndex } from "@seamless/checksum";

/** A folder in a folder. */
export interface Subfolder {
  readonly name: string;
  /** At any depth. */
  readonly files: number;
}

/** A file in a folder. */
export interface FileEntry {
  readonly name: string;
  /** 64 hex digits. */
  readonly checksum: string;
}

/** What lies in a folder of an index: both in the order of their names, as the index has it. */
export interface Folder {
  readonly folders: readonly Subfolder[];
  readonly files: readonly FileEntry[];
}

/**
 * What lies at a path of an index: a folder, or a file. Names come from elsewhere: they stand in maps and arrays alone.
 *
 * @param path - Names, the outermost first; none for the directory itself.
 * @returns `undefined` if there is nothing.
 */
export function lookUp(index: DirectoryIndex, path: readonly string[]): Folder | FileEntry | undefined {
  const whole = path.join("/");
  const file = index.get(whole);
  if (file !== undefined) return { name: path.at(-1)!, checksum: file.hex() };
  const prefix = path.length === 0 ? "" : `${whole}/`;
  const counts = new Map<string, number>();
  const files: FileEntry[] = [];
  for (const [each, checksum] of index) {
    if (!each.startsWith(prefix)) continue;
    const end = each.indexOf("/", prefix.length);
    if (end === -1) files.push({ name: each.slice(prefix.length), checksum: checksum.hex() });
    else {
      const name = each.slice(prefix.length, end);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  if (files.length === 0 && counts.size === 0) return undefined;
  return { folders: Array.from(counts, ([name, count]) => ({ name, files: count })), files };
}

/** Rows of a folder: `count` of them from `start` on, folders first. */
export function rowsOf({ folders, files }: Folder, start: number, count: number): readonly (Subfolder | FileEntry)[] {
  const skipped = Math.max(0, start - folders.length);
  const first = folders.slice(start, start + count);
  return [...first, ...files.slice(skipped, skipped + count - first.length)];
}
