import { join } from "node:path";
import type { DirectoryLayout } from "./types.ts";

/** Length of the prefix that names a folder, in hex digits. */
const PREFIX = 2;

/** What the Seamless hashserver leaves in a folder with prefixes, and looks for in folders that it only reads. */
export const PREFIX_MARKER = ".HASHSERVER_PREFIX";

/** Where a store puts aside what is corrupt. */
export const QUARANTINE = ".quarantine";

/** Layout → the folder of a buffer, relative to the root; empty for the root itself. */
const FOLDERS: Readonly<Record<DirectoryLayout, (hex: string) => string>> = {
  prefix: (hex) => hex.slice(0, PREFIX),
  flat: () => "",
};

export const LAYOUTS = Object.keys(FOLDERS) as readonly DirectoryLayout[];

/** A folder of buffers: where the file of a checksum lies. */
export interface Place {
  /** Absolute path. */
  readonly root: string;
  readonly layout: DirectoryLayout;
}

/** The folder that the file of a checksum lies in. */
export function folderOf({ root, layout }: Place, hex: string): string {
  return join(root, FOLDERS[layout](hex));
}

/** The file of a checksum, relative to the root. */
export function pathOf({ layout }: Place, hex: string): string {
  const folder = FOLDERS[layout](hex);
  return folder === "" ? hex : `${folder}/${hex}`;
}

/** The file of a checksum. Checksums are hex digits, so that no path leaves the folder. */
export function fileOf(place: Place, hex: string): string {
  return join(folderOf(place, hex), hex);
}

/** Does a file with this name belong into this folder (relative to the root)? */
export function isAtHome({ layout }: Place, folder: string, hex: string): boolean {
  return FOLDERS[layout](hex) === folder;
}

/** Can this folder, right below the root, have buffers? */
export function isPrefix({ layout }: Place, folder: string): boolean {
  return layout === "prefix" && /^[0-9a-f]{2}$/.test(folder);
}
