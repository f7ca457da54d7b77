import type { Dirent } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Checksum, isSeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import type { ListedBuffer } from "@seamless/store";
import { FORMS, type Form, formOf, parseName } from "../encoding/forms.ts";
import { belongsIn, filesOf, isPrefix, type Place } from "./layout.ts";
import { type Look, lookAtAll } from "./look-up.ts";
import { type FileFacts, lookAt, tryLookAt } from "./read-file.ts";

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
  for await (const buffer of buffersOf(place, walkStore(place, signal, onFolder), signal)) {
    if (isYoung(buffer)) listed.add(buffer.checksum.hex());
    yield buffer;
  }
  for (const [folder, before] of times) {
    const path = join(place.root, folder);
    // What changed right before may have changed right after, too, by the same clock.
    if (before < start - YOUNG && (await changeTime(path)) === before) continue;
    for await (const buffer of buffersOf(place, walkFolder(place, folder, signal), signal)) {
      if (isYoung(buffer) && !listed.has(buffer.checksum.hex())) yield buffer;
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

/** Files that are looked at together: one after the other, a list of 1,000,000 took five times as long. */
const TOGETHER = 256;

/** A file with the name of a buffer, in the place of one. */
interface Candidate {
  readonly hex: string;
  readonly form: Form;
  readonly file: string;
  look?: Look;
}

/** The buffers among some entries, but for those that are listed by another file. */
async function* buffersOf(
  place: Place,
  walk: AsyncIterable<WalkEntry>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedBuffer, void, undefined> {
  let candidates: Candidate[] = [];
  for await (const entry of walk) {
    const candidate = candidateOf(place, entry);
    if (candidate === undefined || candidates.push(candidate) < TOGETHER) continue;
    yield* lookAtCandidates(place, candidates, signal);
    candidates = [];
  }
  yield* lookAtCandidates(place, candidates, signal);
}

function candidateOf(place: Place, { folder, name, path, isFile }: WalkEntry): Candidate | undefined {
  const parsed = parseName(name);
  const form = parsed === undefined ? undefined : formOf(parsed.suffix);
  if (!isFile || parsed === undefined || form === undefined || !belongsIn(place, folder, parsed.hex)) return undefined;
  return { hex: parsed.hex, form, file: join(place.root, path) };
}

async function* lookAtCandidates(
  place: Place,
  candidates: readonly Candidate[],
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedBuffer, void, undefined> {
  const fileOf = ({ file }: Candidate) => file;
  await lookAtAll(candidates, fileOf, signal, (candidate, look) => {
    candidate.look = look;
  });
  for (const candidate of candidates) {
    const { hex, file, form } = candidate;
    const facts = await factsOf(candidate);
    // Removed meanwhile.
    if (facts === undefined || (await isListedOtherwise(place, hex, file))) continue;
    const checksum = new Checksum(hex);
    if (facts === false) {
      yield { checksum, length: undefined };
    } else {
      const { size, modified } = facts;
      yield { checksum, length: form.coding === undefined ? size : undefined, stored: size, modified };
    }
  }
}

/** What is known of a file: `undefined` if it is gone, `false` if it cannot be read (a broken link, for instance). */
async function factsOf({ file, look }: Candidate): Promise<Pick<FileFacts, "size" | "modified"> | undefined | false> {
  if (look !== undefined && !(look instanceof Error) && look.isFile()) {
    return { size: look.size, modified: look.mtimeMs };
  }
  if (look instanceof Error && look.code === "ENOENT") return undefined;
  // A link, or what is no file.
  return lookAt(file).catch((error: unknown) => {
    if (isSeamlessError(error)) return false as const;
    throw error;
  });
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
      yield* walkFolder(place, entry.name, signal);
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

async function* walkFolder(
  place: Place,
  folder: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<WalkEntry, void, undefined> {
  for await (const entry of entries(place.root, folder, signal)) yield toWalkEntry(folder, entry);
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
