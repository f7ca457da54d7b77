import { type DirectoryIndex, isSeamlessError, parseIndex } from "@seamless/checksum";
import { expose } from "comlink";
import { type FileEntry, type Folder, lookUp, rowsOf, type Subfolder } from "./folder.ts";

/** A part of a folder: what is shown of it at once. */
export interface FolderPart {
  readonly rows: readonly (Subfolder | FileEntry)[];
  readonly folders: number;
  readonly files: number;
}

let index: DirectoryIndex | undefined;
/** The folder that was asked for last: its parts are asked for one after the other. */
let last: { readonly path: string; readonly found: Folder | FileEntry | undefined } | undefined;

const functions = {
  /**
   * Read an index, and keep it.
   *
   * @returns how many files it has, or why it is none.
   */
  open(bytes: Uint8Array): { readonly files: number } | { readonly fault: string } {
    last = undefined;
    try {
      index = parseIndex(bytes);
      return { files: index.size };
    } catch (error) {
      index = undefined;
      if (isSeamlessError(error)) return { fault: error.message };
      throw error;
    }
  },

  /** What lies at a path of the index: a file, or a part of a folder; `undefined` if there is nothing. */
  look(path: readonly string[], start: number, count: number): FolderPart | FileEntry | undefined {
    if (index === undefined) return undefined;
    const key = path.join("/");
    if (last?.path !== key) last = { path: key, found: lookUp(index, path) };
    const { found } = last;
    if (found === undefined || "checksum" in found) return found;
    const { folders, files } = found;
    return { rows: rowsOf(found, start, count), folders: folders.length, files: files.length };
  },
};

export type IndexFunctions = typeof functions;

expose(functions);
