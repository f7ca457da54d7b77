import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Checksum, SeamlessError, sha256 } from "@seamless/checksum";
import { fileError, writeAtomic } from "@seamless/checksum/node";
import { renameFile, unlinkFile } from "@seamless/internal/files";
import { showPath } from "@seamless/internal/text";
import { type RecordEntry, RecordIndex } from "../transformations/record.ts";
import { Transformation, type TransformationSpec } from "../transformations/transformation.ts";

// The version of the format is in the name, so that an older program leaves the files of a newer one alone.
const SEGMENT = ".v1.jsonl";
/** A segment that is being merged into another: still read, never written to. */
const RETIRED = `${SEGMENT}.retired`;

/** In bytes; a transformation has at most 1 MiB, and JSON may write each byte as six. */
const MAX_LINE = 8 * 2 ** 20;
const NEWLINE = 0x0a;

/** The files of a record, the oldest first. */
export interface SegmentNames {
  readonly segments: readonly string[];
  readonly retired: readonly string[];
}

/** A new name, which sorts behind those that were made earlier. */
export function newSegmentName(): string {
  return `${Date.now().toString(36).padStart(9, "0")}-${randomBytes(8).toString("hex")}${SEGMENT}`;
}

/** What a segment is called while it is merged. */
function retiredName(segment: string): string {
  return segment.slice(0, -SEGMENT.length) + RETIRED;
}

/** Paths of the temporary files of segments that were being written, by a process that goes on or was killed. */
async function listTemporary(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => name.startsWith(".") && name.includes(SEGMENT) && name.endsWith(".tmp"))
    .map((name) => join(folder, name));
}

/** Paths of the files of a record. */
export async function listSegments(folder: string): Promise<SegmentNames> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();
  const ending = (end: string) => names.filter((name) => name.endsWith(end)).map((name) => join(folder, name));
  return { segments: ending(SEGMENT), retired: ending(RETIRED) };
}

/**
 * The entries of a segment, and `undefined` for each line that is damaged: a crash cuts the last one short.
 *
 * @throws {SeamlessError} `NOT_FOUND` and other file codes.
 */
export async function* readSegment(
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<RecordEntry | undefined, void, undefined> {
  for await (const line of readLines(path, signal)) {
    // A write that failed is followed by an empty line.
    if (line?.byteLength !== 0) yield line === undefined ? undefined : decode(line, path);
  }
}

function decode(line: Uint8Array, path: string): RecordEntry | undefined {
  try {
    return decodeLine(line);
  } catch (cause) {
    throw new SeamlessError("INVALID_BUFFER", `${showPath(path)} is not a record: ${(cause as Error).message}`, {
      cause,
      file: path,
    });
  }
}

/** Lines without their newlines; `undefined` for one that is too long. */
async function* readLines(path: string, signal: AbortSignal | undefined): AsyncGenerator<Buffer | undefined> {
  const stream = createReadStream(path, { highWaterMark: 2 ** 20 });
  let parts: Buffer[] = [];
  let length = 0;
  const add = (part: Buffer) => {
    length += part.byteLength;
    if (length <= MAX_LINE) parts.push(part);
  };
  const take = () => {
    const line = length <= MAX_LINE ? Buffer.concat(parts) : undefined;
    parts = [];
    length = 0;
    return line;
  };
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
        add(chunk.subarray(start, end));
        start = end + 1;
        yield take();
      }
      add(chunk.subarray(start));
    }
  } catch (error) {
    throw fileError(error, path, "read");
  }
  if (length > 0) yield take();
}

/** Hex digits in front of each line: enough to tell a line that a crash cut short from a whole one. */
const DIGITS = 16;

/** What one line says. */
interface Line extends TransformationSpec {
  readonly result: string;
  /** In seconds. */
  readonly cpuSeconds: number;
}

/** An entry as one line: the start of the SHA-256 of the rest, a space, JSON, a newline. */
export function encodeLine({ transformation, result, cpuSeconds }: RecordEntry): string {
  const { function: name, inputs, output } = transformation;
  const json = JSON.stringify({ function: name, inputs, output, result: result.hex(), cpuSeconds });
  return `${digest(Buffer.from(json))} ${json}\n`;
}

/**
 * Read a line, without its newline.
 *
 * @returns `undefined` for one that is not whole.
 */
export function decodeLine(line: Uint8Array): RecordEntry | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  const json = text.subarray(DIGITS + 1);
  if (text[DIGITS] !== 0x20 || digest(json) !== text.toString("latin1", 0, DIGITS)) return undefined;
  // Whole, and so as it was written; what fails now is a fault of the writer, and thrown.
  const { result, cpuSeconds, ...spec } = JSON.parse(json.toString("utf8")) as Line;
  return { transformation: new Transformation(spec), result: new Checksum(result), cpuSeconds: Number(cpuSeconds) };
}

function digest(bytes: Uint8Array): string {
  return Buffer.from(sha256(bytes)).toString("hex", 0, DIGITS / 2);
}

/** Bytes of lines that are written at once. */
const CHUNK = 2 ** 18;
/** A day, in milliseconds. */
const ABANDONED = 86_400_000;

/**
 * Merge all segments of a record into one, without what is damaged or was replaced.
 *
 * Safe while other processes write, and in a crash at any point. A segment is renamed before it is read: its writer sees
 * that after each write, and writes once more elsewhere; so what is not read here is not lost. Renamed segments are read
 * by all processes until they have been merged.
 *
 * @returns what the merged segment holds.
 */
export async function mergeSegments(folder: string, signal: AbortSignal | undefined): Promise<RecordIndex> {
  const { segments, retired: left } = await listSegments(folder);
  const retired = [...left];
  for (const segment of segments) {
    signal?.throwIfAborted();
    const path = retiredName(segment);
    if (await attempt(() => renameFile(segment, path, signal), segment)) retired.push(path);
  }
  const merged = new RecordIndex(Number.POSITIVE_INFINITY);
  const read: string[] = [];
  for (const path of retired.sort()) {
    if (await attempt(() => readInto(merged, path, signal), path)) read.push(path);
  }
  if (merged.size > 0) {
    await writeAtomic(join(folder, newSegmentName()), linesOf(merged.values()), { overwrite: false, signal });
  }
  for (const path of read) await attempt(() => unlinkFile(path), path);
  for (const path of await listTemporary(folder)) await attempt(() => unlinkOld(path), path);
  return merged;
}

async function readInto(index: RecordIndex, path: string, signal: AbortSignal | undefined): Promise<void> {
  for await (const entry of readSegment(path, signal)) {
    if (entry !== undefined) index.set(entry);
  }
}

/** Removes a file that was not written to for long: its process was killed. */
async function unlinkOld(path: string): Promise<void> {
  const { mtimeMs } = await stat(path);
  if (Date.now() - mtimeMs > ABANDONED) await unlinkFile(path);
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
