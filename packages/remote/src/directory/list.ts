import { join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { FORMS, formOf, parseName } from "./forms.ts";
import { fileOf, isAtHome, type Place } from "./layout.ts";
import { lookAt } from "./read-file.ts";
import type { ListedBuffer } from "./types.ts";
import { walkStore } from "./walk.ts";

/** The buffers of a folder, each once, whatever forms it lies in. */
export async function* listBuffers(
  place: Place,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedBuffer, void, undefined> {
  for await (const { folder, name, path, isFile } of walkStore(place, signal)) {
    const parsed = parseName(name);
    const form = parsed === undefined ? undefined : formOf(parsed.suffix);
    if (!isFile || parsed === undefined || form === undefined || !isAtHome(place, folder, parsed.hex)) continue;
    if (form.coding !== undefined && (await hasEarlierForm(place, parsed.hex, form.suffix))) continue;
    const facts = await lookAt(join(place.root, path));
    // Removed meanwhile.
    if (facts === undefined) continue;
    yield { checksum: new Checksum(parsed.hex), length: form.coding === undefined ? facts.size : undefined };
  }
}

/** Is it listed already, or going to be, by another form? */
async function hasEarlierForm(place: Place, hex: string, suffix: string): Promise<boolean> {
  const file = fileOf(place, hex);
  for (const form of FORMS) {
    if (form.suffix === suffix) return false;
    if ((await lookAt(file + form.suffix)) !== undefined) return true;
  }
  return false;
}
