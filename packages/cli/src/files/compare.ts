import type { Checksum, DirectoryIndex } from "@seamless/checksum";

/** A difference between two directories. */
export interface Change {
  readonly change: "added" | "removed" | "changed" | "moved";
  /** In the second directory; of what was removed, in the first. */
  readonly path: string;
  /** Of what was moved: where it was. */
  readonly from?: string;
  /** In the first directory. */
  readonly before?: Checksum;
  /** In the second directory. */
  readonly after?: Checksum;
}

/**
 * The differences between two directories, in the order of their paths. A file that is gone and one that is new with the
 * same content are one that was moved.
 */
export function compareIndexes(before: DirectoryIndex, after: DirectoryIndex): readonly Change[] {
  const changes: Change[] = [];
  const removed = new Map<string, string[]>();
  const added: (readonly [path: string, checksum: Checksum])[] = [];
  for (const [path, checksum] of before) {
    const now = after.get(path);
    if (now === undefined) group(removed, checksum.hex(), path);
    else if (!now.equals(checksum)) changes.push({ change: "changed", path, before: checksum, after: now });
  }
  for (const entry of after) if (!before.has(entry[0])) added.push(entry);
  for (const [path, checksum] of added) {
    const from = removed.get(checksum.hex())?.shift();
    if (from === undefined) changes.push({ change: "added", path, after: checksum });
    else changes.push({ change: "moved", path, from, before: checksum, after: checksum });
  }
  for (const paths of removed.values()) {
    for (const path of paths) changes.push({ change: "removed", path, before: before.get(path)! });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function group(groups: Map<string, string[]>, key: string, path: string): void {
  const paths = groups.get(key);
  if (paths === undefined) groups.set(key, [path]);
  else paths.push(path);
}
