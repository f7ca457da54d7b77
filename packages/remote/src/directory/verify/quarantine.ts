import { lstat, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError, makeFolder } from "@seamless/checksum/node";
import { hashContents } from "../contents.ts";
import { formOf, parseName } from "../forms.ts";
import { QUARANTINE } from "../layout.ts";
import { isLocked } from "../locks.ts";
import type { CorruptFile } from "../types.ts";
import type { Step, Verification } from "./context.ts";

/** Younger files may still be written by tools without locks, in milliseconds. */
const YOUNG = 3_600_000;

/** Put aside what is corrupt, unless somebody may be writing it. */
export const quarantine: Step = async (verification) => {
  const { corrupt, options } = verification;
  if (options.quarantine !== true) return 0;
  const before = corrupt.splice(0);
  for (const one of before) {
    options.signal?.throwIfAborted();
    const after = await putAside(verification, one);
    if (after !== undefined) corrupt.push(after);
  }
  return corrupt.filter(({ quarantined }) => quarantined !== undefined).length;
};

/** @returns what has become of it; `undefined` if somebody has mended or removed it meanwhile. */
async function putAside({ place, name, options }: Verification, one: CorruptFile): Promise<CorruptFile | undefined> {
  const file = join(place.root, one.file);
  try {
    if (await isLocked(place.root, file)) return { ...one, spared: "locked" };
    if (Date.now() - (await lstat(file)).mtimeMs < YOUNG) return { ...one, spared: "young" };
    // The check may be hours ago.
    const { hex, suffix } = parseName(one.file.slice(one.file.lastIndexOf("/") + 1))!;
    const found = await hashContents(file, formOf(suffix)!, name, options.signal);
    if (found === undefined || found.checksum.equals(one.checksum)) return undefined;
    const target = `${QUARANTINE}/${hex}${suffix}.${Date.now()}`;
    await makeFolder(join(place.root, QUARANTINE), { mode: (await stat(place.root)).mode });
    await rename(file, join(place.root, target));
    return { ...one, quarantined: target };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, file, "put aside");
  }
}
