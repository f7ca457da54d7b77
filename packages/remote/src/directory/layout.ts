import { sep } from "node:path";
import { isPrefixName, prefixOf } from "../encoding/forms.ts";
import type { DirectoryLayout } from "./types.ts";

/** File by which Seamless hashservers recognise a folder with prefixes. */
export const PREFIX_MARKER = ".HASHSERVER_PREFIX";

/** Folder for corrupt files. */
export const QUARANTINE = ".quarantine";

/** Layout → the folder of a buffer, relative to the root; empty for the root itself. */
const FOLDERS: Readonly<Record<DirectoryLayout, (hex: string) => string>> = {
  prefix: prefixOf,
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
  /** Whether it has just been seen to have no buffer, in either layout. */
  readonly empty?: boolean | undefined;
}

/** The file that a checksum is written to, relative to the root. */
export function pathOf({ layout }: Place, hex: string): string {
  const folder = FOLDERS[layout](hex);
  return folder === "" ? hex : `${folder}/${hex}`;
}

/**
 * The file that a checksum is written to. Checksums are hex digits, so that no path leaves the folder, and none has to be
 * normalised: for a list of thousands, `join` took as long as all looks at the disk.
 */
export function fileOf({ root, layout }: Place, hex: string): string {
  const folder = FOLDERS[layout](hex);
  const start = root.endsWith(sep) ? root : root + sep;
  return folder === "" ? start + hex : start + folder + sep + hex;
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

/** Suffix of the lock of a file, and name of the lock of a folder: another program is writing there. */
export const LOCK_SUFFIX = ".LOCK";

/** Suffix of the lock of a buffer that is about to be removed for its age. */
export const DELETION_SUFFIX = `.DELETION${LOCK_SUFFIX}`;

/** Suffix of the lock of a buffer of which an old form is about to be removed, since there is a new one. */
export const REWRITE_SUFFIX = `.REWRITE${LOCK_SUFFIX}`;

/**
 * Temporary name of an upload to a hashserver written in Python: that of the buffer and eight characters (Python's
 * `tempfile`).
 */
const UPLOAD = /^([0-9a-f]{64})-[0-9a-z_]{8}$/;
const UPLOAD_LENGTH = 64 + 1 + 8;

/** The checksum of a buffer that is being uploaded, by the name of the file. Most are told by their length in a fraction of the time. */
export function parseUpload(name: string): string | undefined {
  return name.length === UPLOAD_LENGTH ? UPLOAD.exec(name)?.[1] : undefined;
}

/** Temporary name that `writeAtomic` gives to the files of a store; no other file has such a name. */
const TEMPORARY = /^\.(?:[0-9a-f]{64}(?:\.(?:zst|gz|BUFFERLENGTH))?|\.HASHSERVER_PREFIX)\.(?:[0-9a-f]{12}){1,2}\.tmp$/;

/** Is this the temporary name of a file that a store or a hashserver is writing, or was when it was killed? */
export function isUnfinished(name: string): boolean {
  return TEMPORARY.test(name) || UPLOAD.test(name);
}

const REWRITE_LOCK = new RegExp(`^[0-9a-f]{64}${REWRITE_SUFFIX.replaceAll(".", "\\.")}$`);

/** May a program that was killed have left this for good? */
export function isLeft(name: string): boolean {
  return isUnfinished(name) || REWRITE_LOCK.test(name);
}
