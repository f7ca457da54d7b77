import { lstatSync, type Stats } from "node:fs";
import { basename, dirname } from "node:path";
import { type Checksum, type DirectoryIndex, SeamlessError } from "@seamless/checksum";
import { absolutePath } from "@seamless/checksum/node";
import { showPath } from "@seamless/internal/text";
import type { Store } from "@seamless/store";
import type { Compression } from "../files/compressed.ts";
import { removeLeftovers } from "../files/output-files.ts";
import type { Call } from "../program/command.ts";
import { amount, listed, plural } from "../program/format.ts";
import type { DownloadContent, DownloadJob } from "./download-jobs.ts";
import { checkSafePaths } from "./download-plan.ts";
import { handleUnlisted } from "./handle-unlisted.ts";
import type { Linking } from "./links.ts";
import { leftoversWithin, makeTarget, pathIn, restore, spellingsOf } from "./restore.ts";
import { createRetry, eachBatch, transferAll } from "./transfers.ts";
import { findUnlisted } from "./unlisted.ts";

/** What is known of a job before anything is written. */
export interface DownloadPlan {
  readonly job: DownloadJob;
  readonly content: DownloadContent;
  readonly target: string;
  /** Where the files are, by their paths in the table. */
  readonly directory: string;
  /** The files by the names that they get. */
  readonly entries: DirectoryIndex;
  /** Whether nothing of it is left out. */
  readonly whole: boolean;
  readonly lengthOf: (checksum: Checksum) => number | undefined;
  readonly compression: Compression | undefined;
}

/**
 * Plans to download what a job requests.
 *
 * @throws {SeamlessError} as `checkSafePaths`; what the store throws.
 */
export async function planDownload(
  call: Call,
  store: Store,
  job: DownloadJob,
  content: DownloadContent,
  compression: Compression | undefined,
): Promise<DownloadPlan> {
  const isFile = content.kind === "file";
  const suffix = compression?.suffix ?? "";
  const target = isFile ? job.target + suffix : job.target;
  const entries = isFile ? new Map([[basename(target), content.checksum]]) : withSuffix(content.wanted, suffix);
  if (!isFile) checkSafePaths(entries, job.operand.given);
  const lengths = await lengthsOf(store, entries, call.signal);
  return {
    ...{ job, content, target, entries, compression },
    directory: isFile ? dirname(target) : target,
    whole: !isFile && content.wanted === content.all,
    lengthOf: (checksum) => lengths.get(checksum.hex()),
  };
}

/** How much is to be written: what is not there yet, or has another length. */
export function amountToWrite(plans: readonly DownloadPlan[]): { readonly files: number; readonly bytes: number } {
  let [files, bytes] = [0, 0];
  for (const { directory, entries, lengthOf, compression } of plans) {
    for (const [path, checksum] of entries) {
      const length = lengthOf(checksum) ?? 0;
      const there = lookAt(pathIn(directory, path));
      if (there?.isFile() && (compression !== undefined || there.size === length)) continue;
      files++;
      bytes += length;
    }
  }
  return { files, bytes };
}

/** Synchronous: through the thread pool it takes ten times as long. Failures are reported when the file is written. */
function lookAt(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * Downloads what was planned, and prints what came of it.
 *
 * @returns whether the target has no unlisted files.
 */
export async function download(
  call: Call,
  store: Store,
  plan: DownloadPlan,
  linking: Linking | undefined,
): Promise<boolean> {
  const { signal, console } = call;
  const { job, target, directory, entries, content, whole } = plan;
  const dryRun = call.flags["dry-run"] === true;
  if (!dryRun) await makeTarget(directory);
  const leftovers = await leftoversWithin(absolutePath(directory), entries);
  const done = await restoreAll(call, store, plan, linking);
  const removed = dryRun ? leftovers.length : await removeLeftovers(console, leftovers);
  checkComplete(target, entries.size, done);
  const going = new Set(dryRun ? leftovers.map(({ file }) => file) : []);
  const found = whole ? await findUnlisted(directory, entries, signal) : [];
  const others = found.filter(({ path }) => !going.has(absolutePath(pathIn(directory, path))));
  others.sort((a, b) => (a.path < b.path ? -1 : 1));
  const { left, deleted } = await handleUnlisted(call, directory, others);
  const { bytes, written } = done;
  const files = entries.size;
  const leftOut = content.all === undefined || whole ? undefined : content.all.size - files;
  console.result(listed(target), {
    path: job.operand.given,
    checksum: content.checksum,
    target,
    store: store.name,
    files,
    bytes,
    [dryRun ? "missing" : "written"]: written,
    ...(leftOut === undefined ? {} : { leftOut: { files: leftOut, folders: 0 } }),
    ...(others.length === 0
      ? {}
      : { others: left.map(({ path }) => path), [dryRun ? "unwanted" : "deleted"]: deleted }),
    ...(removed === 0 ? {} : { leftovers: removed }),
  });
  const parts = [
    `${showPath(target)}: ${amount(files, "file", bytes)}`,
    `${dryRun ? "would write" : "wrote"} ${amount(written.files, "file", written.bytes)} from ${store.name}`,
  ];
  if (leftOut !== undefined) parts.push(`left out ${plural(leftOut, "file")} of the index`);
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

async function restoreAll(call: Call, store: Store, plan: DownloadPlan, linking: Linking | undefined): Promise<Done> {
  const { signal } = call;
  const { directory: target, entries, lengthOf, compression } = plan;
  const [force, dryRun] = [call.flags["force"] === true, call.flags["dry-run"] === true];
  let totalBytes = 0;
  for (const checksum of entries.values()) totalBytes += lengthOf(checksum) ?? 0;
  const retry = createRetry(signal);
  const turns = createTurns();
  const options = {
    store,
    target,
    force,
    dryRun,
    compression,
    linking,
    signal,
    retry,
    spellings: spellingsOf(entries),
  };
  const done: Done = { bytes: 0, written: { files: 0, bytes: 0 }, failed: 0 };
  done.failed = await transferAll<readonly [string, Checksum]>(call, {
    items: entries,
    count: entries.size,
    totalBytes,
    nameOf: ([path]) => path,
    transfer: async ([path, checksum], onBytes) => {
      let size = 0;
      const work = () =>
        restore({ path, checksum, length: lengthOf(checksum) }, options, (bytes) => {
          size = bytes;
          onBytes(bytes);
        });
      // A new link to a file changes its times, while another name of it may be read.
      const written = await (linking?.kind === "hard" ? turns(checksum.hex(), work) : work());
      done.bytes += size;
      if (!written) return;
      done.written.files++;
      done.written.bytes += size;
    },
  });
  return done;
}

/** Makes a function that runs what has the same key one after the other. */
function createTurns() {
  const last = new Map<string, Promise<unknown>>();
  return <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, turn);
    const forget = () => {
      if (last.get(key) === turn) last.delete(key);
    };
    turn.then(forget, forget);
    return turn;
  };
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
