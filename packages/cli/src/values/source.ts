import { stat } from "node:fs/promises";
import { type Checksum, SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { showPath } from "@seamless/internal/text";
import { placeChecksum, resolvePlaces } from "../files/inside.ts";
import { CHECKSUM } from "../files/operands.ts";
import { readInput, withStream } from "../files/streams.ts";
import { UsageError } from "../program/arguments.ts";
import { cacheMissError, type StoreOpener } from "../transfer/store.ts";

/** A buffer that an operand names. */
export interface Source {
  /** Where it is known without reading the buffer. */
  readonly checksum: Checksum | undefined;
  /** The bytes, once; those of a store are verified before the last of them is given out. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** Lines of the help that explain operands of this kind. */
export const SOURCE_HELP = [
  "X is a file, '-' for standard input, or a buffer of the store: 64 hex digits, a .CHECKSUM file or that path without",
  "the extension, or a path inside an index, X/sub/file, of which X is the checksum, X.INDEX or X.CHECKSUM.",
] as const;

/**
 * Finds the buffer that an operand names. A file that exists is meant as a file, unless it is a `.CHECKSUM` file.
 *
 * @throws {UsageError} for an operand that names nothing; {SeamlessError} `NOT_A_FILE` for a directory; file codes, and those
 * of `placeChecksum`.
 */
export async function openSource(given: string, store: StoreOpener, signal: AbortSignal): Promise<Source> {
  if (given === "-" || (!given.endsWith(CHECKSUM) && (await isFile(given)))) {
    return { checksum: undefined, chunks: () => readInput(given, signal) };
  }
  const [place] = await resolvePlaces([given]).catch((error) => {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(error.message.replace("is not a checksum", "is neither a file nor a checksum"));
  });
  return storedSource(await placeChecksum(place!, store, signal), store, signal);
}

/** A buffer of the store. */
export function storedSource(checksum: Checksum, store: StoreOpener, signal: AbortSignal): Source {
  return { checksum, chunks: () => storedChunks(checksum, store, signal) };
}

async function* storedChunks(checksum: Checksum, store: StoreOpener, signal: AbortSignal) {
  const opened = await store();
  const stream = await opened.getStream(checksum, { signal });
  if (stream === undefined) throw cacheMissError(opened, checksum);
  const chunks: AsyncIterable<Uint8Array> = stream;
  try {
    yield* chunks;
  } finally {
    // Closes its file or connection, also if only a part was read.
    await withStream(stream, async () => {});
  }
}

/** Is it a file of any kind, also a pipe? A directory is an error: the index beside it may be old, and has to be named. */
async function isFile(path: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isDirectory()) return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return false;
    throw fileError(error, path, "read");
  }
  throw new SeamlessError("NOT_A_FILE", `cannot read ${showPath(path)}: it is a directory, not a file`, { file: path });
}

/** Values are read whole. In bytes: as much as Node hashes and decodes at once. */
const LARGEST = 2 ** 31 - 1;

/**
 * Reads a buffer whole.
 *
 * @param before - Chunks that have been read already.
 * @throws {SeamlessError} `TOO_LARGE` for 2 GiB and more; what the chunks throw.
 */
export async function readWhole(
  chunks: AsyncIterable<Uint8Array>,
  before: readonly Uint8Array[] = [],
): Promise<Uint8Array> {
  const all = [...before];
  let size = all.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  for await (const chunk of chunks) {
    all.push(chunk);
    size += chunk.byteLength;
    if (size > LARGEST) {
      throw new SeamlessError(
        "TOO_LARGE",
        `the buffer is too large to be read as a value: the limit is ${LARGEST} bytes`,
      );
    }
  }
  return all.length === 1 ? all[0]! : Buffer.concat(all, size);
}
