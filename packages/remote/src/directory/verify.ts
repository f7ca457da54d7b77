import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { Checksum, type ErrorCode, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { fileError, hashFiles, makeFolder } from "@seamless/checksum/node";
import { renameFile } from "@seamless/internal/files";
import { mapParallel } from "@seamless/internal/parallel";
import { showPath } from "@seamless/internal/text";
import { formOf, LENGTH_SUFFIX, parseName } from "../encoding/forms.ts";
import { HASHED_AT_ONCE, READS_AT_ONCE } from "./check.ts";
import { type FormOptions, hashContents } from "./forms.ts";
import { belongsIn, isPrefix, isUnfinished, LOCK_SUFFIX, type Place, PREFIX_MARKER, QUARANTINE } from "./layout.ts";
import { permissionsOf } from "./layout-detector.ts";
import { type WalkEntry, walkStore } from "./list.ts";
import { isLocked } from "./other-writers.ts";
import { lookAt, tryLookAt } from "./read-file.ts";
import { LEFTOVER_AGE } from "./sweeper.ts";
import type { CorruptFile, VerifyOptions, VerifyReport, VerifyStep } from "./types.ts";

/** In this order; each builds on what those before have found. */
const STEPS: Readonly<Record<VerifyStep["name"], Step>> = { survey, check, quarantine };

/** Hashes all buffers of a store's folder, and sorts out what else is in it. */
export async function verifyStore(place: Place, forms: FormOptions, options: VerifyOptions): Promise<VerifyReport> {
  const verification: Verification = {
    place,
    forms,
    options,
    totalFiles: 0,
    totalBytes: 0,
    locks: false,
    buffers: 0,
    bytes: 0,
    corrupt: [],
    unreadable: new Map(),
    locked: [],
    misplaced: [],
    leftovers: [],
    unfinished: [],
    foreign: [],
  };
  const steps: VerifyStep[] = [];
  for (const [step, run] of Object.entries(STEPS) as [VerifyStep["name"], Step][]) {
    const start = performance.now();
    const files = await run(verification);
    options.signal?.throwIfAborted();
    steps.push({ name: step, time: performance.now() - start, files });
  }
  const { buffers, bytes, corrupt, locked, misplaced, leftovers, unfinished, foreign } = verification;
  const unreadable = [...verification.unreadable.values()];
  const ok = corrupt.length === 0 && unreadable.length === 0;
  return { ok, buffers, bytes, corrupt, unreadable, locked, misplaced, leftovers, unfinished, foreign, steps };
}

/** State that the steps share: where, how, and what was found so far. */
interface Verification {
  readonly place: Place;
  readonly forms: FormOptions;
  readonly options: VerifyOptions;
  /** Buffers to check, and their size, in bytes, as the survey has found them. Sizes only if there is an `onProgress`. */
  totalFiles: number;
  totalBytes: number;
  /** Whether the survey has seen any lock; if not, the check does not look for one. */
  locks: boolean;
  buffers: number;
  bytes: number;
  readonly corrupt: CorruptFile[];
  /** Path of a file that cannot be read, relative to the folder → why. */
  readonly unreadable: Map<string, SeamlessError>;
  readonly locked: string[];
  readonly misplaced: string[];
  readonly leftovers: string[];
  readonly unfinished: string[];
  readonly foreign: string[];
}

/** One step; resolves to the number of files that it processed. */
type Step = (verification: Verification) => Promise<number>;

/** What an entry of a store's folder is, by its name and place. */
type Kind = "buffer" | "misplaced" | "unfinished" | "lock" | "helper" | "obstacle" | "foreign";

function kindOf(place: Place, { folder, name, isFile }: WalkEntry): Kind {
  if (name === QUARANTINE || name === PREFIX_MARKER) return "helper";
  // The walk looks into folders of that name; so this is none.
  if (folder === "" && isPrefix(place, name)) return "obstacle";
  // In the place of a buffer it counts as one, even if it is not a file: it is in the way of the buffer.
  if (!isFile && !isBufferName(place, folder, name)) return "foreign";
  if (isUnfinished(name)) return "unfinished";
  if (name.endsWith(LOCK_SUFFIX)) return "lock";
  if (name.endsWith(LENGTH_SUFFIX)) return "helper";
  if (isBufferName(place, folder, name)) return "buffer";
  return hexOf(name) === undefined ? "foreign" : "misplaced";
}

/** Is it the name of a buffer, in any form, in a folder where that is looked for? */
function isBufferName(place: Place, folder: string, name: string): boolean {
  const hex = hexOf(name);
  return hex !== undefined && belongsIn(place, folder, hex);
}

function hexOf(name: string): string | undefined {
  const parsed = parseName(name);
  return parsed === undefined || formOf(parsed.suffix) === undefined ? undefined : parsed.hex;
}

/** Files that are looked at in parallel. */
const LOOKS_AT_ONCE = 8;

/** First step: counts the buffers, and notes all other entries. */
async function survey(verification: Verification): Promise<number> {
  const { place, options } = verification;
  let files = 0;
  let noting: Promise<void>[] = [];
  for await (const entry of walkStore(place, options.signal)) {
    files++;
    const noted = NOTES[kindOf(place, entry)](verification, entry);
    if (noted === undefined) continue;
    noting.push(noted);
    if (noting.length < LOOKS_AT_ONCE) continue;
    await Promise.all(noting);
    noting = [];
  }
  await Promise.all(noting);
  return files;
}

const NOTES: Readonly<Record<Kind, (verification: Verification, entry: WalkEntry) => Promise<void> | undefined>> = {
  buffer(verification, { path }) {
    verification.totalFiles++;
    return verification.options.onProgress && addSize(verification, path);
  },
  unfinished: noteUnfinished,
  lock(verification) {
    verification.locks = true;
    return undefined;
  },
  misplaced({ misplaced }, { path }) {
    misplaced.push(path);
    return undefined;
  },
  obstacle({ unreadable, place }, { path }) {
    const file = join(place.root, path);
    const fault = "it is not a folder, and buffers belong in a folder of that name";
    unreadable.set(path, new SeamlessError("NOT_A_DIRECTORY", `cannot read ${showPath(file)}: ${fault}`, { file }));
    return undefined;
  },
  foreign({ foreign }, { path }) {
    foreign.push(path);
    return undefined;
  },
  helper: () => undefined,
};

async function addSize(verification: Verification, path: string): Promise<void> {
  // What cannot be looked at is reported by the check.
  const size = (await tryLookAt(join(verification.place.root, path)))?.size ?? 0;
  verification.totalBytes += size;
}

async function noteUnfinished(verification: Verification, { path }: WalkEntry): Promise<void> {
  const found = await tryLookAt(join(verification.place.root, path));
  if (found === undefined) return;
  const isOld = Date.now() - found.modified > LEFTOVER_AGE;
  verification[isOld ? "leftovers" : "unfinished"].push(path);
}

/** What is done, without the files that are being hashed. */
interface Done {
  files: number;
  bytes: number;
}

/** Second step: hashes every buffer, and compares the checksum with its name. */
async function check(verification: Verification): Promise<number> {
  const { place, options } = verification;
  const done: Done = { files: 0, bytes: 0 };
  let batch: WalkEntry[] = [];
  for await (const entry of walkStore(place, options.signal)) {
    if (kindOf(place, entry) !== "buffer") continue;
    batch.push(entry);
    if (batch.length < HASHED_AT_ONCE) continue;
    await checkBatch(verification, batch, done);
    batch = [];
  }
  await checkBatch(verification, batch, done);
  return done.files;
}

/** Plain files all at once; compressed ones, and those that are not right, one by one. */
async function checkBatch(verification: Verification, batch: readonly WalkEntry[], done: Done): Promise<void> {
  const { place, options } = verification;
  const { signal } = options;
  const free = await withoutLocked(verification, batch);
  // Only files are opened.
  const isPlain = ({ name, isFile }: WalkEntry) => isFile && parseName(name)!.suffix === "";
  const plain = free.filter(isPlain);
  const rest = free.filter((entry) => !isPlain(entry));
  done.files += batch.length - free.length;
  const tell = ({ files, bytes }: { files: number; bytes: number }) => {
    const { totalFiles, totalBytes } = verification;
    options.onProgress?.({ files: done.files + files, totalFiles, bytes: done.bytes + bytes, totalBytes });
  };
  const hashed = await hashFiles(
    place.root,
    plain.map(({ path }) => path),
    { signal, onProgress: options.onProgress && tell },
  );
  done.files += plain.length;
  done.bytes += hashed.bytes;
  const errors = new Map(hashed.errors.map((error) => [error.file, error]));
  await mapParallel(plain, { limit: READS_AT_ONCE }, async (entry, i) => {
    if (hashed.hex[i] === entry.name) note(verification, hashed.sizes[i]!);
    else await checkWrong(verification, entry, errors.get(`${place.root}/${entry.path}`));
  });
  await mapParallel(rest, { limit: READS_AT_ONCE }, async (entry) => {
    done.bytes += await checkFile(verification, entry);
    done.files++;
    tell({ files: 0, bytes: 0 });
  });
}

function note(verification: Verification, size: number): void {
  verification.buffers++;
  verification.bytes += size;
}

async function withoutLocked(verification: Verification, batch: readonly WalkEntry[]): Promise<readonly WalkEntry[]> {
  if (!verification.locks) return batch;
  const { place, locked } = verification;
  const held = await mapParallel(batch, { limit: READS_AT_ONCE }, ({ path }) =>
    isLocked(place.root, join(place.root, path)),
  );
  locked.push(...batch.filter((_, i) => held[i]).map(({ path }) => path));
  return batch.filter((_, i) => !held[i]);
}

/** For a file that has another checksum, or could not be read: it may be locked by now, or gone. */
async function checkWrong(
  verification: Verification,
  entry: WalkEntry,
  error: SeamlessError | undefined,
): Promise<void> {
  // A file that changed while it was read is read once more.
  if (error?.code === "FILE_CHANGED" || error?.code === "NOT_FOUND") return void (await checkFile(verification, entry));
  await settle(verification, entry, error);
}

/** @returns the size of the file, in bytes. */
async function checkFile(verification: Verification, entry: WalkEntry): Promise<number> {
  const { place, forms, options } = verification;
  const file = join(place.root, entry.path);
  const { hex, suffix } = parseName(entry.name)!;
  try {
    const facts = await lookAt(file);
    const found = facts && (await hashContents(file, formOf(suffix)!, forms, options.signal));
    // Removed meanwhile.
    if (facts === undefined || found === undefined) return 0;
    if (found.checksum.hex() === hex) note(verification, facts.size);
    else await settle(verification, entry, undefined);
    return facts.size;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isSeamlessError(error)) throw error;
    await settle(verification, entry, error);
    return 0;
  }
}

