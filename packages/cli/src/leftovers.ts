import { readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type IndexPaths, isTemporaryFor } from "@seamless/checksum/node";

/**
 * The temporary files that runs which were killed have left beside a directory. None where its folder cannot be listed:
 * whoever cannot list it can still index.
 */
export async function findLeftovers(paths: IndexPaths): Promise<readonly string[]> {
  const folder = dirname(paths.directory);
  const targets = [basename(paths.index), basename(paths.checksum)];
  const files = await readdir(folder).catch(() => []);
  return files
    .filter((file) => targets.some((target) => isTemporaryFor(target, file)))
    .map((file) => join(folder, file));
}

/** Remove them. To be found before an index is made and removed after, so that no run loses the file it is writing. */
export async function removeLeftovers(files: readonly string[]): Promise<void> {
  await Promise.all(files.map((file) => rm(file, { force: true })));
}
