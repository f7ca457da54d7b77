import { folderThread } from "./folder-thread.ts";
import { Gathered } from "./gathered.ts";
import type { Place } from "./layout.ts";
import type { LookList } from "./look-now.ts";

/** What the thread saves of a look, in milliseconds of a processor; of most buffers that are missing it saves four. */
const SAVES = 0.03;

const looks = new Gathered((lists: readonly LookList[]) => folderThread.look(lists));

/**
 * Has the thread of folders look for buffers.
 *
 * @returns for each of some checksums what `lookNow` does; `undefined` if there is no thread. It starts when it was asked for
 * often enough.
 */
export async function lookInThread(place: Place, hexes: readonly string[]): Promise<Float64Array | undefined> {
  return folderThread.isReady(SAVES * hexes.length) ? looks.ask({ place, hexes: hexes.join("") }) : undefined;
}
