import type { Dirent } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Checksum, isSeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import type { ListedBuffer } from "@seamless/store";
import { FORMS, formOf, parseName } from "../encoding/forms.ts";
import { belongsIn, filesOf, isPrefix, type Place } from "./layout.ts";
import { lookAt, tryLookAt } from "./read-file.ts";

/** Lists the buffers of a folder, each once, however many forms it has. One whose file cannot be read has no length. */
export async function* listBuffers(
  place: Place,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedBuffer, void, undefined> {
  for await (const { folder, name, path, isFile } of walkStore(place, signal)) {
    const parsed = parseName(name);
    const form = parsed === undefined ? undefined : formOf(parsed.suffix);
    if (!isFile || parsed === undefined || form === undefined || !belongsIn(place, folder, parsed.hex)) continue;
    const file = join(place.root, path);
    // `false` for a broken link, for instance.
    const facts = await lookAt(file).catch((error: unknown) => {
      if (isSeamlessError(error)) return false as const;
      throw error;
    });
    // Removed meanwhile.
    if (facts === undefined || (await isListedOtherwise(place, parsed.hex, file))) continue;
    if (facts === false) {
      yield { checksum: new Checksum(parsed.hex), length: undefined };
      continue;
    }
    const { size, modified } = facts;
    const length = form.coding === undefined ? size : undefined;
    yield { checksum: new Checksum(parsed.hex), length, stored: size, modified };
  }
}

/** Is the buffer listed by another of its files, one that is looked for earlier? */
async function isListedOtherwise(place: Place, hex: string, file: string): Promise<boolean> {
  for (const path of filesOf(place, hex)) {
    for (const { suffix } of FORMS) {
      if (path + suffix === file) return false;
      if ((await tryLookAt(path + suffix)) !== undefined) return true;
    }
  }
  return false;
}

/** An entry of a store's folder. */
export interface WalkEntry {
  /** Folder, relative to the root; empty for the root itself. */
  readonly folder: string;
  readonly name: string;
  /** Path relative to the root. */
  readonly path: string;
  readonly isFile: boolean;
}

/**
 * Walks the folders of a store, and gives all entries in no particular order. A folder that cannot have buffers is an entry;
 * its contents are not read.
 *
 * @throws {SeamlessError} `NOT_FOUND`, `PERMISSION_DENIED` and other file codes for a folder that cannot be listed; the
 * signal's reason.
 */
export async function* walkStore(
  place: Place,
  signal: AbortSignal | undefined,
): AsyncGenerator<WalkEntry, void, undefined> {
  for await (const entry of entries(place.root, "", signal)) {
    if (isPrefix(place, entry.name) && (await isFolder(place.root, entry))) {
      for await (const inner of entries(place.root, entry.name, signal)) yield toWalkEntry(entry.name, inner);
    } else {
      yield toWalkEntry("", entry);
    }
  }
}

/** Prefixes may also be links to folders on other disks. */
async function isFolder(root: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const path = join(root, entry.name);
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw fileError(error, path, "read");
  }
}

async function* entries(root: string, folder: string, signal: AbortSignal | undefined): AsyncGenerator<Dirent, void> {
  const path = join(root, folder);
  try {
    for await (const entry of await opendir(path, { bufferSize: 1024 })) {
      signal?.throwIfAborted();
      yield entry;
    }
  } catch (error) {
    throw fileError(error, path, "read");
  }
}

function toWalkEntry(folder: string, entry: Dirent): WalkEntry {
  const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
  // A link may lead to a buffer.
  return { folder, name: entry.name, path, isFile: entry.isFile() || entry.isSymbolicLink() };
}
