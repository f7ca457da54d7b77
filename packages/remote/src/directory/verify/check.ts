import { join } from "node:path";
import { Checksum, isSeamlessError, type SeamlessError } from "@seamless/checksum";
import { hashFiles } from "@seamless/checksum/node";
import { mapParallel } from "@seamless/internal/parallel";
import { hashContents } from "../contents.ts";
import { formOf, parseName } from "../forms.ts";
import { isLocked } from "../locks.ts";
import { lookAt } from "../read-file.ts";
import { type WalkEntry, walkStore } from "../walk.ts";
import type { Step, Verification } from "./context.ts";
import { kindOf } from "./survey.ts";

/** Files that are hashed in one go: enough for threads to pay, and a few megabytes of names. */
const BATCH = 16_384;

/** Files that are read one by one, at a time: while one is hashed, others come from the disk. */
const AT_ONCE = 4;

/** How far it is, before the files that are being hashed. */
interface Done {
  files: number;
  bytes: number;
}

/** Hash every buffer again, and compare it with its name. */
export const check: Step = async (verification) => {
  const { place, options } = verification;
  const done: Done = { files: 0, bytes: 0 };
  let batch: WalkEntry[] = [];
  for await (const entry of walkStore(place, options.signal)) {
    if (kindOf(place, entry) !== "buffer") continue;
    batch.push(entry);
    if (batch.length < BATCH) continue;
    await checkBatch(verification, batch, done);
    batch = [];
  }
  await checkBatch(verification, batch, done);
  return done.files;
};

/** Those that lie there as they are, all at once; the others, and what is not right, one by one. */
async function checkBatch(verification: Verification, batch: readonly WalkEntry[], done: Done): Promise<void> {
  const { place, options } = verification;
  const { signal } = options;
  const free = await withoutLocked(verification, batch);
  // What is no file is looked at, and never opened.
  const isPlain = ({ name, isFile }: WalkEntry) => isFile && parseName(name)!.suffix === "";
  const plain = free.filter(isPlain);
  const rest = free.filter((entry) => !isPlain(entry));
  done.files += batch.length - free.length;
  const tell = (files: number, bytes: number) => {
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
  await mapParallel(plain, { limit: AT_ONCE }, async (entry, i) => {
    if (hashed.hex[i] === entry.name) note(verification, hashed.sizes[i]!);
    else await checkWrong(verification, entry, errors.get(`${place.root}/${entry.path}`));
  });
  await mapParallel(rest, { limit: AT_ONCE }, async (entry) => {
    done.bytes += await checkFile(verification, entry);
    done.files++;
    tell(0, 0);
  });
}

function note(verification: Verification, size: number): void {
  verification.buffers++;
  verification.bytes += size;
}

async function withoutLocked(verification: Verification, batch: readonly WalkEntry[]): Promise<readonly WalkEntry[]> {
  if (!verification.locks) return batch;
  const { place, locked } = verification;
  const held = await mapParallel(batch, { limit: AT_ONCE }, ({ path }) => isLocked(place.root, join(place.root, path)));
  locked.push(...batch.filter((_, i) => held[i]).map(({ path }) => path));
  return batch.filter((_, i) => !held[i]);
}

/** What was hashed and is another, or could not be read: unless its lock has come meanwhile, or it has gone. */
async function checkWrong(
  verification: Verification,
  entry: WalkEntry,
  error: SeamlessError | undefined,
): Promise<void> {
  // What changed while it was read is read once more.
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

/** It is wrong, by its bytes or by an error: unless somebody is writing it. */
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
