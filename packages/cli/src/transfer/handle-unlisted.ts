import { showPath } from "@seamless/internal/text";
import { confirm } from "../program/ask.ts";
import type { Call } from "../program/command.ts";
import { plural } from "../program/format.ts";
import { pathIn } from "./restore.ts";
import { checkDeletionAllowed, deleteUnlisted, isBeingWritten, reasonToKeep, type UnlistedFile } from "./unlisted.ts";

/** Reports files that the index does not list, and deletes them with `--delete`, unless another run may be writing them. */
export async function handleUnlisted(call: Call, target: string, others: readonly UnlistedFile[]) {
  const { console, flags, signal } = call;
  const shown = (other: UnlistedFile) => showPath(pathIn(target, other.path));
  if (!flags["delete"]) {
    const inUse = others.filter(isBeingWritten);
    for (const other of others) {
      const why = inUse.includes(other) ? ": another download may be writing it" : "";
      console.warn(`${shown(other)} is not in the index${why}`);
    }
    if (others.length > 0) {
      const they = others.length === 1 ? "a file that is" : `${others.length} files that are`;
      const fix = inUse.length < others.length ? "; --delete removes them" : "";
      console.warn(`${showPath(target)} has ${they} not in the index, so its checksum differs${fix}`);
    }
    return { left: others, deleted: [] };
  }
  const unwanted: UnlistedFile[] = [];
  const left: UnlistedFile[] = [];
  for (const other of others) {
    const why = reasonToKeep(other);
    if (why === undefined) {
      unwanted.push(other);
      // With --yes nothing has to be decided: each file is reported once it is deleted.
      if (flags["dry-run"]) console.note(`${shown(other)} is not in the index: would delete it`);
      else if (!flags["yes"]) console.note(`${shown(other)} is not in the index`);
      continue;
    }
    console.warn(`${shown(other)} is not in the index, but is kept: ${why}`);
    left.push(other);
  }
  if (flags["dry-run"] || unwanted.length === 0) return { left, deleted: unwanted.map(({ path }) => path) };
  const question = `Delete ${plural(unwanted.length, "file")} of ${showPath(target)}? [y/N] `;
  if (!flags["yes"] && !(await confirm(question, signal))) {
    console.warn("nothing was deleted");
    return { left: others, deleted: [] };
  }
  await checkDeletionAllowed(target);
  const deleted: string[] = [];
  for (const other of unwanted) {
    signal.throwIfAborted();
    try {
      await deleteUnlisted(target, other);
      deleted.push(other.path);
      console.note(`deleted ${shown(other)}, which is not in the index`);
    } catch (error) {
      console.report(error, other.path);
      left.push(other);
    }
  }
  return { left, deleted };
}
