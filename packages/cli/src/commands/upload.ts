import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import {
  type IndexDirectoryOptions,
  type IndexedDirectory,
  type IndexPaths,
  indexDirectory,
  writeIndex,
} from "@seamless/checksum/node";
import { showPath } from "@seamless/internal/text";
import type { Store } from "@seamless/store";
import type { Decompression } from "../files/compressed.ts";
import { INDEXING_OPTIONS, indexingOf, leftOutSuffix } from "../files/indexing.ts";
import { indexPathsOf } from "../files/operands.ts";
import { checkWritable, leftoversOf, removeLeftovers } from "../files/output-files.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { amount, plural, printable } from "../program/format.ts";
import { bytesSource, putFile, putSource } from "../transfer/put.ts";
import { STORE_OPTIONS, withStore } from "../transfer/store.ts";
import { createRetry, PARALLEL_OPTION, transferAll } from "../transfer/transfers.ts";
import { checkStoreOutside, findMissing, type Missing, sizeOf } from "../transfer/upload-plan.ts";

export const upload: Subcommand = {
  operands: "DIR",
  details: [
    "Indexes DIR as seamless-checksum-index does, asks the store which files are missing, puts them, and puts the index",
    "last: a store that has an index has all of its files. Then writes DIR.INDEX and DIR.CHECKSUM beside DIR, and prints",
    "the checksum of the directory. After a failure, run it again: it puts only what is still missing. What the store",
    "already has is hashed by the store, or fetched and hashed here; a wrong copy is replaced, and hashed again.",
  ].join("\n"),
  options: {
    ...PARALLEL_OPTION,
    "trust-store": "trust the names and sizes that the store reports, and hash nothing of what it has",
    "dry-run": "print the checksum and what would be put; put and write nothing",
    "no-index": "do not write DIR.INDEX and DIR.CHECKSUM",
    ...INDEXING_OPTIONS,
    ...STORE_OPTIONS,
  },
  example: [
    "$ seamless upload --quiet data --store store",
    "40bb5584a5b0f69dea87c0aa97a948a5bb947e3371c583fb0e03173fc5a96c85",
  ].join("\n"),

  async run(call) {
    const paths = indexPathsOf(call.operands[0]!);
    const dryRun = call.flags["dry-run"] === true;
    const written = !dryRun && call.flags["no-index"] !== true;
    const indexing = await indexingOf(call);
    // Opened for writing for a dry run too: a folder that does not exist yet has no buffers.
    return withStore(call, true, async (store) => {
      await checkStoreOutside(paths.directory, store);
      if (written) await checkWritable(paths.index);
      const leftovers = written ? await leftoversOf([paths.index, paths.checksum]) : [];
      const options = await indexing.optionsFor(paths.directory);
      const found = await index(call, paths, options);
      const told = await indexing.tell(options, found);
      indexing.finish();
      const missing = await findMissing(call, store, paths.directory, found);
      const bytes = sizeOf(paths.directory, missing.files);
      for (const { checksum, name } of missing.corrupt) {
        const fate = dryRun ? "would be replaced" : "is replaced";
        call.console.warn(`${store.name} has a corrupt copy of ${checksum.hex()} (${name}): it ${fate}`);
      }
      if (!dryRun) await putAll(call, store, paths, found, missing, bytes, indexing.decompression);
      if (written) await writeIndex(paths.index, found, { signal: call.signal });
      printSummary(call, store, paths, found, { missing, bytes, written, told });
      await removeLeftovers(call.console, leftovers);
      return true;
    });
  },
};

/** @throws {SeamlessError} as `indexDirectory`; for a file, the message says what to do. */
async function index(call: Call, { directory }: IndexPaths, options: IndexDirectoryOptions): Promise<IndexedDirectory> {
  try {
    return await indexDirectory(directory, options);
  } catch (error) {
    const mistaken = isSeamlessError(error, "NOT_A_DIRECTORY") && (await isFile(directory));
    if (!mistaken) throw error;
    const message = `${error.message}; to put a file, use 'seamless put ${printable(call.operands[0]!)}'`;
    throw new SeamlessError("NOT_A_DIRECTORY", message, { cause: error, file: directory });
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

/** @throws {SeamlessError} `INDEX_FAILED` if a file failed; it has been reported. */
async function putAll(
  call: Call,
  store: Store,
  { directory }: IndexPaths,
  { buffer, checksum }: IndexedDirectory,
  { files, index }: Missing,
  totalBytes: number,
  decompression: Decompression,
): Promise<void> {
  const { signal } = call;
  const retry = createRetry(signal);
  const failed = await transferAll(call, {
    items: files,
    count: files.length,
    totalBytes,
    nameOf: ({ path }) => path,
    transfer: (file, onBytes) => {
      const path = join(directory, file.file);
      const content = decompression.of(file.file);
      return putFile(store, file.checksum, path, "since it was indexed", {
        signal,
        retry,
        onBytes,
        stored: file.stored,
        content: content && file.decoded && { ...content, ...file.decoded },
      });
    },
  });
  if (failed > 0) {
    const what = `cannot upload ${showPath(directory)}: ${failed} of ${plural(files.length, "file")} failed`;
    throw new SeamlessError("INDEX_FAILED", `${what}, so the index was not put; run it again to put what is missing`, {
      file: directory,
    });
  }
  if (index !== "ok") await putSource(store, checksum, bytesSource(buffer), { signal, retry, stored: index });
}

/** What was put, or would be in a dry run. */
interface Done {
  readonly missing: Missing;
  readonly bytes: number;
  readonly written: boolean;
  /** Members for `--json`. */
  readonly told: object;
}

function printSummary(
  { console, flags, operands }: Call,
  store: Store,
  { index }: IndexPaths,
  found: IndexedDirectory,
  done: Done,
): void {
  const { checksum, files, bytes } = found;
  const path = operands[0]!;
  const put = { files: done.missing.files.length, bytes: done.bytes };
  const replaced = done.missing.corrupt.map(({ checksum }) => checksum);
  const dryRun = flags["dry-run"] === true;
  console.result(checksum.hex(), {
    path,
    checksum,
    index,
    store: store.name,
    files,
    bytes,
    [dryRun ? "missing" : "put"]: put,
    ...(replaced.length === 0 ? {} : { [dryRun ? "corrupt" : "replaced"]: replaced }),
    proven: !flags["trust-store"],
    ...done.told,
    written: done.written,
  });
  const all = `${showPath(path)}: ${amount(files, "file", bytes)}`;
  const trusted = flags["trust-store"] ? "; what the store already had was not verified (--trust-store)" : "";
  const moved = `${dryRun ? "would put" : "put"} ${amount(put.files, "file", put.bytes)} into ${showPath(store.name)}`;
  console.note(`${all}; ${moved}${trusted}${leftOutSuffix(found)}`);
}
