import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Checksum } from "@seamless/checksum";
import { fileError, indexDirectory, writeAtomic, writeIndex } from "@seamless/checksum/node";
import type { Store } from "@seamless/store";
import { indexPathsOf } from "../files/index-operands.ts";
import { type Indexing, leftOutSuffix } from "../files/indexing.ts";
import { checkDistinctTargets, checksumPathOf } from "../files/operands.ts";
import { checkWritable, type Leftover, leftoversOf } from "../files/output-files.ts";
import { UsageError } from "../program/arguments.ts";
import type { Call } from "../program/command.ts";
import { hashContent } from "./hash-content.ts";
import type { Linking } from "./links.ts";
import { checkStoreOutside, type FoundFiles, findMissing, type Missing, sizeOf } from "./upload-plan.ts";

/** A directory or a file to upload. */
export interface UploadJob {
  readonly operand: string;
  /** What its checksum is printed with, if there are several. */
  readonly label: string;
  /** Finds out what is to be put. */
  plan(store: Store, linking: Linking | undefined): Promise<UploadPlan>;
}

/** What is known of it before anything is put. */
export interface UploadPlan {
  /** Where the files are. */
  readonly directory: string;
  readonly found: FoundFiles;
  readonly checksum: Checksum;
  /** How many files there are, and how large they are together, in bytes. */
  readonly files: number;
  readonly bytes: number;
  readonly missing: Missing;
  /** Size of what is missing, in bytes. */
  readonly missingBytes: number;
  /** Members for `--json`. */
  readonly told: object;
  /** What was left out, to follow the summary. */
  readonly leftOut: string;
  /** To remove in the end. */
  readonly leftovers: readonly Leftover[];
  /** Writes what goes beside it: the index and its checksum, or the checksum of the file. */
  write(): Promise<void>;
}

/**
 * The jobs of the operands, which are all checked before any work is done.
 *
 * @param written - Whether something is written beside them.
 * @throws {UsageError} for operands that make no sense.
 */
export async function uploadJobs(call: Call, indexing: Indexing, written: boolean): Promise<readonly UploadJob[]> {
  const { operands } = call;
  if (operands.includes("-")) {
    throw new UsageError("standard input has no name to write a checksum file beside: 'seamless put -' puts it");
  }
  const files = new Set<string>();
  const lost = new Map<string, unknown>();
  for (const operand of operands) {
    const stats = await stat(operand).catch((error) => void lost.set(operand, fileError(error, operand, "upload")));
    if (stats?.isFile()) files.add(operand);
  }
  const checksumPath = (operand: string) =>
    files.has(operand)
      ? checksumPathOf(indexing.decompression.of(operand)?.name ?? operand)
      : indexPathsOf(operand).checksum;
  checkDistinctTargets(operands, checksumPath);
  indexing.decompression.count([...files]);
  if (files.size > 0 && call.given.includes("incremental")) {
    call.console.note("--incremental is for directories: single files are read each time");
  }
  return operands.map((operand) =>
    files.has(operand)
      ? fileJob(call, indexing, operand, checksumPath(operand), written)
      : directoryJob(call, indexing, operand, written, lost.get(operand)),
  );
}

/** @param error - Why it cannot be looked at, if so. */
function directoryJob(call: Call, indexing: Indexing, operand: string, written: boolean, error: unknown): UploadJob {
  const { directory, index, checksum: checksumFile } = indexPathsOf(operand);
  return {
    operand,
    label: index,
    async plan(store, linking) {
      if (error !== undefined) throw error;
      await checkStoreOutside(directory, store);
      if (written) await checkWritable(index);
      const leftovers = written ? await leftoversOf([index, checksumFile]) : [];
      await linking?.tidy(directory, true);
      const options = await indexing.optionsFor(directory);
      const found = await indexDirectory(directory, options);
      indexing.checkNotEmpty(operand, found);
      const told = { index, ...(await indexing.tell(options, found)) };
      const { checksum, buffer, bytes, files } = found;
      return {
        ...(await planOf(call, store, directory, { ...found, index: { checksum, buffer } })),
        ...{ checksum, files, bytes, told, leftovers, leftOut: leftOutSuffix(found) },
        write: async () => {
          await writeIndex(index, found, { signal: call.signal });
        },
      };
    },
  };
}

function fileJob(call: Call, indexing: Indexing, operand: string, checksumFile: string, written: boolean): UploadJob {
  const { console, signal } = call;
  const directory = dirname(operand);
  const compressed = indexing.decompression.of(operand);
  const name = basename(compressed?.name ?? operand);
  return {
    operand,
    label: compressed?.name ?? operand,
    async plan(store, linking) {
      if (written) await checkWritable(checksumFile);
      await linking?.tidy(operand, false);
      const leftovers = written ? await leftoversOf([checksumFile]) : [];
      const progress = console.progress();
      const totalBytes = (await stat(operand).catch(() => undefined))?.size ?? 0;
      const onBytes = (bytes: number) => progress?.update({ files: 0, totalFiles: 1, bytes, totalBytes });
      const { checksum, content } = await hashContent(operand, compressed, signal, onBytes);
      const file = basename(operand);
      const found: FoundFiles = {
        entries: new Map([[name, checksum]]),
        decoded: new Map(content && [[name, { file, length: content.length, decoding: content.decoding }]]),
        index: undefined,
      };
      const bytes = content?.length ?? (await stat(operand)).size;
      return {
        ...(await planOf(call, store, directory, found)),
        ...{ checksum, files: 1, bytes, told: { file: checksumFile }, leftovers, leftOut: "" },
        write: async () => {
          await writeAtomic(checksumFile, `${checksum.hex()}\n`, { signal });
        },
      };
    },
  };
}

async function planOf(call: Call, store: Store, directory: string, found: FoundFiles) {
  const missing = await findMissing(call, store, directory, found);
  return { directory, found, missing, missingBytes: sizeOf(directory, missing.files) };
}
