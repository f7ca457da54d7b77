import { basename, dirname } from "node:path";
import { type Checksum, type DirectoryIndex, SeamlessError } from "@seamless/checksum";
import { absolutePath } from "@seamless/checksum/node";
import { showPath } from "@seamless/internal/text";
import type { Store } from "@seamless/store";
import { COMPRESSION_OPTION, type Compression, compressionOf } from "../files/compressed.ts";
import { type Operand, resolveOperands } from "../files/operands.ts";
import { removeLeftovers } from "../files/output-files.ts";
import { UsageError } from "../program/arguments.ts";
import { canAsk, confirm } from "../program/ask.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { amount, listed, plural } from "../program/format.ts";
import { checkSafePaths, MAX_ENTRIES, readRequested, targetOf } from "../transfer/download-plan.ts";
import { RATE_OPTION } from "../transfer/rate.ts";
import { leftoversWithin, makeTarget, pathIn, restore, spellingsOf } from "../transfer/restore.ts";
import { STORE_OPTIONS, withStore } from "../transfer/store.ts";
import { createRetry, eachBatch, PARALLEL_OPTION, transferAll } from "../transfer/transfers.ts";
import {
  checkDeletionAllowed,
  deleteUnlisted,
  findUnlisted,
  isTemporary,
  reasonToKeep,
  type UnlistedFile,
} from "../transfer/unlisted.ts";

export const download: Subcommand = {
  operands: "INDEX|CHECKSUM…",
  details: [
    "INDEX is the path of an index, DIR.INDEX. CHECKSUM is that of a directory whose index is in the store: 64 hex digits,",
    "or the path of DIR.CHECKSUM. DIR alone stands for DIR.INDEX if that exists, else for DIR.CHECKSUM. Makes DIR, or the",
    "directory that --output names, and prints its path. FILE.CHECKSUM of a file makes FILE. Files that already exist and",
    "are right are kept, so that it can be run again after a failure; one that differs is an error. Files in DIR that the",
    "index does not list are reported, and the exit status is then 1, since the checksum of DIR differs. Links are not",
    "followed. Temporary files left by an interrupted download of the same files are removed once they are an hour old,",
    "others only with --delete.",
  ].join("\n"),
  options: {
    output: { kind: "text", value: "DIR", short: "o", does: "the directory to make" },
    ...PARALLEL_OPTION,
    ...RATE_OPTION,
    ...COMPRESSION_OPTION,
    force: "replace files that differ, and links in their place",
    delete: "delete files in DIR that the index does not list, once all others are right; asks first",
    yes: "do not ask before deleting",
    "dry-run": "print what would be written and deleted; do neither",
    "max-entries": {
      kind: "number",
      value: "N",
      min: 1,
      max: 100_000_000,
      does: `how many files an index may list (default ${MAX_ENTRIES})`,
    },
    ...STORE_OPTIONS,
  },
  example: [
    "$ export SEAMLESS_STORE=store",
    "$ seamless upload --quiet data",
    "40bb5584a5b0f69dea87c0aa97a948a5bb947e3371c583fb0e03173fc5a96c85",
    "$ seamless download --quiet data.INDEX --output copy",
    "copy",
  ].join("\n"),

  async run(call) {
    const { operands: given, texts, flags, console, signal } = call;
    if (flags["delete"] && !flags["yes"] && !flags["dry-run"] && !canAsk()) {
      throw new UsageError(
        "--delete asks for confirmation, and there is no terminal: use --yes, or look first with --dry-run",
      );
    }
    if (flags["yes"] && !flags["delete"]) throw new UsageError("--yes is only for use with --delete");
    if (given.length > 1 && texts["output"] !== undefined) {
      throw new UsageError("--output is for a single operand");
    }
    const compression = await compressionOf(call);
    const jobs = (await resolveOperands(given)).map((operand) => ({
      operand,
      target: texts["output"] ?? targetOf(operand),
    }));
    if (flags["delete"]) for (const { target } of jobs) await checkDeletionAllowed(target);
    return withStore(call, false, async (store) => {
      if (flags["delete"]) for (const { operand } of jobs) await checkIsDirectory(call, store, operand);
      let ok = true;
      for (const { operand, target } of jobs) {
        try {
          ok = (await downloadOne(call, store, operand, target, compression)) && ok;
        } catch (error) {
          if (jobs.length === 1) throw error;
          signal.throwIfAborted();
          console.report(error, operand.given);
          ok = false;
        }
      }
      return ok;
    });
  },
};

