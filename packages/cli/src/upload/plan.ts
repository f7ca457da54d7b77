import { statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import type { Checksum, DirectoryIndex } from "@seamless/checksum";
import { inBatches } from "../batches.ts";
import type { Call } from "../command.ts";
import { eachParallel } from "../parallel.ts";
import { printable } from "../printable.ts";
import type { Store } from "../store.ts";
import { UsageError } from "../usage.ts";
import { askVerdicts, fetchVerdict, type Verdict } from "../verdicts.ts";

/** A buffer that the store lacks or has wrong, and a file that has it. */
export interface MissingFile {
  readonly checksum: Checksum;
  /** Relative to the directory. */
  readonly path: string;
  /** The store has something else in its place. */
  readonly replaces: boolean;
}

/**
 * In bytes: of a server that does not hash what it has, smaller buffers are put again, and larger ones fetched and hashed,
 * which spares the server's disk.
 */
const SMALL = 2 ** 20;

/**
 * Ask the store what it lacks of a directory. What it says to have is proven: it hashes that, or we do, unless it is
 * trusted.
 *
 * @returns in the order of the paths; of equal files the first.
 */
export async function findMissing(
  call: Call,
  store: Store,
  directory: string,
  entries: DirectoryIndex,
): Promise<readonly MissingFile[]> {
  const { signal } = call;
  const different = new Map<string, Candidate>();
  for (const [path, checksum] of entries) {
    if (!different.has(checksum.hex())) different.set(checksum.hex(), { checksum, path, verdict: "missing" });
  }
  const all = [...different.values()];
  const lengths = await inBatches(all, (batch) =>
    store.lengths(
      batch.map(({ checksum }) => checksum),
      { signal },
    ),
  );
  const claimed: Candidate[] = [];
  for (const [i, candidate] of all.entries()) {
    if (lengths[i] === undefined) continue;
    // One of another length is not what it should be: putting it again mends that.
    const right = lengths[i] === sizeOfFile(directory, candidate.path);
    candidate.verdict = right ? "ok" : "corrupt";
    if (right) claimed.push(candidate);
  }
  if (!call.flags["trust-store"]) await prove(call, store, directory, claimed);
  const missing = all.filter(({ verdict }) => verdict !== "ok");
  return missing.map(({ checksum, path, verdict }) => {
    return { checksum, path, replaces: verdict === "corrupt" || verdict === "unreadable" };
  });
}

interface Candidate {
  readonly checksum: Checksum;
  readonly path: string;
  /** What is in the store; `unknown` where putting it again is cheaper than finding out. */
  verdict: Verdict;
}

async function prove(call: Call, store: Store, directory: string, claimed: readonly Candidate[]): Promise<void> {
  const verdicts = await askVerdicts(
    call,
    store,
    claimed.map(({ checksum }) => checksum),
  );
  for (const [i, candidate] of claimed.entries()) candidate.verdict = verdicts[i]!;
  const large = claimed.filter(({ path, verdict }) => {
    return verdict === "unknown" && (sizeOfFile(directory, path) ?? 0) > SMALL;
  });
  await eachParallel(large, FETCHES, call.signal, async (candidate) => {
    candidate.verdict = await fetchVerdict(store, candidate.checksum, call.signal);
  });
}

/** How many buffers are fetched at a time. */
const FETCHES = 4;

/** Of all files together, in bytes. One that is not there any more counts nothing; putting it says what is wrong. */
export async function sizeOf(directory: string, files: readonly MissingFile[], signal: AbortSignal): Promise<number> {
  let total = 0;
  await eachParallel(files, 1, signal, async ({ path }) => {
    total += sizeOfFile(directory, path) ?? 0;
  });
  return total;
}

/** Synchronous: by way of the thread pool it takes ten times as long. */
function sizeOfFile(directory: string, path: string): number | undefined {
  return statSync(join(directory, path), { throwIfNoEntry: false })?.size;
}

/**
 * A store within the directory would be uploaded into itself, and change while it is indexed.
 *
 * @throws {UsageError}
 */
export async function refuseWithin(directory: string, store: Store): Promise<void> {
  if (!("path" in store) || typeof store.path !== "string") return;
  const [outer, inner] = await Promise.all([real(directory), real(store.path)]);
  const way = relative(outer, inner);
  if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)) return;
  throw new UsageError(`the store ${printable(store.path)} lies in the directory that should be put there`);
}

/** With links followed, as far as there is something. */
async function real(path: string): Promise<string> {
  const above = dirname(path);
  return realpath(path).catch(async () => (above === path ? path : join(await real(above), basename(path))));
}
