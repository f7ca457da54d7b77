import { stat } from "node:fs/promises";
import { Checksum, type DirectoryIndex, isSeamlessError, parseIndex, SeamlessError } from "@seamless/checksum";
import { fileError, showPath } from "@seamless/checksum/node";
import { CHECKSUM, INDEX, type Operand } from "../operand.ts";
import { printable } from "../printable.ts";
import { GET_INSTEAD, readOperandIndex } from "../read-index.ts";
import { miss, type Store } from "../store.ts";
import { usingStream } from "../streams.ts";
import { UsageError } from "../usage.ts";

/** In bytes. An index from elsewhere must not take all memory; whoever allows more files allows more bytes. */
const LIMIT = 2 ** 28;
const BYTES_PER_ENTRY = 256;

/** How many files an index may list, unless told otherwise. */
export const MAX_ENTRIES = 1_000_000;

/** What an operand asks for. */
export type Wanted =
  | { readonly kind: "directory"; readonly checksum: Checksum; readonly entries: DirectoryIndex }
  | { readonly kind: "file"; readonly checksum: Checksum };

/**
 * Where it goes: `data` for `data.INDEX` and `data.CHECKSUM`.
 *
 * @throws {UsageError} if the operand has no name.
 */
export function targetOf(operand: Operand): string {
  const path = operand.kind === "hex" ? "" : operand.file;
  const target = path.slice(0, -(operand.kind === "index" ? INDEX : CHECKSUM).length);
  if (target === "" || /[\\/]$/.test(target)) {
    throw new UsageError(`--output DIR is needed: '${printable(operand.given)}' says nothing of a name`);
  }
  return target;
}

/**
 * Find out what an operand asks for: a directory, by its index from a file or the store; or, if a `.CHECKSUM` file holds
 * the checksum of something else, a file.
 *
 * @throws {SeamlessError} `INVALID_INDEX`, `TOO_LARGE`; `CACHE_MISS` and what the store throws; file codes.
 */
export async function readWanted(
  store: Store,
  operand: Operand,
  { maxEntries, signal }: { readonly maxEntries: number; readonly signal: AbortSignal },
): Promise<Wanted> {
  const limit = Math.max(LIMIT, maxEntries * BYTES_PER_ENTRY);
  if (operand.kind === "index") {
    const { size } = await stat(operand.file).catch((error) => {
      throw fileError(error, operand.file, "read");
    });
    if (size > limit) throw tooLarge(operand.file, limit);
    const { entries, checksum } = await readOperandIndex(operand.file, { maxEntries });
    return { kind: "directory", entries, checksum };
  }
  const checksum = operand.kind === "hex" ? operand.checksum : await Checksum.load(operand.file);
  const name = `the index ${checksum.hex()}`;
  const stream = await store.getStream(checksum, { signal });
  if (stream === undefined) throw miss(store, checksum);
  // What has no name but a checksum is asked for as a directory.
  const mayBeFile = operand.kind === "checksum";
  return usingStream(stream, async () => {
    const buffer = await readBuffer(stream, mayBeFile, () => tooLarge(name, limit), limit);
    if (buffer === undefined) return { kind: "file", checksum };
    try {
      return { kind: "directory", entries: parseIndex(buffer, name, { maxEntries }), checksum };
    } catch (error) {
      if (!isSeamlessError(error, "INVALID_INDEX")) throw error;
      if (mayBeFile) return { kind: "file", checksum };
      throw noIndex(checksum, error, name);
    }
  });
}

/** In bytes: by then it shows whether something is an index, whose first path is at most this long. */
const HEAD = 2 ** 16;
const FIRST_ENTRY = /^\{\s*(?:\}|"(?:[^"\\]|\\.)+"\s*:\s*"[0-9a-f]{64}"\s*[,}])/;

/** It is the checksum of something else: of a file, as like as not. */
function noIndex(checksum: Checksum, cause: SeamlessError, name: string): SeamlessError {
  const fault = cause.message.slice(name.length).replace(/^[,:] /, "");
  const message = `${checksum.hex()} is the checksum of no index (${fault}): ${GET_INSTEAD}`;
  return new SeamlessError("INVALID_INDEX", message, { checksum, offset: cause.offset, cause });
}

/** What no index begins with: white space, a comment and a brace are all that may be there. */
const NO_INDEX = /^[^\s#{]/;

/**
 * All bytes of an index; of what begins like none, as soon as that shows, `undefined`, or if it had to be one what has come
 * so far, which is enough to say what is wrong.
 */
async function readBuffer(
  pieces: AsyncIterable<Uint8Array>,
  mayBeFile: boolean,
  refusal: () => SeamlessError,
  limit: number,
): Promise<Uint8Array | undefined> {
  const all: Uint8Array[] = [];
  let size = 0;
  let sure = false;
  const head = () => Buffer.concat(all).toString("latin1", 0, HEAD);
  const isFile = () => (mayBeFile ? !FIRST_ENTRY.test(head()) : NO_INDEX.test(head()));
  for await (const piece of pieces) {
    size += piece.byteLength;
    all.push(piece);
    if (!sure && size >= HEAD) {
      if (isFile()) return mayBeFile ? undefined : Buffer.concat(all);
      sure = true;
    }
    if (size > limit) throw refusal();
  }
  return mayBeFile && !sure && isFile() ? undefined : Buffer.concat(all);
}

function tooLarge(name: string, limit: number): SeamlessError {
  return new SeamlessError("TOO_LARGE", `${showPath(name)} is too large: the limit is ${limit} bytes`);
}
