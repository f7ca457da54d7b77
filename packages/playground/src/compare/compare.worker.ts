import { expose, type ProxyMarked, transfer } from "comlink";
import { Comparison, hashSide, type Kind, type Row, readSide, type Side } from "./comparison.ts";
import type { FolderFile } from "./folder.ts";
import type { FolderProgress } from "./hash-folder.ts";

/** Milliseconds between two messages on how far it is. */
const INTERVAL = 50;

/** Called now and then. */
export type OnProgress = ((progress: FolderProgress) => void) & ProxyMarked;

let comparison: Comparison | undefined;

function sent(side: Side): Side {
  return transfer(side, [side.index.buffer, ...(side.sizes === undefined ? [] : [side.sizes.buffer])]);
}

const functions = {
  readIndex: async (file: Blob, name: string): Promise<Side> => sent(await readSide(file, name)),

  async hashFiles(files: readonly FolderFile[], onProgress: OnProgress): Promise<Side> {
    let told = 0;
    const tell = (progress: FolderProgress) => {
      if (performance.now() - told < INTERVAL) return;
      told = performance.now();
      onProgress(progress);
    };
    return sent(await hashSide(files, tell));
  },

  /** Compares two sides, whose changes can then be asked for. */
  compare(before: Side, after: Side): Readonly<Record<Kind, number>> {
    comparison = new Comparison(before, after);
    return comparison.counts;
  },

  rows: (kinds: readonly Kind[], start: number, count: number): readonly Row[] =>
    comparison?.rows(kinds, start, count) ?? [],
};

export type CompareFunctions = typeof functions;

expose(functions);
