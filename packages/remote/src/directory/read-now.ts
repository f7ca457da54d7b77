import { closeSync, constants, openSync, readSync } from "node:fs";

/*
 * Small files, read by calls that are made at once, in a thread of its own: three calls take ten microseconds, and a hundred
 * through Node's pool of threads.
 */

/** What lies in some files. */
export interface FilesRead {
  /** Of all, one after the other. */
  readonly bytes: Uint8Array;
  /** How many are those of each; negative for one that was not read. */
  readonly lengths: Int32Array;
}

/** In bytes: of larger files the calls are the smaller part. */
const SMALL = 2 ** 16;

/** In bytes: what does not fit in is not read. */
const MOST = 2 ** 20;

/** Where a disk is slow, files are better read several at a time: what is not read so far is left, in ms. */
const MOMENT = 20;

/** A FIFO by the name of a buffer must not be waited for. Windows has none. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

let memory: Uint8Array | undefined;

/**
 * Reads small files.
 *
 * @param moment - In milliseconds.
 */
export function readNow(files: readonly string[], moment = MOMENT): FilesRead {
  memory ??= new Uint8Array(MOST);
  const lengths = new Int32Array(files.length).fill(-1);
  const start = performance.now();
  let end = 0;
  for (const [i, file] of files.entries()) {
    if (end + SMALL >= MOST || performance.now() - start > moment) break;
    // One byte more shows that it is larger.
    const length = readOne(file, memory.subarray(end, end + SMALL + 1));
    if (length === undefined || length > SMALL) continue;
    lengths[i] = length;
    end += length;
  }
  return { bytes: memory.slice(0, end), lengths };
}

/** @returns how many bytes were read; `undefined` if that failed: whoever has asked finds out why, in another way. */
function readOne(file: string, into: Uint8Array): number | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(file, FLAGS);
    return readSync(fd, into);
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
