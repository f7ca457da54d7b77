import { lstat, type Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AbortOptions, Checksum } from "@seamless/checksum";
import { mapParallel } from "@seamless/internal/parallel";
import { FORMS } from "../encoding/forms.ts";
import { fileOf, LOCK_SUFFIX, type Place } from "./layout.ts";
import { UNSETTLED } from "./look-now.ts";
import { lookInThread } from "./look-thread.ts";
import { isHeld, LOCK_LIFE } from "./other-writers.ts";
import { isSurelyReadable } from "./readable.ts";

/*
 * The lengths of many buffers. Of most, one look at the plain file tells: that it is there, and too old to be still written. Of
 * a young one also the locks have to be looked for, of a missing one the other forms: a list of the folder answers that for
 * all of its buffers at once. One by one, ten thousand young buffers took 10 times as long as an `access` of each, of
 * `node:fs/promises`; so they take as long. Where there is a thread for looks that are made at once, it comes first.
 */

/** Fewer are looked at one by one. */
const LEAST = 16;

/** Of fewer, a folder is not listed; nor one of more names for each than it would take as long to look at. */
const LEAST_IN_FOLDER = 4;
const NAMES_EACH = 64;

/** What a name takes in a folder of ext4, in bytes; other file systems tell less for as many. */
const BYTES_EACH = 72;

/** Files that are looked at in parallel, one by one: twice as many as Node has threads for that. */
const LOOKS_AT_ONCE = 8;

/** The same where nothing is done in between. */
const SIMPLE_LOOKS_AT_ONCE = 64;

/** One of many that are looked for. */
interface Wanted {
  readonly checksum: Checksum;
  /** The plain form. */
  readonly file: string;
  /** `known` is settled; `open` takes a closer look. `young` and `missing` do, unless a list of the folder tells. */
  state: "known" | "open" | "young" | "missing";
  /** In bytes. */
  length?: number | undefined;
}

/**
 * The lengths of buffers in bytes, in the order asked; `undefined` for what is missing, or still being written.
 *
 * @param lookCloser - Finds the length of one.
 * @throws what `lookCloser` throws; file codes; the signal's reason.
 */
export async function lookUp(
  place: Place,
  checksums: readonly Checksum[],
  { signal }: AbortOptions,
  lookCloser: (checksum: Checksum) => Promise<number | undefined>,
): Promise<(number | undefined)[]> {
  // To look for each of ten thousand in a folder that is still to be filled took half as long as to put them there.
  if (place.empty === true) return checksums.map(() => undefined);
  const hexes = checksums.map((checksum) => checksum.hex());
  // What calls settle that are made at once: nearly all, on the disks of this machine.
  const lengths = (await lookInThread(place, hexes)) ?? new Float64Array(hexes.length).fill(UNSETTLED);
  signal?.throwIfAborted();
  const open = checksums.flatMap((_, i) => (lengths[i] === UNSETTLED ? [i] : []));
  const wanted = open.map((i): Wanted => {
    const checksum = checksums[i]!;
    return { checksum, file: fileOf(place, checksum.hex()), state: "open" };
  });
  if (wanted.length >= LEAST) {
    await lookAtAll(wanted, fileOfWanted, signal, note);
    await askFolders(place, wanted, signal);
  }
  const closer = wanted.filter(({ state }) => state !== "known");
  await mapParallel(closer, { limit: LOOKS_AT_ONCE, signal }, async (one) => {
    one.length = await lookCloser(one.checksum);
  });
  const found = Array.from(lengths, (length) => (length < 0 ? undefined : length));
  for (const [i, at] of open.entries()) found[at] = wanted[i]!.length;
  return found;
}

const fileOfWanted = ({ file }: Wanted) => file;

/** What `lstat` says of a file; an error, if it says so. */
export type Look = Stats | NodeJS.ErrnoException;

/**
 * Looks at many files. Calls back, which takes a third of the time that a promise for each takes.
 *
 * @throws the signal's reason.
 */
export async function lookAtAll<T>(
  wanted: readonly T[],
  fileOf: (one: T) => string,
  signal: AbortSignal | undefined,
  note: (one: T, look: Look) => void,
): Promise<void> {
  await new Promise<void>((resolve) => {
    let [next, under] = [0, 0];
    const begin = () => {
      const one = signal?.aborted ? undefined : wanted[next++];
      if (one === undefined) {
        if (under === 0) resolve();
        return;
      }
      under++;
      lstat(fileOf(one), (error, stats) => {
        under--;
        note(one, error ?? stats);
        begin();
      });
    };
    for (let i = 0; i < SIMPLE_LOOKS_AT_ONCE; i++) begin();
  });
  signal?.throwIfAborted();
}

function note(one: Wanted, look: Look): void {
  if (look instanceof Error) {
    if (look.code === "ENOENT") one.state = "missing";
    return;
  }
  // A link, or a file that perhaps we may not read, takes a closer look.
  if (!look.isFile() || !isSurelyReadable(look)) return;
  one.length = look.size;
  one.state = Date.now() - look.mtimeMs < LOCK_LIFE ? "young" : "known";
}

/** Settles what lists of the folders settle. */
async function askFolders(place: Place, wanted: readonly Wanted[], signal: AbortSignal | undefined): Promise<void> {
  const folders = new Map<string, Wanted[]>();
  for (const one of wanted) {
    // In folders with files of both layouts, a missing one may lie elsewhere.
    const isOpen = one.state === "young" || (one.state === "missing" && place.also === undefined);
    if (!isOpen) continue;
    const folder = dirname(one.file);
    const others = folders.get(folder);
    if (others === undefined) folders.set(folder, [one]);
    else others.push(one);
  }
  const worth = [...folders].filter(([, asked]) => asked.length >= LEAST_IN_FOLDER);
  const absent: Wanted[] = [];
  await mapParallel(worth, { limit: LOOKS_AT_ONCE, signal }, async ([folder, asked]) => {
    const names = await namesIn(folder, asked.length * NAMES_EACH);
    if (names === undefined) return;
    const isFolderLocked = names.has(LOCK_SUFFIX);
    for (const one of asked) {
      const hex = one.checksum.hex();
      if (one.state === "missing") {
        if (!FORMS.some(({ suffix }) => names.has(hex + suffix))) absent.push(one);
      } else if (!isFolderLocked && !names.has(hex + LOCK_SUFFIX)) {
        one.state = "known";
      }
    }
  });
  // The plain form may have replaced another one right before the folder was listed.
  await lookAtAll(absent, fileOfWanted, signal, (one, look) => {
    if (look instanceof Error && look.code === "ENOENT") one.state = "known";
  });
  // All of them, since this lock was not looked at yet.
  if (folders.size === 0 || !(await isHeld(join(place.root, LOCK_SUFFIX)))) return;
  for (const asked of folders.values()) for (const one of asked) one.state = "open";
}

/** The names in a folder; `undefined` if there seem to be more, or they cannot be listed. One that is not there has none. */
async function namesIn(folder: string, most: number): Promise<ReadonlySet<string> | undefined> {
  try {
    const { size } = await stat(folder);
    // Where a folder has no size, nothing is known.
    if (size === 0 || size > most * BYTES_EACH) return undefined;
    return new Set(await readdir(folder));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? new Set() : undefined;
  }
}
