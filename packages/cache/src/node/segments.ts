import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { showPath } from "@seamless/internal/text";
import type { RecordEntry } from "../transformations/index.ts";
import { decodeLine } from "./entry-line.ts";

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
export function retiredName(segment: string): string {
  return segment.slice(0, -SEGMENT.length) + RETIRED;
}

/** Paths of the temporary files of segments that were being written, by a process that goes on or was killed. */
export async function listTemporary(folder: string): Promise<string[]> {
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
    throw new SeamlessError("INVALID_BUFFER", `${showPath(path)} is no record: ${(cause as Error).message}`, {
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
