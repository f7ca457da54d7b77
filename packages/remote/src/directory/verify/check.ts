import { join } from "node:path";
import { Checksum, isSeamlessError } from "@seamless/checksum";
import { hashContents } from "../contents.ts";
import { formOf, parseName } from "../forms.ts";
import { isLocked } from "../locks.ts";
import { lookAt } from "../read-file.ts";
import { type WalkEntry, walkStore } from "../walk.ts";
import type { Step, Verification } from "./context.ts";
import { kindOf } from "./survey.ts";

/** Files that are read at a time: while one is hashed, others come from the disk. */
const AT_ONCE = 4;

/** Hash every buffer again, and compare it with its name. */
export const check: Step = async (verification) => {
  const { place, options } = verification;
  let files = 0;
  let bytes = 0;
  const running = new Set<Promise<void>>();
  try {
    for await (const entry of walkStore(place, options.signal)) {
      if (kindOf(place, entry) !== "buffer") continue;
      if (running.size >= AT_ONCE) await Promise.race(running);
      const one = checkFile(verification, entry).then((size) => {
        running.delete(one);
        files++;
        bytes += size;
        const { totalFiles, totalBytes } = verification;
        options.onProgress?.({ files, totalFiles, bytes, totalBytes });
      });
      // Thrown when it is waited for; until then it must not count as unhandled.
      one.catch(() => undefined);
      running.add(one);
    }
    await Promise.all(running);
  } finally {
    await Promise.allSettled(running);
  }
  return files;
};

/** @returns the size of the file, in bytes. */
async function checkFile(verification: Verification, { path, name }: WalkEntry): Promise<number> {
  const { place, name: store, options } = verification;
  const file = join(place.root, path);
  const { hex, suffix } = parseName(name)!;
  const checksum = new Checksum(hex);
  try {
    if (await isLocked(place.root, file)) {
      verification.locked.push(path);
      return 0;
    }
    const facts = await lookAt(file);
    const found = facts && (await hashContents(file, formOf(suffix)!, store, options.signal));
    // Removed meanwhile.
    if (facts === undefined || found === undefined) return 0;
    if (found.checksum.equals(checksum)) {
      verification.buffers++;
      verification.bytes += facts.size;
    } else {
      verification.corrupt.push({ checksum, file: path, size: facts.size });
    }
    return facts.size;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isSeamlessError(error)) throw error;
    verification.unreadable.push(error);
    return 0;
  }
}
