import { join } from "node:path";
import type { Coding } from "../encoding/decoders/node.ts";
import type { DirectoryLayout } from "./types.ts";

/** Length of the prefix that is the name of a folder, in hex digits. */
const PREFIX = 2;

/** File by which Seamless hashservers recognise a folder with prefixes. */
export const PREFIX_MARKER = ".HASHSERVER_PREFIX";

/** Folder for corrupt files. */
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
  /** The layout in which buffers are written, and looked for first. */
  readonly layout: DirectoryLayout;
  /** The layout in which buffers are looked for, too, because some of the files have it. */
  readonly also?: DirectoryLayout | undefined;
}

/** The folder that the file of a checksum is written to. */
function folderOf({ root, layout }: Place, hex: string): string {
  return join(root, FOLDERS[layout](hex));
}

/** The file that a checksum is written to, relative to the root. */
export function pathOf({ layout }: Place, hex: string): string {
  const folder = FOLDERS[layout](hex);
  return folder === "" ? hex : `${folder}/${hex}`;
}

/** The file that a checksum is written to. Checksums are hex digits, so that no path leaves the folder. */
export function fileOf(place: Place, hex: string): string {
  return join(folderOf(place, hex), hex);
}

/** The files that a checksum may have, in the order in which they are looked for. */
export function filesOf(place: Place, hex: string): readonly string[] {
  const { root, also } = place;
  const first = fileOf(place, hex);
  return also === undefined ? [first] : [first, fileOf({ root, layout: also }, hex)];
}

/** Does the file of this checksum belong in this folder (relative to the root)? */
export function belongsIn({ layout, also }: Place, folder: string, hex: string): boolean {
  return FOLDERS[layout](hex) === folder || (also !== undefined && FOLDERS[also](hex) === folder);
}

/** Can this folder, directly in the root, have buffers? */
export function isPrefix({ layout, also }: Place, folder: string): boolean {
  return (layout === "prefix" || also === "prefix") && isPrefixName(folder);
}

/** Is this the name of a folder for buffers? */
export function isPrefixName(name: string): boolean {
  return name.length === PREFIX && /^[0-9a-f]+$/.test(name);
}

/** All names of folders for buffers. */
export const PREFIXES: readonly string[] = Array.from({ length: 16 ** PREFIX }, (_, i) =>
  i.toString(16).padStart(PREFIX, "0"),
);

/** A form in which a buffer can be stored: plain, or compressed. */
export interface Form {
  /** Follows the checksum in the name of the file. */
  readonly suffix: string;
  /** How to decode the bytes; `undefined` for the plain form. */
  readonly coding: Coding | undefined;
}

/** Suffix of the file with the length of a buffer that is stored compressed, in digits. */
export const LENGTH_SUFFIX = ".BUFFERLENGTH";

/** Suffix of the lock of a file, and name of the lock of a folder: another program is writing there. */
export const LOCK_SUFFIX = ".LOCK";

/**
 * All forms, in the order in which they are looked for. Seamless hashservers write compressed ones, and so do people who
 * compress whole folders. The checksum is always that of the decoded bytes.
 */
export const FORMS: readonly Form[] = [
  { suffix: "", coding: undefined },
  { suffix: ".zst", coding: "zstd" },
  { suffix: ".gz", coding: "gzip" },
];

const NAME = /^([0-9a-f]{64})(\.[a-zA-Z]+)?$/;

/** The checksum and the suffix in the name of a buffer's file; `undefined` for other names. */
export function parseName(name: string): { readonly hex: string; readonly suffix: string } | undefined {
  const match = NAME.exec(name);
  return match === null ? undefined : { hex: match[1]!, suffix: match[2] ?? "" };
}

export function formOf(suffix: string): Form | undefined {
  return FORMS.find((form) => form.suffix === suffix);
}

/**
 * Temporary name of an upload to a hashserver written in Python: that of the buffer and eight characters (Python's
 * `tempfile`).
 */
const UPLOAD = /^([0-9a-f]{64})-[0-9a-z_]{8}$/;

/** The checksum of a buffer that is being uploaded, by the name of the file. */
export function parseUpload(name: string): string | undefined {
  return UPLOAD.exec(name)?.[1];
}

/** Temporary name that `writeAtomic` gives to the files of a store; no other file has such a name. */
const TEMPORARY = /^\.(?:[0-9a-f]{64}|\.HASHSERVER_PREFIX)\.[0-9a-f]{12}\.tmp$/;

/** Is this the temporary name of a file that a store or a hashserver is writing, or was when it was killed? */
export function isUnfinished(name: string): boolean {
  return TEMPORARY.test(name) || UPLOAD.test(name);
}
