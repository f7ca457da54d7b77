import { lstat, rename } from "node:fs/promises";
import { join } from "node:path";
import { Checksum, type ErrorCode, isSeamlessError, type SeamlessError } from "@seamless/checksum";
import { fileError, makeFolder } from "@seamless/checksum/node";
import { hashContents } from "../contents.ts";
import { formOf, parseName } from "../forms.ts";
import { QUARANTINE } from "../layout.ts";
import { isLocked } from "../locks.ts";
import { permissionsOf } from "../permissions.ts";
import type { CorruptFile } from "../types.ts";
import type { Step, Verification } from "./context.ts";

/** Younger files may still be written by tools without locks, in milliseconds. */
const YOUNG = 3_600_000;

/** What says nothing of the file, but of what we or this machine can do. */
const BEYOND_US: readonly ErrorCode[] = ["TOO_LARGE", "UNSUPPORTED"];

/** Put aside what is corrupt or cannot be read, unless somebody may be writing it. */
export const quarantine: Step = async (verification) => {
  const { corrupt, unreadable, options } = verification;
  if (options.quarantine !== true) return 0;
  const broken = [...unreadable].filter(([file, { code }]) => isBuffer(file) && !BEYOND_US.includes(code));
  const damaged = [...corrupt.splice(0), ...broken.map(([file, error]) => asCorrupt(file, error))];
  for (const one of damaged) {
    options.signal?.throwIfAborted();
    const after = await putAside(verification, one);
    if (after !== undefined) corrupt.push(after);
  }
  return corrupt.filter(({ quarantined }) => quarantined !== undefined).length;
};

function asCorrupt(file: string, error: SeamlessError): CorruptFile {
  return { checksum: new Checksum(nameOf(file).hex), file, size: 0, error };
}

/** Not what lies in the place of a folder of buffers. */
function isBuffer(file: string): boolean {
  return parseName(baseOf(file)) !== undefined;
}

function nameOf(file: string) {
  return parseName(baseOf(file))!;
}

function baseOf(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1);
}

/** @returns what has become of it; `undefined` if somebody has mended or removed it meanwhile. */
async function putAside(verification: Verification, one: CorruptFile): Promise<CorruptFile | undefined> {
  const { place } = verification;
  const file = join(place.root, one.file);
  try {
    if (await isLocked(place.root, file)) return { ...one, spared: "locked" };
    const { mtimeMs, size } = await lstat(file);
    const known = { ...one, size };
    if (Date.now() - mtimeMs < YOUNG) return { ...known, spared: "young" };
    if (await isRight(verification, one)) return undefined;
    const { hex, suffix } = nameOf(one.file);
    const target = `${QUARANTINE}/${hex}${suffix}.${Date.now()}`;
    await makeFolder(join(place.root, QUARANTINE), { mode: (await permissionsOf(place.root)).folder });
    await rename(file, join(place.root, target));
    return { ...known, quarantined: target };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, file, "put aside");
  }
}

/** The check may be hours ago. */
async function isRight({ place, forms, options }: Verification, { file, checksum }: CorruptFile): Promise<boolean> {
  try {
    const form = formOf(nameOf(file).suffix)!;
    const found = await hashContents(join(place.root, file), form, forms, options.signal);
    return found === undefined || found.checksum.equals(checksum);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (isSeamlessError(error)) return false;
    throw error;
  }
}
