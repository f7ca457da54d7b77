import { open } from "node:fs/promises";
import { syncHandle } from "./file-handle.ts";

const CANNOT: readonly (string | undefined)[] = [
  "EINVAL",
  "EISDIR",
  "EPERM",
  "EACCES",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
];

/** Make the names in a folder durable. Windows and some network file systems cannot; the files themselves are safe by then. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    try {
      await syncHandle(folder);
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!CANNOT.includes((error as NodeJS.ErrnoException).code)) throw error;
  }
}
