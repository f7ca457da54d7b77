import { describe } from "@seamless/internal/text";
import { readFile, writeFile } from "#platform";
import { SeamlessError } from "./errors.ts";

/*
 * The files of `Checksum` and `Buffer`: the one way from here to `/node`, through what `#platform` loads when it is called.
 */

/**
 * The bytes of a regular file. Rejects in browsers.
 *
 * @throws {SeamlessError} `TOO_LARGE`, `FILE_CHANGED`, `NOT_FOUND` and other file codes; `UNSUPPORTED` in browsers.
 */
export function readFileBytes(path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(path);
}

/**
 * Replace a file, whole or not at all. Rejects in browsers. `writeAtomic` of `@seamless/checksum/node` has options.
 *
 * @throws {SeamlessError} `DISK_FULL`, `PERMISSION_DENIED` and other file codes; `UNSUPPORTED` in browsers.
 */
export function writeFileBytes(path: string | URL, bytes: Uint8Array): Promise<void> {
  return writeFile(path, bytes);
}

const EXTENSION = ".CHECKSUM";
/** A byte order mark is kept, so that it is seen to be no hex digit. */
const TEXT = new TextDecoder("utf-8", { ignoreBOM: true });
/** In bytes; far more than a checksum with any white space behind it needs. */
const MAX_CHECKSUM_FILE = 4096;

/** What a `.CHECKSUM` file holds: its text, and the lines of it that count. */
interface ChecksumFile {
  /** The path, with its extension. */
  readonly file: string;
  readonly text: string;
  /** Without blank lines, comments, and white space around them. */
  readonly lines: readonly string[];
}

/** Read a `.CHECKSUM` file; the extension is appended when missing. */
export async function readChecksumFile(path: string | URL): Promise<ChecksumFile> {
  const file = checksumPath(path);
  const text = TEXT.decode(await readFile(file, MAX_CHECKSUM_FILE));
  return { file: String(file), text, lines: meaningfulLines(text) };
}

/** Write a `.CHECKSUM` file, whole or not at all; the extension is appended when missing. */
export async function writeChecksumFile(path: string | URL, hex: string): Promise<void> {
  await writeFile(checksumPath(path), `${hex}\n`);
}

/** Without blank lines and comments. White space is ASCII: a byte order mark is something else. */
function meaningfulLines(text: string): string[] {
  const lines = text.split(/[\r\n]+/).map((line) => line.replace(/^[ \t\v\f]+|[ \t\v\f]+$/g, ""));
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

function checksumPath(path: string | URL): string | URL {
  if (typeof path === "string") return path.endsWith(EXTENSION) ? path : path + EXTENSION;
  if (!(path instanceof URL)) {
    throw new SeamlessError("INVALID_ARGUMENT", `expected a path (a string or a file URL), got ${describe(path)}`);
  }
  if (path.pathname.endsWith(EXTENSION)) return path;
  const url = new URL(path);
  url.pathname += EXTENSION;
  return url;
}
