import { rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { fileError, writeAtomic } from "@seamless/checksum/node";
import type { RecordEntry } from "../transformations/index.ts";
import { RecordIndex } from "../transformations/record-index.ts";
import { encodeLine } from "./entry-line.ts";
import { listSegments, listTemporary, newSegmentName, readSegment, retiredName } from "./segments.ts";

/** Bytes of lines that are written at once. */
const CHUNK = 2 ** 18;
/** A day, in milliseconds. */
const ABANDONED = 86_400_000;

/**
 * Merge all segments of a record into one, without what is damaged or was replaced.
 *
 * Safe while other processes write, and in a crash at any point. A segment is renamed before it is read: its writer sees
 * that after each write, and writes once more elsewhere; so what is not read here is not lost. Renamed segments are read
 * by everybody until they have been merged.
 *
 * @returns what the merged segment holds.
 */
export async function mergeSegments(folder: string, signal: AbortSignal | undefined): Promise<RecordIndex> {
  const { segments, retired: left } = await listSegments(folder);
  const retired = [...left];
  for (const segment of segments) {
    signal?.throwIfAborted();
    const path = retiredName(segment);
    if (await attempt(() => rename(segment, path), segment)) retired.push(path);
  }
  const merged = new RecordIndex(Number.POSITIVE_INFINITY);
  const read: string[] = [];
  for (const path of retired.sort()) {
    if (await attempt(() => readInto(merged, path, signal), path)) read.push(path);
  }
  if (merged.size > 0) {
    await writeAtomic(join(folder, newSegmentName()), linesOf(merged.values()), { overwrite: false, signal });
  }
  for (const path of read) await attempt(() => unlink(path), path);
  for (const path of await listTemporary(folder)) await attempt(() => unlinkOld(path), path);
  return merged;
}

async function readInto(index: RecordIndex, path: string, signal: AbortSignal | undefined): Promise<void> {
  for await (const entry of readSegment(path, signal)) {
    if (entry !== undefined) index.set(entry);
  }
}

/** Remove a file that nobody has written to for long: whoever made it was killed. */
async function unlinkOld(path: string): Promise<void> {
  const { mtimeMs } = await stat(path);
  if (Date.now() - mtimeMs > ABANDONED) await unlink(path);
}

/** False if the file is gone: another process merges at the same time. */
async function attempt(run: () => Promise<void>, path: string): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    const fault = fileError(error, path, "merge") as { code?: unknown };
    if (fault.code === "NOT_FOUND") return false;
    throw fault;
  }
}

async function* linesOf(entries: Iterable<RecordEntry>): AsyncGenerator<Uint8Array, void, undefined> {
  let text = "";
  for (const entry of entries) {
    text += encodeLine(entry);
    if (text.length < CHUNK) continue;
    yield Buffer.from(text);
    text = "";
  }
  yield Buffer.from(text);
}
