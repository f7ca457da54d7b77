import { relative, sep } from "node:path";
import type { DirectoryIndex } from "@seamless/checksum";
import { leftoversOf } from "../leftovers.ts";
import { byFolder, checkFolders, placeOf } from "./target.ts";

/**
 * What killed downloads have left in a directory. Nothing behind a link, and nothing that the index itself lists under
 * such a name.
 */
export async function leftoversWithin(target: string, entries: DirectoryIndex): Promise<readonly string[]> {
  const left: string[] = [];
  for (const paths of byFolder(entries.keys()).values()) {
    // What is wrong with a folder is said when something is written there.
    const safe = await checkFolders(target, paths[0]!, false).catch(() => false);
    if (!safe) continue;
    for (const file of await leftoversOf(paths.map((path) => placeOf(target, path)))) {
      if (!entries.has(relative(target, file).replaceAll(sep, "/"))) left.push(file);
    }
  }
  return left;
}
