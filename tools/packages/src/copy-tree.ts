import { constants } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { execute } from "./shell.ts";

/**
 * Copy the repository as a commit of its present state would have it: what Git knows or would add, and nothing that was
 * installed or built.
 *
 * @param destination - Folder of the copy, made here.
 * @param isWanted - Of which paths, as Git writes them; of all by default.
 */
export async function copyTree(destination: string, isWanted = (_path: string) => true): Promise<void> {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  const listed = (await execute("git", list, workspaceRoot)).split("\0");
  const removed = new Set((await execute("git", ["ls-files", "-z", "--deleted"], workspaceRoot)).split("\0"));
  const paths = listed.filter((path) => path !== "" && !removed.has(path) && isWanted(path));
  for (const folder of new Set(paths.map(dirname))) await mkdir(join(destination, folder), { recursive: true });
  for (const path of paths) {
    await copyFile(join(workspaceRoot, path), join(destination, path), constants.COPYFILE_FICLONE);
  }
}
