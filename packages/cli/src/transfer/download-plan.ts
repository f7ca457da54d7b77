import { stat } from "node:fs/promises";
import { Checksum, type DirectoryIndex, isSeamlessError, parseIndex, SeamlessError } from "@seamless/checksum";
import { fileError, showPath } from "@seamless/checksum/node";
import { CHECKSUM, GET_INSTEAD, INDEX, type Operand, readOperandIndex } from "../files/operands.ts";
import { withStream } from "../files/streams.ts";
import { UsageError } from "../program/arguments.ts";
import { printable } from "../program/format.ts";
import { cacheMissError, type Store } from "./store.ts";

/** In bytes. An index from elsewhere must not take all memory; whoever allows more files allows more bytes. */
const LIMIT = 2 ** 28;
const BYTES_PER_ENTRY = 256;

/** How many files an index may list, unless told otherwise. */
export const MAX_ENTRIES = 1_000_000;

/** What an operand asks for. */
export type Requested =
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
export async function readRequested(
  store: Store,
  operand: Operand,
  { maxEntries, signal }: { readonly maxEntries: number; readonly signal: AbortSignal },
): Promise<Requested> {
  const limit = Math.max(LIMIT, maxEntries * BYTES_PER_ENTRY);
  if (operand.kind === "index") {
    const { size } = await stat(operand.file).catch((error) => {
      throw fileError(error, operand.file, "read");
    });
    if (size > limit) throw tooLargeError(operand.file, limit);
    const { entries, checksum } = await readOperandIndex(operand.file, { maxEntries });
    return { kind: "directory", entries, checksum };
  }
  const checksum = operand.kind === "hex" ? operand.checksum : await Checksum.load(operand.file);
  const name = `the index ${checksum.hex()}`;
  const stream = await store.getStream(checksum, { signal });
  if (stream === undefined) throw cacheMissError(store, checksum);
  // What has no name but a checksum is asked for as a directory.
  const mayBeFile = operand.kind === "checksum";
  return withStream(stream, async () => {
    const buffer = await readBuffer(stream, mayBeFile, () => tooLargeError(name, limit), limit);
    if (buffer === undefined) return { kind: "file", checksum };
    try {
      return { kind: "directory", entries: parseIndex(buffer, name, { maxEntries }), checksum };
    } catch (error) {
      if (!isSeamlessError(error, "INVALID_INDEX")) throw error;
      if (mayBeFile) return { kind: "file", checksum };
      throw notAnIndexError(checksum, error, name);
    }
  });
}

/** In bytes: by then it shows whether something is an index, whose first path is at most this long. */
const HEAD = 2 ** 16;
const FIRST_ENTRY = /^\{\s*(?:\}|"(?:[^"\\]|\\.)+"\s*:\s*"[0-9a-f]{64}"\s*[,}])/;

/** It is the checksum of something else: of a file, as like as not. */
function notAnIndexError(checksum: Checksum, cause: SeamlessError, name: string): SeamlessError {
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
  chunks: AsyncIterable<Uint8Array>,
  mayBeFile: boolean,
  tooLong: () => SeamlessError,
  limit: number,
): Promise<Uint8Array | undefined> {
  const all: Uint8Array[] = [];
  let size = 0;
  let sure = false;
  const head = () => Buffer.concat(all).toString("latin1", 0, HEAD);
  const isFile = () => (mayBeFile ? !FIRST_ENTRY.test(head()) : NO_INDEX.test(head()));
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    all.push(chunk);
    if (!sure && size >= HEAD) {
      if (isFile()) return mayBeFile ? undefined : Buffer.concat(all);
      sure = true;
    }
    if (size > limit) throw tooLong();
  }
  return mayBeFile && !sure && isFile() ? undefined : Buffer.concat(all);
}

function tooLargeError(name: string, limit: number): SeamlessError {
  return new SeamlessError("TOO_LARGE", `${showPath(name)} is too large: the limit is ${limit} bytes`);
}

/** The same for all spellings of a path that some file systems take for one: in either case, accents composed or not. */
export function foldPath(path: string): string {
  return path.normalize("NFD").toLowerCase();
}

/** What file systems of a platform make of names. */
interface Rules {
  /** Why a name cannot be; `undefined` if it can. */
  fault(name: string): string | undefined;
  /** Names that come out alike are those of one file. @default only equal ones are */
  readonly fold?: (path: string) => string;
}

/** In bytes, or on Windows in UTF-16 units. */
const LONGEST = 255;
const TOO_LONG = `has a name of more than ${LONGEST} bytes in it`;

const POSIX: Rules = {
  fault: (name) => (name.length > LONGEST || Buffer.byteLength(name) > LONGEST ? TOO_LONG : undefined),
};

const RULES: Readonly<Record<string, Rules>> = {
  darwin: { ...POSIX, fold: foldPath },
  win32: {
    fault(name) {
      if (name.length > LONGEST) return TOO_LONG;
      // Among them the backslash, which would lead elsewhere, and the colon, which would lead to another stream.
      if (/[<>:"\\|?*\p{Cc}]/u.test(name)) return "has a character in it that no name can have on Windows";
      if (/[. ]$/.test(name)) return "has a name in it that ends with a dot or a space, which Windows leaves out";
      const device = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i.test(name);
      return device ? "has a name in it that is one of a device on Windows" : undefined;
    },
    fold: (path) => path.toLowerCase(),
  },
};

/**
 * Refuse an index whose files cannot all be made: before one of them is.
 *
 * @param name - Of the index, for messages.
 * @throws {SeamlessError} `INVALID_NAME` for a name that cannot be on this platform; `INVALID_INDEX` where two paths are
 * those of one file, or one is a directory of another.
 */
export function checkSafePaths(entries: DirectoryIndex, name: string, platform: string = process.platform): void {
  const { fault, fold } = RULES[platform] ?? POSIX;
  const fail = (code: "INVALID_NAME" | "INVALID_INDEX", what: string): never => {
    throw new SeamlessError(code, `${showPath(name)} cannot be downloaded here: ${what}`, { file: name });
  };
  // Of a million paths no second table is made, unless their names have to be compared in another form.
  const files = fold === undefined ? undefined : new Map<string, string>();
  const fileAt = (folded: string) =>
    files !== undefined ? files.get(folded) : entries.has(folded) ? folded : undefined;
  for (const path of entries.keys()) {
    for (const part of path.split("/")) {
      const wrong = fault(part);
      if (wrong !== undefined) fail("INVALID_NAME", `the path ${showPath(path)} ${wrong}`);
    }
    if (files === undefined || fold === undefined) continue;
    const other = files.get(fold(path));
    if (other !== undefined) fail("INVALID_INDEX", `${showPath(other)} and ${showPath(path)} are one file`);
    files.set(fold(path), path);
  }
  const folders = new Set<string>();
  for (const path of entries.keys()) {
    const folded = fold?.(path) ?? path;
    for (let end = folded.lastIndexOf("/"); end > 0; end = folded.lastIndexOf("/", end - 1)) {
      const folder = folded.slice(0, end);
      // One that was looked at had those above it looked at too.
      if (folders.has(folder)) break;
      folders.add(folder);
      const file = fileAt(folder);
      if (file === undefined) continue;
      fail("INVALID_INDEX", `${showPath(file)} is a file, and also the directory of ${showPath(path)}`);
    }
  }
}
