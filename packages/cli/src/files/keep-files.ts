import { open, stat } from "node:fs/promises";
import { Checksum, SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { describe, showPath } from "@seamless/internal/text";
import { UsageError } from "../program/arguments.ts";
import { readOperandIndex } from "./index-operands.ts";
import { type Operand, operandChecksum, resolveOperands } from "./operands.ts";

/** What is to be kept. */
export interface Kept {
  /** Each must be in the store. Of an index, which is read from the file itself, each of its files. */
  readonly roots: Iterable<Checksum>;
  /** What may be there or not: indexes themselves. */
  readonly others: readonly Checksum[];
  /** The indexes that name a buffer, as they were given. */
  indexesWith(checksum: Checksum): readonly string[];
}

/**
 * Reads what `--keep` names: indexes, checksum files, and lists of checksums.
 *
 * @throws {UsageError} for what names nothing, and if all that is named is empty; {SeamlessError} `INVALID_CHECKSUM` for a line
 * of a list that is anything else; `INVALID_INDEX`, and file codes.
 */
export async function readKeepFiles(given: readonly string[]): Promise<Kept> {
  const named: Checksum[] = [];
  const others: Checksum[] = [];
  const indexes: IndexFile[] = [];
  for (const name of given) {
    const operand = await resolveKept(name);
    if (typeof operand === "string") {
      for await (const checksum of readList(operand)) named.push(checksum);
    } else if (operand.kind === "index") {
      const index = await readOperandIndex(operand.file);
      indexes.push({ file: operand.file, entries: index.entries });
      others.push(index.checksum, index.fileChecksum);
    } else {
      named.push(await operandChecksum(operand));
    }
  }
  if (named.length === 0 && indexes.every(({ entries }) => entries.size === 0)) {
    throw new UsageError("--keep: there is nothing in what it names, so that everything would be removed");
  }
  return { roots: chain([named, ...indexes.map(({ entries }) => entries.values())]), others, indexesWith };

  function indexesWith(checksum: Checksum): readonly string[] {
    const names = ({ entries }: IndexFile) => [...entries.values()].some((entry) => entry.equals(checksum));
    return indexes.filter(names).map(({ file }) => file);
  }
}

interface IndexFile {
  readonly file: string;
  readonly entries: ReadonlyMap<string, Checksum>;
}

/** All of the first, then all of the second, and so on. */
export function* chain(lists: readonly Iterable<Checksum>[]): Generator<Checksum, void, undefined> {
  for (const list of lists) yield* list;
}

/** An operand as other commands have it, or the path of a list. */
async function resolveKept(name: string): Promise<Operand | string> {
  try {
    return (await resolveOperands([name]))[0]!;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const isFile = await stat(name).then(
      (stats) => stats.isFile(),
      () => false,
    );
    if (isFile) return name;
    throw new UsageError(`--keep: ${error.message}, and it is no file with a list of checksums`);
  }
}

/** A checksum, and what follows it after white space, as `sha256sum` and our commands print it. */
const LINE = /^\s*([0-9a-fA-F]{64})(?:\s.*)?$/;

/** The checksums of a list, one a line. Blank lines, and those that begin with `#`, do not count. */
async function* readList(file: string): AsyncGenerator<Checksum, void, undefined> {
  const handle = await open(file).catch((error) => {
    throw fileError(error, file, "read");
  });
  try {
    let number = 0;
    for await (const line of handle.readLines()) {
      number++;
      if (/^\s*(#|$)/.test(line)) continue;
      const hex = LINE.exec(line)?.[1];
      if (hex === undefined) {
        const what = `line ${number} of ${showPath(file)} should begin with 64 hex digits, but is ${describe(line)}`;
        throw new SeamlessError("INVALID_CHECKSUM", what, { file });
      }
      yield new Checksum(hex);
    }
  } finally {
    await handle.close();
  }
}
