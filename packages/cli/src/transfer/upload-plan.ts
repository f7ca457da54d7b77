import { statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Checksum } from "@seamless/checksum";
import type { DecodedFile, IndexedDirectory } from "@seamless/checksum/node";
import type { CheckResult, Store } from "@seamless/store";
import { UsageError } from "../program/arguments.ts";
import type { Call } from "../program/command.ts";
import { printable } from "../program/format.ts";
import { isWithin } from "./link-leftovers.ts";
import { mapBatches } from "./transfers.ts";
import { verifyByFetching, verifyInStore } from "./verify-buffers.ts";

/** A buffer that is missing or wrong in the store, and the file that has it. */
interface MissingFile {
  readonly checksum: Checksum;
  /** In the index. */
  readonly path: string;
  /** Where it is, relative to the directory. */
  readonly file: string;
  /** What it holds, if it is compressed, and that is what counts. */
  readonly decoded: DecodedFile | undefined;
  /** What the store has; `unknown` if putting it again is cheaper than verifying it. */
  readonly stored: CheckResult;
}

/** What is missing in the store of a directory. */
export interface Missing {
  /** In the order of the paths; the first of several equal files. */
  readonly files: readonly MissingFile[];
  /** What the store has of the index; `ok` if there is none. */
  readonly index: CheckResult;
  /** Wrong copies in the store, which are replaced: files first, the index last. */
  readonly corrupt: readonly { readonly checksum: Checksum; readonly name: string }[];
}

/**
 * In bytes. If a server cannot hash its buffers, smaller ones are put again, and larger ones fetched and hashed, which
 * spares the server's disk.
 */
const SMALL_BUFFER = 2 ** 20;

/** Files to put, and the index of them, if they have one. */
export interface FoundFiles extends Pick<IndexedDirectory, "entries" | "decoded"> {
  readonly index: Pick<IndexedDirectory, "checksum" | "buffer"> | undefined;
}

/**
 * Finds out which buffers of a directory, and its index, are missing in the store. Those that it claims to have are
 * verified, by the store or here, unless `--trust-store` is given.
 */
export async function findMissing(
  call: Call,
  store: Store,
  directory: string,
  { entries, decoded, index: own }: FoundFiles,
): Promise<Missing> {
  const { signal } = call;
  const lengthOf = (path: string) => decoded.get(path)?.length ?? sizeOfFile(directory, path);
  const different = new Map<string, Candidate>();
  for (const [path, checksum] of entries) {
    if (!different.has(checksum.hex())) different.set(checksum.hex(), { checksum, path, stored: "missing", length: 0 });
  }
  const files = [...different.values()];
  const index: Candidate | undefined = own && {
    checksum: own.checksum,
    stored: "missing",
    length: own.buffer.byteLength,
  };
  const all = index === undefined ? files : [...files, index];
  const lengths = await mapBatches(all, (batch) =>
    store.lengths(
      batch.map(({ checksum }) => checksum),
      { signal },
    ),
  );
  const claimed: Candidate[] = [];
  for (const [i, candidate] of all.entries()) {
    if (lengths[i] === undefined) continue;
    // A wrong length shows without hashing that the copy is wrong.
    const length = candidate.path === undefined ? candidate.length : lengthOf(candidate.path);
    const right = lengths[i] === length;
    candidate.stored = right ? "ok" : "corrupt";
    candidate.length = lengths[i];
    if (right) claimed.push(candidate);
  }
  if (!call.flags["trust-store"]) await prove(call, store, claimed);
  if (!call.flags["dry-run"]) await touch(call, store, claimed);
  return {
    files: files.flatMap(({ checksum, path = "", stored }) => {
      const content = decoded.get(path);
      return stored === "ok" ? [] : [{ checksum, path, file: content?.file ?? path, decoded: content, stored }];
    }),
    index: index?.stored ?? "ok",
    corrupt: all
      .filter(({ stored }) => stored === "corrupt" || stored === "unreadable")
      .map(({ checksum, path }) => ({ checksum, name: path === undefined ? "the index" : printable(path) })),
  };
}

interface Candidate {
  readonly checksum: Checksum;
  /** Relative to the directory; the index has none. */
  readonly path?: string;
  /** Length in bytes, once the store claims to have it. */
  length: number;
  /** What is in the store. */
  stored: CheckResult;
}

async function prove(call: Call, store: Store, claimed: readonly Candidate[]): Promise<void> {
  const verdicts = await verifyInStore(
    call,
    store,
    claimed.map(({ checksum }) => checksum),
  );
  for (const [i, candidate] of claimed.entries()) candidate.stored = verdicts[i]!;
  const large = claimed.filter(({ length, stored }) => stored === "unknown" && length > SMALL_BUFFER);
  const fetched = await verifyByFetching(call, store, large);
  for (const [i, candidate] of large.entries()) candidate.stored = fetched[i]!;
}

/** What need not be put again must not be removed as garbage before the index is there that leads to it. */
async function touch({ signal }: Call, store: Store, claimed: readonly Candidate[]): Promise<void> {
  if (store.touch === undefined) return;
  const right = claimed.filter(({ stored }) => stored === "ok");
  const checksums = right.map(({ checksum }) => checksum);
  const young = await mapBatches(checksums, (batch) => store.touch?.(batch, { signal }) ?? Promise.resolve([]));
  for (const [i, candidate] of right.entries()) if (young[i] === false) candidate.stored = "missing";
}

/** Total size in bytes. A file that has been removed counts as 0; putting it fails with the right error. */
export function sizeOf(directory: string, files: readonly MissingFile[]): number {
  return files.reduce((total, { file }) => total + (sizeOfFile(directory, file) ?? 0), 0);
}

/** Synchronous: through the thread pool it takes ten times as long. */
function sizeOfFile(directory: string, file: string): number | undefined {
  return statSync(join(directory, file), { throwIfNoEntry: false })?.size;
}

/**
 * Checks that the store is not inside the directory: it would be uploaded into itself, and change while it is indexed.
 *
 * @throws {UsageError} if it is.
 */
export async function checkStoreOutside(directory: string, store: Store): Promise<void> {
  if (!("path" in store) || typeof store.path !== "string") return;
  const [outer, inner] = await Promise.all([real(directory), real(store.path)]);
  if (!isWithin(outer, inner)) return;
  throw new UsageError(`the store ${printable(store.path)} is inside the directory that is to be uploaded`);
}

/** The path with links resolved, as far as it exists. */
async function real(path: string): Promise<string> {
  const above = dirname(path);
  return realpath(path).catch(async () => (above === path ? path : join(await real(above), basename(path))));
}
