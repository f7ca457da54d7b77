import type { Call } from "./command.ts";
import type { OptionTable } from "./options.ts";
import { eachParallel } from "./parallel.ts";

const PARALLEL = 16;

/** Of commands that move many files. */
export const PARALLEL_OPTION: OptionTable = {
  parallel: { kind: "number", value: "N", min: 1, max: 256, does: `how many files at a time (default ${PARALLEL})` },
};

/** What is to be moved, and how. */
export interface Transfers<T> {
  readonly items: Iterable<T>;
  /** How many they are. */
  readonly count: number;
  /** Size of all together, in bytes; 0 where it is not known. */
  readonly totalBytes: number;
  /** What an error of an item is reported with. */
  nameOf(item: T): string;
  /**
   * Move one.
   *
   * @param onBytes - To be told how many bytes of it have been moved so far.
   */
  move(item: T, onBytes: (bytes: number) => void): Promise<void>;
}

/**
 * Move many files, several at a time, with progress. One that fails is reported, and the others are moved all the same.
 *
 * @returns how many failed.
 */
export async function transferAll<T>(
  call: Call,
  { items, count, totalBytes, nameOf, move }: Transfers<T>,
): Promise<number> {
  const { console, signal, numbers } = call;
  const progress = console.progress();
  let [files, bytes, failed] = [0, 0, 0];
  const tell = () => progress?.update({ files, totalFiles: count, bytes, totalBytes });
  await eachParallel(items, numbers["parallel"] ?? PARALLEL, signal, async (item) => {
    let moved = 0;
    // Back to nothing where it is tried again.
    const onBytes = (now: number) => {
      bytes += now - moved;
      moved = now;
      tell();
    };
    try {
      await move(item, onBytes);
    } catch (error) {
      signal.throwIfAborted();
      console.report(error, nameOf(item));
      failed++;
    }
    files++;
    tell();
  });
  return failed;
}
