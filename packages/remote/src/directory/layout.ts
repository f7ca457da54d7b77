import { join } from "node:path";
import type { Coding } from "../encoding/coding.ts";
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
  /** Where buffers are written, and looked for first. */
  readonly layout: DirectoryLayout;
  /** Where they are looked for too: others may have used the folder in another layout, or do so now. */
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

/** Does a file with this name belong into this folder (relative to the root)? */
export function belongsIn({ layout, also }: Place, folder: string, hex: string): boolean {
  return FOLDERS[layout](hex) === folder || (also !== undefined && FOLDERS[also](hex) === folder);
}

/** Can this folder, right below the root, have buffers? */
export function isPrefix({ layout, also }: Place, folder: string): boolean {
  return (layout === "prefix" || also === "prefix") && isPrefixName(folder);
}

/** Is this the name of a folder with buffers? */
export function isPrefixName(name: string): boolean {
  return name.length === PREFIX && /^[0-9a-f]+$/.test(name);
}

/** All names of folders with buffers. */
export const PREFIXES: readonly string[] = Array.from({ length: 16 ** PREFIX }, (_, i) =>
  i.toString(16).padStart(PREFIX, "0"),
);

/** A form in which a buffer can lie in a folder: as it is, or compressed. */
export interface Form {
  /** Behind the checksum, in the name of the file. */
  readonly suffix: string;
  /** How the bytes are to be decoded; `undefined` for a buffer as it is. */
  readonly coding: Coding | undefined;
}

/** Behind the checksum: the length of a buffer that is there only in a compressed form, in digits. */
export const LENGTH_SUFFIX = ".BUFFERLENGTH";

/** Behind the name of a file, or alone in a folder: somebody is writing there. */
export const LOCK_SUFFIX = ".LOCK";

/**
 * All forms, in the order in which they are looked for. Compressed ones are written by Seamless hashservers and by people
 * who compress whole folders; the checksum is always that of the decoded bytes.
 */
export const FORMS: readonly Form[] = [
  { suffix: "", coding: undefined },
  { suffix: ".zst", coding: "zstd" },
  { suffix: ".gz", coding: "gzip" },
];

const NAME = /^([0-9a-f]{64})(\.[a-zA-Z]+)?$/;

/** What a name in a folder of buffers stands for. */
export function parseName(name: string): { readonly hex: string; readonly suffix: string } | undefined {
  const match = NAME.exec(name);
  return match === null ? undefined : { hex: match[1]!, suffix: match[2] ?? "" };
}

export function formOf(suffix: string): Form | undefined {
  return FORMS.find((form) => form.suffix === suffix);
}

/**
 * Uploads to hashservers written in Python lie beside the buffer until they are whole, with eight characters behind its name
 * (Python's `tempfile`).
 */
const UPLOAD = /^([0-9a-f]{64})-[0-9a-z_]{8}$/;

/** The checksum of a buffer that is being uploaded, by the name of the file. */
export function parseUpload(name: string): string | undefined {
  return UPLOAD.exec(name)?.[1];
}

/** A temporary name of `writeAtomic`, of what a store writes: never that of a file of somebody else. */
const TEMPORARY = /^\.(?:[0-9a-f]{64}|\.HASHSERVER_PREFIX)\.[0-9a-f]{12}\.tmp$/;

/** Could a file by this name be one that is being written, by a store or by a hashserver, or was when they were killed? */
export function isUnfinished(name: string): boolean {
  return TEMPORARY.test(name) || UPLOAD.test(name);
}
