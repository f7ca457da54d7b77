import { describe } from "@seamless/internal/text";
import type { Checksum } from "./checksum.ts";
import type { DirectoryIndex } from "./directory-index.ts";
import { SeamlessError } from "./errors.ts";

/** A difference between two directories. */
export interface IndexChange {
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

/** Files of the first directory that are gone, of one content: those before `next` have been found again elsewhere. */
interface Gone {
  readonly paths: string[];
  next: number;
}

/**
 * Compares two directories by their indexes. A file that is gone and one that is new with the same content are one that was
 * moved; of several with that content, the first of each are taken for the same. Takes O(n log n) for n files, and memory
 * for the changes alone.
 *
 * @param before - The first directory.
 * @param after - The second one.
 * @returns what is different, by path in the order of UTF-16 units.
 * @throws {SeamlessError} `INVALID_ARGUMENT` for what is no index.
 *
 * @example
 * import { Checksum, compareIndexes } from "@seamless/checksum";
 * const [one, other] = ["one", "other"].map((text) => Checksum.of(new TextEncoder().encode(text)));
 * const before = new Map([["a.txt", one], ["b.txt", other]]);
 * const after = new Map([["c.txt", one], ["b.txt", one]]);
 * for (const { change, path, from } of compareIndexes(before, after)) console.log(change, path, from);
 * // → changed b.txt undefined
 * // → moved c.txt a.txt
 */
export function compareIndexes(before: DirectoryIndex, after: DirectoryIndex): readonly IndexChange[] {
  for (const index of [before, after]) failIfNoIndex(index);
  const changes: IndexChange[] = [];
  const gone = new Map<string, Gone>();
  for (const [path, checksum] of before) {
    const now = after.get(path);
    if (now === undefined) note(gone, checksum.hex(), path);
    else if (!now.equals(checksum)) changes.push({ change: "changed", path, before: checksum, after: now });
  }
  for (const [path, checksum] of after) {
    if (before.has(path)) continue;
    const same = gone.get(checksum.hex());
    const from = same?.paths[same.next++];
    if (from === undefined) changes.push({ change: "added", path, after: checksum });
    else changes.push({ change: "moved", path, from, before: checksum, after: checksum });
  }
  for (const { paths, next } of gone.values()) {
    for (const path of paths.slice(next)) changes.push({ change: "removed", path, before: before.get(path)! });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function note(gone: Map<string, Gone>, hex: string, path: string): void {
  const known = gone.get(hex);
  if (known === undefined) gone.set(hex, { paths: [path], next: 0 });
  else known.paths.push(path);
}

/** @throws {SeamlessError} `INVALID_ARGUMENT`. */
function failIfNoIndex(index: DirectoryIndex): void {
  if (typeof (index as Partial<DirectoryIndex> | null | undefined)?.get === "function") return;
  throw new SeamlessError("INVALID_ARGUMENT", `an index is a Map of paths to checksums, got ${describe(index)}`);
}
