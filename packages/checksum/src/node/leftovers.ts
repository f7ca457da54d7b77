import { randomBytes } from "node:crypto";
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { compareCodePoints } from "@seamless/internal/code-points";
import { fileError } from "./file-error.ts";
import { asPath } from "./path.ts";

/**
 * The name of a temporary file for `name`: hidden, unique, and recognisable. File systems allow 255 bytes, so a long
 * name is cut.
 */
export function temporaryName(name: string): string {
  return `.${stem(name)}.${randomBytes(6).toString("hex")}.tmp`;
}

const TEMPORARY = /^\.(.*)\.[0-9a-f]{12}\.tmp$/s;

/** Could a file by this name be one that `writeAtomic` writes to before it gives it its own name? */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/**
 * The temporary files that writes of some files have left which were killed. They can be deleted, unless such a write is
 * going on. What has the name of one and is no regular file was not left by a write, nor is one of the files themselves.
 * Nobody is kept from giving a file such a name: who knows what else belongs into a folder (an index lists it) looks there
 * before anything is deleted.
 *
 * @param files - Paths that `writeAtomic` writes to; each of their folders is listed once.
 * @returns paths, by code point.
 * @throws {SeamlessError} `NOT_FOUND`, `PERMISSION_DENIED` and other file codes for a folder that cannot be listed.
 */
export async function findLeftovers(files: readonly (string | URL)[]): Promise<readonly string[]> {
  const stems = new Map<string, Set<string>>();
  const written = new Set(files.map((file) => join(asPath(file))));
  for (const file of files.map(asPath)) {
    const folder = dirname(file);
    stems.set(folder, (stems.get(folder) ?? new Set()).add(stem(basename(file))));
  }
  const left: string[] = [];
  for (const [folder, wanted] of stems) {
    for (const entry of await entriesOf(folder)) {
      const found = TEMPORARY.exec(entry.name)?.[1];
      const path = join(folder, entry.name);
      if (found !== undefined && wanted.has(found) && entry.isFile() && !written.has(path)) left.push(path);
    }
  }
  return left.sort(compareCodePoints);
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw fileError(error, folder, "read");
  }
}

function stem(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.byteLength <= 200) return name;
  return bytes
    .subarray(0, 200)
    .toString("utf8")
    .replace(/\ufffd+$/, "");
}
