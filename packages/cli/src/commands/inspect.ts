import { type DirectoryIndex, isSeamlessError, parseIndex } from "@seamless/checksum";
import type { Call, Subcommand } from "../program/command.ts";
import { formatBytes, forOutput, plural } from "../program/format.ts";
import { knownLengths } from "../transfer/lengths.ts";
import { STORE_OPTIONS, type StoreOpener, withLazyStore } from "../transfer/store.ts";
import type { Reading } from "../values/readings.ts";
import { type Measured, measure, OVER_LARGEST, openSource, SOURCE_HELP } from "../values/source.ts";

export const inspect: Subcommand = {
  operands: "X",
  details: [
    ...SOURCE_HELP,
    "Prints its checksum and length, which celltypes it can be read as and why not as others; of an array its type, its",
    "shape and some elements; of an index how many files it has, and how long they are where the store has them.",
  ].join("\n"),
  options: STORE_OPTIONS,
  example: [
    "$ printf 'true\\n' | seamless inspect - | head -3",
    "checksum   a17fcf0a2f50e2d495e4f90ce263410edc183add6c62699a2facbccf60410f74",
    "length     5 B",
    "readable   as mixed, text, python, ipython, plain, yaml, str, bytes, bool",
  ].join("\n"),

  async run(call) {
    return withLazyStore(call, false, async (store) => {
      const source = await openSource(call.operands[0]!, store, call.signal);
      const { checksum, length, bytes } = await measure(source);
      const { readAsEach, unread } = await import("../values/readings.ts");
      const readings = bytes === undefined ? unread(OVER_LARGEST) : await readAsEach(bytes);
      const files = bytes && filesOf(bytes);
      const size = files && (await sizeOf(call, files, store));
      const array = readings.find((reading) => reading.array !== undefined)?.array;
      const found: Found = { checksum, length, bytes, readings, array, files, size };
      if (call.flags["json"]) printJson(call, found);
      else await printText(call, found);
      return true;
    });
  },
};

function filesOf(bytes: Uint8Array): DirectoryIndex | undefined {
  try {
    return parseIndex(bytes);
  } catch (error) {
    if (isSeamlessError(error, "INVALID_INDEX") || isSeamlessError(error, "TOO_LARGE")) return undefined;
    throw error;
  }
}

/** How long the files of an index are in all, and how many the store has not; `undefined` without one that can be asked. */
interface Size {
  readonly bytes: number;
  readonly missing: number;
}

async function sizeOf(call: Call, files: DirectoryIndex, store: StoreOpener): Promise<Size | undefined> {
  const lengths = await knownLengths(call, files.values(), store);
  if (lengths === undefined) return undefined;
  const known = lengths.filter((length) => length !== undefined);
  return { bytes: known.reduce((sum, length) => sum + length, 0), missing: lengths.length - known.length };
}

/** What is printed of a buffer. */
interface Found extends Measured {
  readonly readings: readonly Reading[];
  readonly array: Reading["array"];
  readonly files: DirectoryIndex | undefined;
  readonly size: Size | undefined;
}

function printJson({ console }: Call, { length, checksum, readings, array, files, size }: Found): void {
  const celltypes = Object.fromEntries(readings.map(({ celltype, reason }) => [celltype, reason ?? true]));
  const index = files && { files: files.size, ...size };
  const shape = array && { dtype: array.descr, shape: array.shape };
  console.print(JSON.stringify({ checksum, length, celltypes, array: shape, index }));
}

async function printText(
  { console }: Call,
  { length, bytes, checksum, readings, array, files, size }: Found,
): Promise<void> {
  const { describeArray } = await import("../values/render.ts");
  const line = (name: string, text: string) => console.print(`${name.padEnd(9)}  ${forOutput(text)}`);
  line("checksum", checksum.hex());
  line("length", length < 1000 ? `${length} B` : `${length} B, ${formatBytes(length)}`);
  if (files !== undefined) line("index", describeIndex(files, size));
  for (const [i, text] of (array === undefined ? [] : describeArray(array)).entries())
    line(i === 0 ? "array" : "", text);
  const readable = readings.filter(({ reason }) => reason === undefined).map(({ celltype }) => celltype);
  line("readable", `as ${readable.join(", ")}`);
  if (bytes === undefined) return line("", `not as others: ${OVER_LARGEST}`);
  for (const { celltype, reason } of readings) if (reason !== undefined) line("", `not as ${celltype}: ${reason}`);
}

function describeIndex(files: DirectoryIndex, size: Size | undefined): string {
  const count = plural(files.size, "file");
  if (size === undefined) return `${count}; a store would know how long they are`;
  const missing = size.missing === 0 ? "" : `; the store does not have ${size.missing} of them`;
  return `${count}, ${formatBytes(size.bytes)}${missing}`;
}
