import type { Stats } from "node:fs";

const BY_ALL = 0o444;
const BY_OWNER = 0o400;

/** May we read a file, by what is known of it already? Where that leaves it open, `access` has to tell. */
export function isSurelyReadable({ mode, uid }: Stats): boolean {
  if ((mode & BY_ALL) === BY_ALL) return true;
  return (mode & BY_OWNER) !== 0 && uid === process.geteuid?.();
}
