import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { Checksum, createSha256, SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { showPath } from "@seamless/internal/text";
import type { Store } from "@seamless/store";
import { placeChecksum, resolvePlaces } from "../files/inside.ts";
import { CHECKSUM, isHex } from "../files/operands.ts";
import { readInput, withStream } from "../files/streams.ts";
import { UsageError } from "../program/arguments.ts";
import { cacheMissError, type StoreOpener } from "../transfer/store.ts";

/** A buffer that an operand names. */
export interface Source {
  /** Where it is known without reading the buffer. */
  readonly checksum: Checksum | undefined;
  /** In bytes, where it is known without reading the buffer; a file may change meanwhile. */
  readonly length?: number | undefined;
  /** The bytes, once; those of a store are verified before the last of them is given out. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** Lines of the help that explain operands of this kind. */
export const SOURCE_HELP = [
  "X is a file, '-' for standard input, or a buffer of the store: 64 hex digits, a .CHECKSUM file or that path without",
  "the extension, or a path inside an index, X/sub/file, of which X is the checksum, X.INDEX or X.CHECKSUM. A file",
  "that is named by 64 hex digits is ./HEX.",
] as const;

/**
 * Finds the buffer that an operand names. A file that exists is meant as a file, unless it is a `.CHECKSUM` file or its name is a
 * checksum.
 *
 * @throws {UsageError} for an operand that names nothing; {SeamlessError} `NOT_A_FILE` for a directory; file codes, and those
 * of `placeChecksum`.
 */
export async function openSource(given: string, store: StoreOpener, signal: AbortSignal): Promise<Source> {
  const isNamed = isHex(given) || given.endsWith(CHECKSUM);
  const file = given === "-" || isNamed ? undefined : await statFile(given);
  if (given === "-" || file !== undefined) {
    const length = file?.isFile() ? file.size : undefined;
    return { checksum: undefined, length, chunks: () => readInput(given, signal) };
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
  const small = await getSmall(opened, checksum, signal);
  if (small !== undefined) {
    yield small;
    return;
  }
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

/** In bytes: what is smaller is read whole in less time than it takes to make a stream. */
const SMALL = 2 ** 20;

/** A small buffer of a folder; what other stores have would have to be asked for twice. */
async function getSmall(store: Store, checksum: Checksum, signal: AbortSignal): Promise<Uint8Array | undefined> {
  if (store.costClass !== "folder") return undefined;
  const [length = SMALL] = await store.lengths([checksum], { signal });
  return length < SMALL ? store.get(checksum, { signal }) : undefined;
}

/**
 * Of a file of any kind, also a pipe; `undefined` if there is none. A directory is an error: the index beside it may be old, and
 * has to be named.
 */
async function statFile(path: string): Promise<Stats | undefined> {
  try {
    const stats = await stat(path);
    if (!stats.isDirectory()) return stats;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return undefined;
    throw fileError(error, path, "read");
  }
  throw new SeamlessError("NOT_A_FILE", `cannot read ${showPath(path)}: it is a directory, not a file`, { file: path });
}

/** Values are read whole. In bytes: as much as Node hashes and decodes at once. */
const LARGEST = 2 ** 31 - 1;
/** Why a larger one is not read. */
export const OVER_LARGEST = `the buffer is too large to be read as a value: the limit is ${LARGEST} bytes`;

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
    if (size > LARGEST) throw new SeamlessError("TOO_LARGE", OVER_LARGEST);
  }
  return all.length === 1 ? all[0]! : Buffer.concat(all, size);
}

/** What is known of a buffer that was read. */
export interface Measured {
  readonly checksum: Checksum;
  /** In bytes. */
  readonly length: number;
  /** `undefined` if it is too large for a value. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * Reads a buffer whole; one that is too large for that it only hashes, without keeping it.
 *
 * @throws what the chunks throw.
 */
export async function measure(source: Source): Promise<Measured> {
  const hash = source.checksum === undefined ? createSha256() : undefined;
  let kept: Uint8Array[] | undefined = (source.length ?? 0) > LARGEST ? undefined : [];
  let length = 0;
  for await (const chunk of source.chunks()) {
    length += chunk.byteLength;
    hash?.update(chunk);
    if (length > LARGEST) kept = undefined;
    else kept?.push(chunk);
  }
  const checksum = source.checksum ?? new Checksum(hash!.digest());
  return { checksum, length, bytes: kept?.length === 1 ? kept[0] : kept && Buffer.concat(kept, length) };
}
