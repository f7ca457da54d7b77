import { join } from "node:path";
import { Checksum, isSeamlessError } from "@seamless/checksum";
import { FORMS, formOf, parseName } from "./forms.ts";
import { filesOf, isAtHome, type Place } from "./layout.ts";
import { type FileFacts, lookAt } from "./read-file.ts";
import type { ListedBuffer } from "./types.ts";
import { walkStore } from "./walk.ts";

/** The buffers of a folder, each once, whatever forms it lies in. What cannot even be looked at is none. */
export async function* listBuffers(
  place: Place,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedBuffer, void, undefined> {
  for await (const { folder, name, path, isFile } of walkStore(place, signal)) {
    const parsed = parseName(name);
    const form = parsed === undefined ? undefined : formOf(parsed.suffix);
    if (!isFile || parsed === undefined || form === undefined || !isAtHome(place, folder, parsed.hex)) continue;
    const file = join(place.root, path);
    const facts = await look(file);
    // Removed meanwhile, or a link that leads nowhere.
    if (facts === undefined || (await isListedOtherwise(place, parsed.hex, file))) continue;
    yield { checksum: new Checksum(parsed.hex), length: form.coding === undefined ? facts.size : undefined };
  }
}

/** Is it listed already, or going to be, by a form that is looked for earlier? */
async function isListedOtherwise(place: Place, hex: string, file: string): Promise<boolean> {
  for (const path of filesOf(place, hex)) {
    for (const { suffix } of FORMS) {
      if (path + suffix === file) return false;
      if ((await look(path + suffix)) !== undefined) return true;
    }
  }
  return false;
}

async function look(path: string): Promise<FileFacts | undefined> {
  try {
    return await lookAt(path);
  } catch (error) {
    if (isSeamlessError(error)) return undefined;
    throw error;
  }
}
