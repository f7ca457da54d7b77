import { hash } from "node:crypto";
import { closeSync, fstatSync, readSync } from "node:fs";
import { fileError } from "./file-error.ts";
import { openRegularSync, refuseIfChanged } from "./regular-file.ts";

/** Files up to this size, in bytes, are worth reading synchronously: under 3 ms on any machine. */
export const SMALL = 2 ** 20;

/**
 * Reads small files, known to be regular ones, one after the other through one buffer: five system calls a file and no
 * allocation.
 */
export function createSmallReader(): (path: string) => SmallFile {
  const buffer = new Uint8Array(SMALL);
  return (path) => {
    const { fd, stats } = openRegularSync(path);
    try {
      if (stats.size > SMALL) return { size: stats.size, hex: undefined };
      let filled = 0;
      // An empty file is read too: those that the kernel makes up (/proc) are said to be empty, and are not.
      const length = Math.max(1, stats.size);
      while (filled < length) {
        const count = readSync(fd, buffer, filled, length - filled, null);
        if (count === 0) break;
        filled += count;
      }
      refuseIfChanged(path, stats, fstatSync(fd), filled);
      return { size: filled, hex: hash("sha256", buffer.subarray(0, filled), "hex") };
    } catch (error) {
      throw fileError(error, path, "read");
    } finally {
      closeSync(fd);
    }
  };
}

/** The checksum is `undefined` if the file is too large to be read this way. */
export type SmallFile =
  | { readonly size: number; readonly hex: string }
  | { readonly size: number; readonly hex: undefined };