/** Notes a file as wrong, by its bytes or by an error, unless another program is writing it. */
async function settle(
  verification: Verification,
  { path, name }: WalkEntry,
  error: SeamlessError | undefined,
): Promise<void> {
  const { place } = verification;
  const file = join(place.root, path);
  if (await isLocked(place.root, file)) {
    verification.locked.push(path);
    return;
  }
  if (error !== undefined) {
    verification.unreadable.set(path, error);
    return;
  }
  const size = (await lookAt(file))?.size ?? 0;
  verification.corrupt.push({ checksum: new Checksum(parseName(name)!.hex), file: path, size });
}

/** Younger files may still be written by programs without locks, in milliseconds. */
const YOUNG = 3_600_000;

/** Codes that are about this machine, and not about the file. */
const BEYOND_US: readonly ErrorCode[] = ["TOO_LARGE", "UNSUPPORTED"];

/** Last step: moves corrupt and unreadable files away, unless another program may be writing them. */
async function quarantine(verification: Verification): Promise<number> {
  const { corrupt, unreadable, options } = verification;
  if (options.quarantine !== true) return 0;
  const broken = [...unreadable].filter(([file, { code }]) => isBufferPath(file) && !BEYOND_US.includes(code));
  const damaged = [...corrupt.splice(0), ...broken.map(([file, error]) => asCorrupt(file, error))];
  for (const one of damaged) {
    options.signal?.throwIfAborted();
    const after = await moveAway(verification, one);
    if (after !== undefined) corrupt.push(after);
  }
  return corrupt.filter(({ quarantined }) => quarantined !== undefined).length;
}

