import { type DirectoryIndex, SeamlessError } from "@seamless/checksum";
import type { IndexDirectoryOptions, IndexedDirectory } from "@seamless/checksum/node";
import { isTemporaryName } from "@seamless/internal/files";
import { showPath } from "@seamless/internal/text";
import type { Call } from "../program/command.ts";
import { plural, printable } from "../program/format.ts";
import type { OptionTable } from "../program/options.ts";
import { DECOMPRESS_OPTION, type Decompression, decompressionOf } from "./compressed.ts";
import { MEMORY_OPTIONS, noteMemory, openMemories } from "./memory.ts";
import { describeLeftOut, noteUnmatched, SELECTION_OPTIONS, selectionOf } from "./selection.ts";

/** The options of commands that index a directory. */
export const INDEXING_OPTIONS: OptionTable = { ...MEMORY_OPTIONS, ...SELECTION_OPTIONS, ...DECOMPRESS_OPTION };

/** How the command line says to index. */
export interface Indexing {
  optionsFor(directory: string): Promise<IndexDirectoryOptions>;
  /** What is left of an index that was made without the command line. */
  selectFrom(entries: DirectoryIndex): DirectoryIndex;
  /** Which files count as what they hold. */
  readonly decompression: Decompression;
  /**
   * Notes what there is to say of the files.
   *
   * @returns members of the result with `--json`.
   */
  tell(options: IndexDirectoryOptions, found: Found): Promise<object>;
  /**
   * Checks that something is left of a directory, before what was found is written.
   *
   * @throws {SeamlessError} `INDEX_FAILED` if globs leave out all that it has: one may be misspelt.
   */
  checkNotEmpty(directory: string, found: Found): void;
  /** Notes what there is to say of the command line, once all directories are done. */
  finish(): void;
}

type Found = Pick<IndexedDirectory, "skipped" | "leftOut" | "memory" | "paths">;

/**
 * @throws {UsageError} for a variable of the environment that is neither 0 nor 1; {SeamlessError} file codes, for a file with
 * globs.
 */
export async function indexingOf(call: Call): Promise<Indexing> {
  const { console, signal } = call;
  const memories = await openMemories(call);
  const selection = await selectionOf(call);
  const decompression = await decompressionOf(call);
  const { decoders } = decompression;
  return {
    async optionsFor(directory) {
      const progress = console.progress();
      return {
        signal,
        onProgress: progress && ((state) => progress.update(state)),
        select: selection?.select,
        // What a file holds has another checksum than the file.
        memory: await memories?.of(directory, decoders && "-content"),
        decoders,
      };
    },
    selectFrom: (entries) =>
      selection === undefined ? entries : new Map([...entries].filter(([path]) => selection.select(path))),
    async tell({ memory }, { skipped, leftOut, memory: report, paths }) {
      for (const { path, kind } of skipped) console.note(`skipped ${printable(path)}: it is a ${kind}`);
      warnOfLeftovers(call, paths);
      decompression.count(paths);
      if (memory !== undefined && report !== undefined) await noteMemory(call, memory, report);
      const { remembered, read, wrong } = report ?? {};
      return {
        skipped,
        ...(selection === undefined ? {} : { leftOut }),
        ...(report === undefined ? {} : { remembered, read }),
        ...(memory?.rehash ? { wrong } : {}),
      };
    },
    decompression,
    checkNotEmpty(directory, { paths, leftOut }) {
      if (paths.length > 0 || leftOut.files + leftOut.folders === 0) return;
      const message = `nothing of ${showPath(directory)} is left: ${describeLeftOut(leftOut)} left out`;
      throw new SeamlessError("INDEX_FAILED", `${message}${selection?.explain() ?? ""}`, { file: directory });
    },
    finish() {
      decompression.note();
      noteUnmatched(call, selection);
    },
  };
}

/** Says which files seem to have been left by interrupted runs: they count as any other does, and nobody may want that. */
function warnOfLeftovers({ console }: Call, paths: readonly string[]): void {
  const left = paths.filter((path) => path.endsWith(".tmp") && isTemporaryName(path.slice(path.lastIndexOf("/") + 1)));
  if (left.length === 0) return;
  const [they, seem] =
    left.length === 1 ? ["is", "seems"] : [`and ${plural(left.length - 1, "other file")} are`, "seem"];
  const why = "to be left by an interrupted download or upload, or still written";
  console.warn(`${printable(left[0]!)} ${they} indexed too, but ${seem} ${why}`);
}

/** What was left out, to follow a summary. */
export function leftOutSuffix({ leftOut }: Pick<IndexedDirectory, "leftOut">): string {
  const what = describeLeftOut(leftOut);
  return what === undefined ? "" : `; left out ${what}`;
}
