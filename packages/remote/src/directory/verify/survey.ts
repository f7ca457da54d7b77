import { join } from "node:path";
import { isSeamlessError } from "@seamless/checksum";
import { isTemporaryName } from "@seamless/checksum/node";
import { formOf, LENGTH_SUFFIX, LOCK_SUFFIX, parseName } from "../forms.ts";
import { isAtHome, type Place, PREFIX_MARKER, QUARANTINE } from "../layout.ts";
import { lookAt } from "../read-file.ts";
import { LEFTOVER_AGE } from "../sweeper.ts";
import { type WalkEntry, walkStore } from "../walk.ts";
import type { Step, Verification } from "./context.ts";

/** What lies in a store's folder, by its name. */
export type Kind = "buffer" | "misplaced" | "temporary" | "helper" | "foreign";

export function kindOf(place: Place, { folder, name, isFile }: WalkEntry): Kind {
  if (name === QUARANTINE || name === PREFIX_MARKER) return "helper";
  if (!isFile) return "foreign";
  if (isTemporaryName(name)) return "temporary";
  if (name.endsWith(LOCK_SUFFIX) || name.endsWith(LENGTH_SUFFIX)) return "helper";
  const parsed = parseName(name);
  if (parsed === undefined || formOf(parsed.suffix) === undefined) return "foreign";
  return isAtHome(place, folder, parsed.hex) ? "buffer" : "misplaced";
}

/** Count what there is to check, and note what is none of a store's. */
export const survey: Step = async (verification) => {
  const { place, options } = verification;
  let files = 0;
  for await (const entry of walkStore(place, options.signal)) {
    files++;
    await NOTES[kindOf(place, entry)](verification, entry);
  }
  return files;
};

const NOTES: Readonly<Record<Kind, (verification: Verification, entry: WalkEntry) => Promise<void> | void>> = {
  async buffer(verification, { path }) {
    verification.totalFiles++;
    verification.totalBytes += (await facts(verification, path))?.size ?? 0;
  },
  async temporary(verification, { path }) {
    const found = await facts(verification, path);
    if (found !== undefined && Date.now() - found.modified > LEFTOVER_AGE) verification.leftovers.push(path);
  },
  misplaced: ({ misplaced }, { path }) => void misplaced.push(path),
  foreign: ({ foreign }, { path }) => void foreign.push(path),
  helper: () => {},
};

/** What cannot be looked at is reported by the check. */
async function facts({ place }: Verification, path: string) {
  try {
    return await lookAt(join(place.root, path));
  } catch (error) {
    if (isSeamlessError(error)) return undefined;
    throw error;
  }
}
