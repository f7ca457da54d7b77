import { randomBytes } from "node:crypto";

/**
 * The name of a temporary file for `name`: hidden, unique, and recognisable. File systems allow 255 bytes, so a long
 * name is cut.
 */
export function temporaryName(name: string): string {
  return `.${stemOf(name)}.${randomBytes(6).toString("hex")}.tmp`;
}

const TEMPORARY = /^\.(.*)\.[0-9a-f]{12}\.tmp$/s;

/** Could a file by this name be one that `writeAtomic` writes to before it gives it its own name? */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/** What `stemOf` makes of the name of the file that a temporary file was written for; `undefined` of any other name. */
export function temporaryStem(name: string): string | undefined {
  return TEMPORARY.exec(name)?.[1];
}

/** The part of a name that the names of its temporary files have in them. */
export function stemOf(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.byteLength <= 200) return name;
  return bytes
    .subarray(0, 200)
    .toString("utf8")
    .replace(/\ufffd+$/, "");
}
