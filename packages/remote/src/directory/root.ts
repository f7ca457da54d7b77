import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { SeamlessError } from "@seamless/checksum";
import { absolutePath, fileError } from "@seamless/checksum/node";
import { describe, showPath } from "@seamless/internal/text";

/**
 * The absolute path of a folder.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` for anything but a path or a file URL; `NOT_FOUND` for a relative one if the
 * working directory was removed.
 */
export function asFolder(path: string | URL): string {
  const isUrl = path instanceof URL || (typeof path === "string" && /^file:\/\//i.test(path));
  try {
    if (isUrl) return absolutePath(fileURLToPath(path));
  } catch (cause) {
    throw new SeamlessError(
      "INVALID_ARGUMENT",
      `${showPath(String(path).replace(/[^/@]*@/, "…@"))} is no folder of this machine`,
      { cause },
    );
  }
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return absolutePath(path);
  throw new SeamlessError("INVALID_ARGUMENT", `a folder is a path or a file URL, got ${describe(path)}`);
}

/**
 * A folder that is not there has no buffers only if we are the ones to make it: else it may be a disk that is away.
 *
 * @returns whether it is there.
 * @throws {SeamlessError} `IO_ERROR` if it is not there, `NOT_A_DIRECTORY`, `PERMISSION_DENIED` and other file codes.
 */
export async function requireRoot(root: string, writable: boolean): Promise<boolean> {
  try {
    if ((await stat(root)).isDirectory()) {
      await access(root, constants.X_OK);
      return true;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(error, root, "read");
    if (writable) return false;
    throw new SeamlessError("IO_ERROR", `cannot read ${showPath(root)}: there is no such folder`, { file: root });
  }
  throw new SeamlessError("NOT_A_DIRECTORY", `cannot read ${showPath(root)}: it is not a folder`, { file: root });
}
