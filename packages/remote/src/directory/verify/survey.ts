import { join } from "node:path";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { showPath } from "@seamless/internal/text";
import { formOf, isUnfinished, LENGTH_SUFFIX, LOCK_SUFFIX, parseName } from "../forms.ts";
import { isAtHome, isPrefix, type Place, PREFIX_MARKER, QUARANTINE } from "../layout.ts";
import { type FileFacts, lookAt } from "../read-file.ts";
import { LEFTOVER_AGE } from "../sweeper.ts";
import { type WalkEntry, walkStore } from "../walk.ts";
import type { Step, Verification } from "./context.ts";

/** What lies in a store's folder, by its name. */
export type Kind = "buffer" | "misplaced" | "unfinished" | "lock" | "helper" | "obstacle" | "foreign";

export function kindOf(place: Place, { folder, name, isFile }: WalkEntry): Kind {
  if (name === QUARANTINE || name === PREFIX_MARKER) return "helper";
  // What is a folder there is not given as an entry, but what lies in it.
  if (folder === "" && isPrefix(place, name)) return "obstacle";
  // Whatever lies where a buffer belongs: no buffer can be put there.
  if (!isFile && !isBuffer(place, folder, name)) return "foreign";
  if (isUnfinished(name)) return "unfinished";
  if (name.endsWith(LOCK_SUFFIX)) return "lock";
  if (name.endsWith(LENGTH_SUFFIX)) return "helper";
  if (isBuffer(place, folder, name)) return "buffer";
  return hexOf(name) === undefined ? "foreign" : "misplaced";
}

/** Is it the name of a buffer, in any form, in a folder where it is looked for? */
function isBuffer(place: Place, folder: string, name: string): boolean {
  const hex = hexOf(name);
  return hex !== undefined && isAtHome(place, folder, hex);
}

function hexOf(name: string): string | undefined {
  const parsed = parseName(name);
  return parsed === undefined || formOf(parsed.suffix) === undefined ? undefined : parsed.hex;
}

/** Files that are looked at at a time. */
const AT_ONCE = 8;

/** Count what there is to check, and note what is none of a store's. */
export const survey: Step = async (verification) => {
  const { place, options } = verification;
  let files = 0;
  let noting: Promise<void>[] = [];
  for await (const entry of walkStore(place, options.signal)) {
    files++;
    const noted = NOTES[kindOf(place, entry)](verification, entry);
    if (noted === undefined) continue;
    noting.push(noted);
    if (noting.length < AT_ONCE) continue;
    await Promise.all(noting);
    noting = [];
  }
  await Promise.all(noting);
  return files;
};

const NOTES: Readonly<Record<Kind, (verification: Verification, entry: WalkEntry) => Promise<void> | undefined>> = {
  buffer(verification, { path }) {
    verification.totalFiles++;
    return verification.options.onProgress && addSize(verification, path);
  },
  unfinished: noteUnfinished,
  lock(verification) {
    verification.locks = true;
    return undefined;
  },
  misplaced({ misplaced }, { path }) {
    misplaced.push(path);
    return undefined;
  },
  obstacle({ unreadable, place }, { path }) {
    const file = join(place.root, path);
    const fault = "it is not a folder, and buffers belong into one by that name";
    unreadable.set(path, new SeamlessError("NOT_A_DIRECTORY", `cannot read ${showPath(file)}: ${fault}`, { file }));
    return undefined;
  },
  foreign({ foreign }, { path }) {
    foreign.push(path);
    return undefined;
  },
  helper: () => undefined,
};

async function addSize(verification: Verification, path: string): Promise<void> {
  const size = (await facts(verification, path))?.size ?? 0;
  verification.totalBytes += size;
}

async function noteUnfinished(verification: Verification, { path }: WalkEntry): Promise<void> {
  const found = await facts(verification, path);
  if (found === undefined) return;
  const isOld = Date.now() - found.modified > LEFTOVER_AGE;
  verification[isOld ? "leftovers" : "unfinished"].push(path);
}

/** What cannot be looked at is reported by the check. */
async function facts({ place }: Verification, path: string): Promise<FileFacts | undefined> {
  try {
    return await lookAt(join(place.root, path));
  } catch (error) {
    if (isSeamlessError(error)) return undefined;
    throw error;
  }
}
