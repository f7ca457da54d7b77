import { stat } from "node:fs/promises";
import { fileError } from "@seamless/checksum/node";

/** The permissions of what a store makes. */
export interface Permissions {
  /** Of a folder: those of the store's own. Where others may write there, they may write here. */
  readonly folder: number;
  /** Of a buffer: whoever may look into the folder, by its group or as anybody, may read it; nobody changes it. */
  readonly buffer: number;
  /** Of the marker, which hashservers in Python open for writing whenever they read. */
  readonly marker: number;
}

/**
 * The permissions of what is made in a folder, by its own, and not by the umask of whoever writes: several users share a
 * folder by its group, and each of them has an umask.
 *
 * @throws {SeamlessError} `NOT_FOUND` and other file codes.
 */
export async function permissionsOf(root: string): Promise<Permissions> {
  try {
    const { mode } = await stat(root);
    return { folder: mode & 0o7777, buffer: 0o640 | (mode & 0o044), marker: 0o640 | (mode & 0o066) };
  } catch (error) {
    throw fileError(error, root, "read");
  }
}