function limitsOf({ numbers, signal }: Call) {
  return { maxEntries: numbers["max-entries"] ?? MAX_ENTRIES, signal };
}

/**
 * Checks that an operand does not request a file, which `--delete` cannot be used with.
 *
 * @throws {UsageError} if it does.
 */
async function checkIsDirectory(call: Call, store: Store, operand: Operand): Promise<void> {
  // Only a `.CHECKSUM` file can be of either kind. Other errors are reported when it is downloaded.
  if (operand.kind !== "checksum") return;
  const wanted = await readRequested(store, operand, limitsOf(call)).catch(() => undefined);
  call.signal.throwIfAborted();
  if (wanted?.kind !== "file") return;
  throw new UsageError(`--delete is for directories, but ${showPath(operand.given)} is the checksum of a file`);
}

/** @returns whether the target has no unlisted files. */
async function downloadOne(
  call: Call,
  store: Store,
  operand: Operand,
  plainTarget: string,
  compression: Compression | undefined,
): Promise<boolean> {
  const { signal, console } = call;
  const dryRun = call.flags["dry-run"] === true;
  const wanted = await readRequested(store, operand, limitsOf(call));
  const { checksum } = wanted;
  const whole = wanted.kind === "directory";
  const suffix = compression?.suffix ?? "";
  const target = whole ? plainTarget : plainTarget + suffix;
  const directory = whole ? target : dirname(target);
  const entries: DirectoryIndex = whole ? withSuffix(wanted.entries, suffix) : new Map([[basename(target), checksum]]);
  if (whole) checkSafePaths(entries, operand.given);
  if (!dryRun) await makeTarget(directory);
  const leftovers = await leftoversWithin(absolutePath(directory), entries);
  const done = await restoreAll(call, store, directory, entries, compression);
  const removed = dryRun ? leftovers.length : await removeLeftovers(console, leftovers);
  checkComplete(target, entries.size, done);
  const ours = new Set(leftovers.map(({ file }) => file));
  const found = whole ? await findUnlisted(directory, entries, signal) : [];
  const others = found.filter(({ path }) => !ours.has(absolutePath(pathIn(directory, path))));
  others.sort((a, b) => (a.path < b.path ? -1 : 1));
  const { left, deleted } = await handleUnlisted(call, directory, others);
  const { bytes, written } = done;
  const files = entries.size;
  console.result(listed(target), {
    path: operand.given,
    checksum,
    target,
    store: store.name,
    files,
    bytes,
    [dryRun ? "missing" : "written"]: written,
    ...(others.length === 0
      ? {}
      : { others: left.map(({ path }) => path), [dryRun ? "unwanted" : "deleted"]: deleted }),
    ...(removed === 0 ? {} : { leftovers: removed }),
  });
  const parts = [
    `${showPath(target)}: ${amount(files, "file", bytes)}`,
    `${dryRun ? "would write" : "wrote"} ${amount(written.files, "file", written.bytes)} from ${showPath(store.name)}`,
  ];
  if (deleted.length > 0) parts.push(`${dryRun ? "would delete" : "deleted"} ${plural(deleted.length, "file")}`);
  if (removed > 0) {
    const what = `${plural(removed, "temporary file")} of interrupted downloads`;
    parts.push(`${dryRun ? "would remove" : "removed"} ${what}`);
  }
  console.note(parts.join("; "));
  return left.length === 0;
}

/** What was done. */
interface Done {
  /** Size of all files, in bytes. */
  bytes: number;
  readonly written: { files: number; bytes: number };
  failed: number;
}

/** The files by the names that they get. */
function withSuffix(entries: DirectoryIndex, suffix: string): DirectoryIndex {
  return suffix === "" ? entries : new Map(Array.from(entries, ([path, checksum]) => [path + suffix, checksum]));
}

