import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import type { Checksum } from "@seamless/checksum";

/** The file of a buffer in a folder with prefixes, said once more by somebody else than the code. */
export function fileOf(folder: string, checksum: Checksum, suffix = ""): string {
  const hex = checksum.hex();
  return join(folder, hex.slice(0, 2), hex + suffix);
}

/** Write a file, with its folder. */
export function plant(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Let a file have been written some time ago. */
export function age(path: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds;
  utimesSync(path, then, then);
}

/** All files below a folder, by their paths. */
export function files(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll(sep, "/"),
    )
    .sort();
}