function asCorrupt(file: string, error: SeamlessError): CorruptFile {
  return { checksum: new Checksum(nameOf(file).hex), file, size: 0, error };
}

/** Is it the file of a buffer, and not something in the place of a folder? */
function isBufferPath(file: string): boolean {
  return parseName(baseOf(file)) !== undefined;
}

function nameOf(file: string) {
  return parseName(baseOf(file))!;
}

function baseOf(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1);
}

/** @returns what became of it; `undefined` if it was repaired or removed meanwhile. */
async function moveAway(verification: Verification, one: CorruptFile): Promise<CorruptFile | undefined> {
  const { place } = verification;
  const file = join(place.root, one.file);
  try {
    if (await isLocked(place.root, file)) return { ...one, spared: "locked" };
    const { mtimeMs, size } = await lstat(file);
    const known = { ...one, size };
    if (Date.now() - mtimeMs < YOUNG) return { ...known, spared: "young" };
    if (await isRight(verification, one)) return undefined;
    const { hex, suffix } = nameOf(one.file);
    const target = `${QUARANTINE}/${hex}${suffix}.${Date.now()}`;
    await makeFolder(join(place.root, QUARANTINE), { mode: (await permissionsOf(place.root)).folder });
    await renameFile(file, join(place.root, target), verification.options.signal);
    return { ...known, quarantined: target };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, file, "quarantine");
  }
}

/** Has the file become right since the check, which may be hours ago? */
async function isRight({ place, forms, options }: Verification, { file, checksum }: CorruptFile): Promise<boolean> {
  try {
    const form = formOf(nameOf(file).suffix)!;
    const found = await hashContents(join(place.root, file), form, forms, options.signal);
    return found === undefined || found.checksum.equals(checksum);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (isSeamlessError(error)) return false;
    throw error;
  }
}