async function restoreAll(
  call: Call,
  store: Store,
  target: string,
  entries: DirectoryIndex,
  compression: Compression | undefined,
): Promise<Done> {
  const { signal } = call;
  const [force, dryRun] = [call.flags["force"] === true, call.flags["dry-run"] === true];
  const lengths = await lengthsOf(store, entries, signal);
  const lengthOf = (checksum: Checksum) => lengths.get(checksum.hex());
  let totalBytes = 0;
  for (const checksum of entries.values()) totalBytes += lengthOf(checksum) ?? 0;
  const retry = createRetry(signal);
  const options = { store, target, force, dryRun, compression, signal, retry, spellings: spellingsOf(entries) };
  const done: Done = { bytes: 0, written: { files: 0, bytes: 0 }, failed: 0 };
  done.failed = await transferAll<readonly [string, Checksum]>(call, {
    items: entries,
    count: entries.size,
    totalBytes,
    nameOf: ([path]) => path,
    transfer: async ([path, checksum], onBytes) => {
      let size = 0;
      const written = await restore({ path, checksum, length: lengthOf(checksum) }, options, (bytes) => {
        size = bytes;
        onBytes(bytes);
      });
      done.bytes += size;
      if (!written) return;
      done.written.files++;
      done.written.bytes += size;
    },
  });
  return done;
}

/** @throws {SeamlessError} `INDEX_FAILED` if a file failed; it has been reported. */
function checkComplete(target: string, files: number, { failed }: Done): void {
  if (failed === 0) return;
  const what = `${showPath(target)} is not complete: ${failed} of ${plural(files, "file")} failed`;
  throw new SeamlessError("INDEX_FAILED", what, { file: target });
}

/**
 * Lengths in bytes by checksum; `undefined` for buffers that the store does not have. A single table: it may have a
 * million rows.
 */
async function lengthsOf(
  store: Store,
  entries: DirectoryIndex,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number | undefined>> {
  const lengths = new Map<string, number | undefined>();
  const different = function* () {
    for (const checksum of entries.values()) {
      if (lengths.has(checksum.hex())) continue;
      lengths.set(checksum.hex(), undefined);
      yield checksum;
    }
  };
  await eachBatch(different(), async (batch) => {
    const found = await store.lengths(batch, { signal });
    for (const [i, checksum] of batch.entries()) lengths.set(checksum.hex(), found[i]);
  });
  return lengths;
}

/**
 * Reports files that the index does not list, and deletes them with `--delete`. Temporary files of other runs are not
 * reported.
 */
async function handleUnlisted(call: Call, target: string, found: readonly UnlistedFile[]) {
  const { console, flags, signal } = call;
  const shown = (other: UnlistedFile) => showPath(pathIn(target, other.path));
  const others = found.filter((other) => !isTemporary(other));
  if (!flags["delete"]) {
    for (const other of others) console.warn(`${shown(other)} is not in the index`);
    if (others.length > 0) {
      const they = others.length === 1 ? "a file that is" : `${others.length} files that are`;
      console.warn(`${showPath(target)} has ${they} not in the index, so its checksum differs; --delete removes them`);
    }
    return { left: others, deleted: [] };
  }
  const unwanted: UnlistedFile[] = [];
  const left: UnlistedFile[] = [];
  for (const other of found) {
    const why = reasonToKeep(other);
    if (why === undefined) {
      unwanted.push(other);
      // With --yes nothing has to be decided: each file is reported once it is deleted.
      if (flags["dry-run"]) console.note(`${shown(other)} is not in the index: would delete it`);
      else if (!flags["yes"]) console.note(`${shown(other)} is not in the index`);
      continue;
    }
    console.warn(`${shown(other)} is not in the index, but is kept: ${why}`);
    if (!isTemporary(other)) left.push(other);
  }
  if (flags["dry-run"] || unwanted.length === 0) return { left, deleted: unwanted.map(({ path }) => path) };
  const question = `Delete ${plural(unwanted.length, "file")} of ${showPath(target)}? [y/N] `;
  if (!flags["yes"] && !(await confirm(question, signal))) {
    console.warn("nothing was deleted");
    return { left: others, deleted: [] };
  }
  await checkDeletionAllowed(target);
  const deleted: string[] = [];
  for (const other of unwanted) {
    signal.throwIfAborted();
    try {
      await deleteUnlisted(target, other);
      deleted.push(other.path);
      console.note(`deleted ${shown(other)}, which is not in the index`);
    } catch (error) {
      console.report(error, other.path);
      left.push(other);
    }
  }
  return { left, deleted };
}
