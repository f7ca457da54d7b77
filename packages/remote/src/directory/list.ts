import type { Dirent } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Checksum, isSeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import type { ListedBuffer } from "@seamless/store";
import { FORMS, formOf, parseName } from "../encoding/forms.ts";
import { belongsIn, filesOf, isPrefix, type Place } from "./layout.ts";
import { lookAt, tryLookAt } from "./read-file.ts";

/** Files that are younger may have appeared while the folder was read, whatever the clock of its disk says, in milliseconds. */
const YOUNG = 60_000;

/**
 * Lists the buffers of a folder, each once, however many forms it has. One whose file cannot be read has no length.
 *
 * A name that appears while a folder is read may come or not; and what is compressed just then has its old name no more, so
 * that it would be left out, and taken by a collector for what nothing leads to. So folders that have changed meanwhile are
 * read again, for what is young. What was listed by its old name may then come twice.
 */
export async function* listBuffers(
  place: Place,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedBuffer, void, undefined> {
  const start = Date.now();
  const isYoung = ({ modified = Number.POSITIVE_INFINITY }: ListedBuffer) => modified > start - YOUNG;
  const times = new Map<string, number>();
  const listed = new Set<string>();
  const onFolder = async (folder: string) => void times.set(folder, await changeTime(join(place.root, folder)));
  for await (const entry of walkStore(place, signal, onFolder)) {
    const buffer = await bufferOf(place, entry);
    if (buffer === undefined) continue;
    if (isYoung(buffer)) listed.add(buffer.checksum.hex());
    yield buffer;
  }
  for (const [folder, before] of times) {
    const path = join(place.root, folder);
    // What changed right before may have changed right after, too, by the same clock.
    if (before < start - YOUNG && (await changeTime(path)) === before) continue;
    for await (const entry of entries(place.root, folder, signal)) {
      const buffer = await bufferOf(place, toWalkEntry(folder, entry));
      if (buffer !== undefined && isYoung(buffer) && !listed.has(buffer.checksum.hex())) yield buffer;
    }
  }
}

/** When names in a folder last changed, in milliseconds since 1970. */
async function changeTime(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    throw fileError(error, path, "read");
  }
}

/** The buffer whose file an entry is; `undefined` if it is none, or is listed by another file. */
async function bufferOf(place: Place, { folder, name, path, isFile }: WalkEntry): Promise<ListedBuffer | undefined> {
  const parsed = parseName(name);
  const form = parsed === undefined ? undefined : formOf(parsed.suffix);
  if (!isFile || parsed === undefined || form === undefined || !belongsIn(place, folder, parsed.hex)) return undefined;
  const file = join(place.root, path);
  // `false` for a broken link, for instance.
  const facts = await lookAt(file).catch((error: unknown) => {
    if (isSeamlessError(error)) return false as const;
    throw error;
  });
  // Removed meanwhile.
  if (facts === undefined || (await isListedOtherwise(place, parsed.hex, file))) return undefined;
  const checksum = new Checksum(parsed.hex);
  if (facts === false) return { checksum, length: undefined };
  const { size, modified } = facts;
  const length = form.coding === undefined ? size : undefined;
  return { checksum, length, stored: size, modified };
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
 * @param onFolder - Called before a folder is read; its path is relative to the root.
 * @throws {SeamlessError} `NOT_FOUND`, `PERMISSION_DENIED` and other file codes for a folder that cannot be listed; the
 * signal's reason.
 */
export async function* walkStore(
  place: Place,
  signal: AbortSignal | undefined,
  onFolder?: (folder: string) => Promise<void>,
): AsyncGenerator<WalkEntry, void, undefined> {
  await onFolder?.("");
  for await (const entry of entries(place.root, "", signal)) {
    if (isPrefix(place, entry.name) && (await isFolder(place.root, entry))) {
      await onFolder?.(entry.name);
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
