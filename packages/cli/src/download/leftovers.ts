import { statSync } from "node:fs";
import { relative, sep } from "node:path";
import type { DirectoryIndex } from "@seamless/checksum";
import { leftoversOf } from "../leftovers.ts";
import { byFolder, checkFolders, placeOf } from "./target.ts";

/** In ms: what is younger may belong to another download, which is going on. */
const AGE = 3_600_000;

function isOld(file: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs > AGE;
}

/**
 * What killed downloads have left in a directory an hour ago or more. Nothing behind a link, and nothing that the index itself lists under
 * such a name.
 */
export async function leftoversWithin(target: string, entries: DirectoryIndex): Promise<readonly string[]> {
  const left: string[] = [];
  for (const paths of byFolder(entries.keys()).values()) {
    // What is wrong with a folder is said when something is written there.
    const safe = await checkFolders(target, paths[0]!, false).catch(() => false);
    if (!safe) continue;
    for (const file of await leftoversOf(paths.map((path) => placeOf(target, path)))) {
      if (isOld(file) && !isListed(entries, relative(target, file).replaceAll(sep, "/"))) left.push(file);
    }
  }
  return left;
}

/** Also by a name that is the same on some file systems: they fold the case, or put accents together in their own way. */
function isListed(entries: DirectoryIndex, path: string): boolean {
  if (entries.has(path)) return true;
  const folded = fold(path);
  for (const listed of entries.keys()) if (fold(listed) === folded) return true;
  return false;
}

function fold(path: string): string {
  return path.normalize("NFC").toLowerCase();
}
