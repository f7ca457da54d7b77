import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { type IndexedDirectory, type IndexPaths, indexDirectory, showPath, writeIndex } from "@seamless/checksum/node";
import { indexOptions, indexPathsOf, noteSkipped } from "../files/operands.ts";
import { checkWritable, leftoversOf, removeLeftovers } from "../files/output-files.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { amount, plural, printable } from "../program/format.ts";
import { bytesSource, putFile, putSource } from "../transfer/put.ts";
import { STORE_OPTIONS, type Store, withStore } from "../transfer/store.ts";
import { createRetry, PARALLEL_OPTION, transferAll } from "../transfer/transfers.ts";
import { checkStoreOutside, findMissing, type Missing, sizeOf } from "../transfer/upload-plan.ts";

export const upload: Subcommand = {
  operands: "DIR",
  details: [
    "Indexes DIR as seamless-checksum-index does, asks the store what it lacks, puts that, and the index last: where the",
    "store has an index, it has all files of it. Then writes DIR.INDEX and DIR.CHECKSUM beside DIR, and prints the",
    "checksum of the directory. Run again after a failure, it puts only what is still missing. What the store has already",
    "is hashed there, or here if the store cannot; what is wrong is replaced, and hashed again.",
  ].join("\n"),
  options: {
    ...PARALLEL_OPTION,
    "trust-store": "believe the store what it has, by name and size, and hash nothing of it",
    "dry-run": "print the checksum, and say what would be put; put and write nothing",
    "no-index": "do not write DIR.INDEX and DIR.CHECKSUM",
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
    // Also where nothing is put: a folder that is still to be made lacks everything.
    return withStore(call, true, async (store) => {
      await checkStoreOutside(paths.directory, store);
      if (written) await checkWritable(paths.index);
      const leftovers = written ? await leftoversOf([paths.index, paths.checksum]) : [];
      const found = await index(call, paths);
      noteSkipped(call, found.skipped);
      const missing = await findMissing(call, store, paths.directory, found);
      const bytes = await sizeOf(paths.directory, missing.files, call.signal);
      for (const { checksum, name } of missing.corrupt) {
        const fate = dryRun ? "would be replaced" : "is replaced";
        call.console.warn(`${store.name} has a corrupt copy of ${checksum.hex()} (${name}): it ${fate}`);
      }
      if (!dryRun) await putAll(call, store, paths, found, missing, bytes);
      if (written) await writeIndex(paths.index, found, { signal: call.signal });
      tell(call, store, paths, found, { missing, bytes, written });
      await removeLeftovers(call.console, leftovers);
      return true;
    });
  },
};

/** @throws {SeamlessError} what indexing throws; where it is only a file, with what to do. */
async function index(call: Call, { directory }: IndexPaths): Promise<IndexedDirectory> {
  try {
    return await indexDirectory(directory, indexOptions(call));
  } catch (error) {
    const mistaken = isSeamlessError(error, "NOT_A_DIRECTORY") && (await isFile(directory));
    if (!mistaken) throw error;
    const message = `${error.message}; 'seamless put ${printable(call.operands[0]!)}' puts a file`;
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
): Promise<void> {
  const { signal } = call;
  const retry = createRetry(signal);
  const failed = await transferAll(call, {
    items: files,
    count: files.length,
    totalBytes,
    nameOf: ({ path }) => path,
    move: (file, onBytes) => {
      const path = join(directory, file.path);
      return putFile(store, file.checksum, path, "since it was indexed", { signal, retry, onBytes, stored: file.stored });
    },
  });
  if (failed > 0) {
    const what = `cannot upload ${showPath(directory)}: ${failed} of ${plural(files.length, "file")} failed`;
    throw new SeamlessError(
      "INDEX_FAILED",
      `${what}, and so the index was not put; run it again to put what is missing`,
      {
        file: directory,
      },
    );
  }
  if (index !== "ok") await putSource(store, checksum, bytesSource(buffer), { signal, retry, stored: index });
}

/** What was put, or would be. */
interface Done {
  readonly missing: Missing;
  readonly bytes: number;
  readonly written: boolean;
}

function tell(
  { console, flags, operands }: Call,
  store: Store,
  { index }: IndexPaths,
  found: IndexedDirectory,
  done: Done,
): void {
  const { checksum, entries, bytes, skipped } = found;
  const path = operands[0]!;
  const put = { files: done.missing.files.length, bytes: done.bytes };
  const replaced = done.missing.corrupt.map(({ checksum }) => checksum);
  const dryRun = flags["dry-run"] === true;
  console.result(checksum.hex(), {
    path,
    checksum,
    index,
    store: store.name,
    files: entries.size,
    bytes,
    [dryRun ? "missing" : "put"]: put,
    ...(replaced.length === 0 ? {} : { [dryRun ? "corrupt" : "replaced"]: replaced }),
    proven: !flags["trust-store"],
    skipped,
    written: done.written,
  });
  const all = `${showPath(path)}: ${amount(entries.size, "file", bytes)}`;
  const trusted = flags["trust-store"] ? "; what the store has is not proven (--trust-store)" : "";
  const moved = `${dryRun ? "would put" : "put"} ${amount(put.files, "file", put.bytes)} into ${showPath(store.name)}`;
  console.note(`${all}; ${moved}${trusted}`);
}
