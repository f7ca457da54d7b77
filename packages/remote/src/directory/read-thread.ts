import { folderThread } from "./folder-thread.ts";
import { Gathered } from "./gathered.ts";
import { fileOf, type Place } from "./layout.ts";

/** What the thread saves of a small buffer, in milliseconds of a processor: four calls that go to Node's pool of threads. */
const SAVES = 0.1;

const reads = new Gathered(async (files: readonly string[]) => {
  const answer = await folderThread.read(files);
  if (answer === undefined) return undefined;
  const { bytes, lengths } = answer;
  let end = 0;
  return Array.from(lengths, (length) => {
    if (length < 0) return undefined;
    end += length;
    // A copy: who gets it may do with its memory what he likes.
    return bytes.slice(end - length, end);
  });
});

/**
 * Has the thread of folders read a small buffer that lies there plain.
 *
 * @returns what lies there, in memory of its own, right or wrong; `undefined` for what is missing, larger, or cannot be read,
 * and if there is no thread: another way finds out which. The thread starts when it was asked for often enough.
 */
export async function readInThread(place: Place, hex: string): Promise<Uint8Array | undefined> {
  return folderThread.isReady(SAVES) ? reads.ask(fileOf(place, hex)) : undefined;
}
