import type { Coding } from "../encoding/index.ts";

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
