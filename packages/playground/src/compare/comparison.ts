import {
  Checksum,
  compareIndexes,
  type DirectoryIndex,
  type IndexChange,
  parseIndex,
  serializeIndex,
} from "@seamless/checksum";
import type { FolderFile } from "./folder.ts";
import { type FolderProgress, hashFolder } from "./hash-folder.ts";

/** One side of a comparison: a directory, by its index. It is sent from worker to worker. */
export interface Side {
  readonly files: number;
  /** Of the directory, as `seamless-checksum-index` prints it: 64 hex digits. */
  readonly checksum: string;
  /** The `.INDEX` file. */
  readonly index: Uint8Array<ArrayBuffer>;
  /** Of the files in the order of the index, in bytes; undefined where only the index is there. */
  readonly sizes?: Float64Array<ArrayBuffer>;
}

/** In bytes, of an index: some 500,000 files. */
export const MAX_INDEX = 64 * 2 ** 20;

/**
 * Reads an index.
 *
 * @throws {SeamlessError} `INVALID_INDEX`; `TOO_LARGE`.
 */
export async function readSide(file: Blob, name: string): Promise<Side> {
  if (file.size > MAX_INDEX) {
    throw new Error(`${name} is over ${MAX_INDEX / 2 ** 20} MiB long: 'seamless diff' compares indexes of any length`);
  }
  return sideOf(parseIndex(new Uint8Array(await file.arrayBuffer()), name));
}

/**
 * Makes the index of a folder.
 *
 * @throws {SeamlessError} `INVALID_NAME` for a path that an index cannot hold. {Error} for files that cannot be read.
 */
export async function hashSide(
  files: readonly FolderFile[],
  onProgress: (progress: FolderProgress) => void,
): Promise<Side> {
  const side = sideOf(await hashFolder(files, onProgress));
  const lengths = new Map(files.map(({ path, file }) => [path, file.size]));
  return {
    ...side,
    sizes: Float64Array.from(parseIndex(side.index).keys(), (path) => lengths.get(path) ?? Number.NaN),
  };
}

function sideOf(entries: DirectoryIndex | readonly (readonly [string, Checksum])[]): Side {
  const index = serializeIndex(entries);
  return { files: [...entries.keys()].length, checksum: Checksum.of(index).hex(), index };
}

export const KINDS = ["added", "removed", "changed", "moved"] as const;
export type Kind = (typeof KINDS)[number];

/** A change, to be shown. */
export interface Row {
  readonly change: Kind;
  readonly path: string;
  readonly from?: string;
  /** In bytes, where they are known. */
  readonly sizeBefore?: number;
  readonly sizeAfter?: number;
}

/** The changes from one directory to another, and pages of them: however many there are, a page shows some. */
export class Comparison {
  readonly counts: Readonly<Record<Kind, number>>;
  readonly #changes: readonly IndexChange[];
  readonly #sizes: ReadonlyMap<string, number>;

  constructor(before: Side, after: Side) {
    const indexes = [before, after].map(({ index }) => parseIndex(index));
    this.#changes = compareIndexes(indexes[0]!, indexes[1]!);
    this.#sizes = new Map([...sizesOf(indexes[0]!, before), ...sizesOf(indexes[1]!, after)]);
    const counts = { added: 0, removed: 0, changed: 0, moved: 0 };
    for (const { change } of this.#changes) counts[change]++;
    this.counts = counts;
  }

  /**
   * Some of the changes, by path.
   *
   * @param kinds - Which kinds count.
   * @param start - Of those that count, how many are left out at the beginning.
   * @param count - How many are wanted at most.
   */
  rows(kinds: readonly Kind[], start: number, count: number): readonly Row[] {
    const rows: Row[] = [];
    let at = 0;
    for (const change of this.#changes) {
      if (rows.length === count) break;
      if (kinds.includes(change.change) && at++ >= start) rows.push(this.#row(change));
    }
    return rows;
  }

  #row({ change, path, from, before, after }: IndexChange): Row {
    const [sizeBefore, sizeAfter] = [before, after].map((checksum) => checksum && this.#sizes.get(checksum.hex()));
    return {
      change,
      path,
      ...(from === undefined ? {} : { from }),
      ...(sizeBefore === undefined ? {} : { sizeBefore }),
      ...(sizeAfter === undefined ? {} : { sizeAfter }),
    };
  }
}

/** Lengths by checksum: a file that only an index names may lie in the other folder. */
function sizesOf(index: DirectoryIndex, { sizes }: Side): readonly (readonly [hex: string, size: number])[] {
  if (sizes === undefined) return [];
  return [...index.values()].map((checksum, i) => [checksum.hex(), sizes[i]!] as const);
}

/** Which kinds are shown, in the address of the page: `added.moved`. */
export function writeKinds(kinds: readonly Kind[]): string {
  return kinds.join(".");
}

/** @returns all kinds for what names none: it may come from anybody. */
export function readKinds(text: string | undefined): readonly Kind[] {
  const names = (text ?? "").split(".");
  const kinds = KINDS.filter((kind) => names.includes(kind));
  return kinds.length === 0 ? KINDS : kinds;
}
