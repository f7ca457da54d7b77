import { statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import type { Checksum } from "@seamless/checksum";
import type { IndexedDirectory } from "@seamless/checksum/node";
import { UsageError } from "../program/arguments.ts";
import type { Call } from "../program/command.ts";
import { printable } from "../program/format.ts";
import type { Store } from "./store.ts";
import { eachParallel, mapBatches } from "./transfers.ts";
import { type Verdict, verifyByFetching, verifyInStore } from "./verify-buffers.ts";

/** A buffer that the store lacks or has wrong, and a file that has it. */
export interface MissingFile {
  readonly checksum: Checksum;
  /** Relative to the directory. */
  readonly path: string;
  /** What the store has in its place; `unknown` where putting it again is cheaper than finding out. */
  readonly stored: Verdict;
}

/** What the store lacks of a directory. */
export interface Missing {
  /** In the order of the paths; of equal files the first. */
  readonly files: readonly MissingFile[];
  /** What the store has as the index. */
  readonly index: Verdict;
  /** What is wrong in the store, and replaced: files, and the index at last. */
  readonly corrupt: readonly { readonly checksum: Checksum; readonly name: string }[];
}

/**
 * In bytes: of a server that does not hash what it has, smaller buffers are put again, and larger ones fetched and hashed,
 * which spares the server's disk.
 */
const SMALL = 2 ** 20;

/**
 * Ask the store what it lacks of a directory and its index. What it says to have is proven: it hashes that, or we do, unless
 * it is trusted.
 */
export async function findMissing(
  call: Call,
  store: Store,
  directory: string,
  { entries, buffer, checksum }: IndexedDirectory,
): Promise<Missing> {
  const { signal } = call;
  const different = new Map<string, Candidate>();
  for (const [path, checksum] of entries) {
    if (!different.has(checksum.hex())) different.set(checksum.hex(), { checksum, path, stored: "missing", length: 0 });
  }
  const files = [...different.values()];
  const index: Candidate = { checksum, stored: "missing", length: buffer.byteLength };
  const all = [...files, index];
  const lengths = await mapBatches(all, (batch) =>
    store.lengths(
      batch.map(({ checksum }) => checksum),
      { signal },
    ),
  );
  const claimed: Candidate[] = [];
  for (const [i, candidate] of all.entries()) {
    if (lengths[i] === undefined) continue;
    // One of another length is not what it should be: putting it again mends that.
    const length = candidate.path === undefined ? candidate.length : sizeOfFile(directory, candidate.path);
    const right = lengths[i] === length;
    candidate.stored = right ? "ok" : "corrupt";
    candidate.length = lengths[i];
    if (right) claimed.push(candidate);
  }
  if (!call.flags["trust-store"]) await prove(call, store, claimed);
  return {
    files: files.flatMap(({ checksum, path, stored }) => (stored === "ok" ? [] : [{ checksum, path: path!, stored }])),
    index: index.stored,
    corrupt: all
      .filter(({ stored }) => stored === "corrupt" || stored === "unreadable")
      .map(({ checksum, path }) => ({ checksum, name: path === undefined ? "the index" : printable(path) })),
  };
}

interface Candidate {
  readonly checksum: Checksum;
  /** Relative to the directory; the index has none. */
  readonly path?: string;
  /** In bytes, where the store says to have it. */
  length: number;
  /** What is in the store. */
  stored: Verdict;
}

async function prove(call: Call, store: Store, claimed: readonly Candidate[]): Promise<void> {
  const verdicts = await verifyInStore(
    call,
    store,
    claimed.map(({ checksum }) => checksum),
  );
  for (const [i, candidate] of claimed.entries()) candidate.stored = verdicts[i]!;
  const large = claimed.filter(({ length, stored }) => stored === "unknown" && length > SMALL);
  const fetched = await verifyByFetching(call, store, large);
  for (const [i, candidate] of large.entries()) candidate.stored = fetched[i]!;
}

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
export async function checkStoreOutside(directory: string, store: Store): Promise<void> {
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
