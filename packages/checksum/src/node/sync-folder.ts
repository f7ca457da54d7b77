import { open } from "node:fs/promises";

/** Make the names in a folder durable. Windows and some network file systems cannot; the files themselves are safe by then. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!["EINVAL", "EISDIR", "EPERM", "EACCES", "ENOTSUP"].includes(code ?? "")) throw error;
  }
}
