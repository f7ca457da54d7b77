import type { Stats } from "node:fs";
import { relative, sep } from "node:path";
import type { DirectoryIndex } from "@seamless/checksum";
import { isTemporaryName } from "@seamless/checksum/node";
import { type Leftover, leftoversOf } from "../leftovers.ts";
import { foldPath } from "./safe-paths.ts";
import { byFolder, checkFolders, placeOf } from "./target.ts";

/** In ms: what is younger may belong to another download, which is going on. */
const AGE = 3_600_000;

/** May another download still be writing a temporary file? */
export function isYoung({ mtimeMs }: Stats): boolean {
  return Date.now() - mtimeMs < AGE;
}

/**
 * What killed downloads have left in a directory an hour ago or more: temporary files of files that the index lists. Nothing
 * behind a link, and nothing that the index itself lists under such a name.
 */
export async function leftoversWithin(target: string, entries: DirectoryIndex): Promise<readonly Leftover[]> {
  const left: Leftover[] = [];
  const listed = temporaryNames(entries);
  for (const paths of byFolder(entries.keys()).values()) {
    // What is wrong with a folder is said when something is written there.
    const safe = await checkFolders(target, paths[0]!, false).catch(() => false);
    if (!safe) continue;
    for (const leftover of await leftoversOf(paths.map((path) => placeOf(target, path)))) {
      const path = relative(target, leftover.file).replaceAll(sep, "/");
      if (!isYoung(leftover.found) && !listed.has(foldPath(path))) left.push(leftover);
    }
  }
  return left;
}

/**
 * The paths of an index that have the name of a temporary file, folded: of a million paths hardly any. They may stand for
 * a name that is the same only on some file systems, which fold the case, or put accents together in their own way.
 */
function temporaryNames(entries: DirectoryIndex): ReadonlySet<string> {
  const folded = new Set<string>();
  for (const path of entries.keys()) {
    if (!/\.tmp$/i.test(path)) continue;
    const candidate = foldPath(path);
    if (isTemporaryName(candidate.slice(candidate.lastIndexOf("/") + 1))) folded.add(candidate);
  }
  return folded;
}
