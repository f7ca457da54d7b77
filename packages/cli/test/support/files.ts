import { createHash } from "node:crypto";
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** Large enough that to hash it takes longer than any test may. */
export const ENDLESS = 2 ** 40;

/** Write files, with the folders they are in. */
export function writeTree(root: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  mkdirSync(root, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** A file of zeros that takes no room. */
export function writeSparse(path: string, size: number): void {
  const file = openSync(path, "w");
  ftruncateSync(file, size);
  closeSync(file);
}

/** All that lies in a folder, at any depth: relative path → what a file holds, or the size of a large one. */
export function snapshot(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const contents = entries.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [relative(folder, path).replaceAll(sep, "/"), entry.isFile() ? contentOf(path) : ""] as const;
  });
  return Object.fromEntries(contents);
}

function contentOf(path: string): string {
  const { size } = statSync(path);
  return size > 2 ** 20 ? `${size} bytes` : readFileSync(path, "latin1");
}

/** The names in a folder, sorted. */
export function list(folder: string): string[] {
  return readdirSync(folder).sort();
}

/** What checksums ought to be, from another library than ours. */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** The `.INDEX` file that a flat folder of files ought to have. For names that sort alike everywhere. */
export function indexOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const hashes = Object.keys(files)
    .sort()
    .map((path) => [path, sha256(files[path]!)]);
  return `${JSON.stringify(Object.fromEntries(hashes), null, 2)}\n`;
}

/** One object a line; throws if a line is anything else. */
export function jsonLines(out: string): unknown[] {
  if (out !== "" && !out.endsWith("\n")) throw new Error("the last line has no end");
  return out
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}
