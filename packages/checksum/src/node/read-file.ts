import type { Stats } from "node:fs";
import { type FileHandle, stat } from "node:fs/promises";
import {
  irregularKind,
  isAtRest,
  openRegular as open,
  openRegularSync as openSync,
  readHandle,
} from "@seamless/internal/files";
import { showPath } from "@seamless/internal/text";
import { SeamlessError } from "../errors.ts";
import { asPath, fileError } from "./path.ts";

/** One read gets at most this much: the system rejects 2 GiB. */
const SLICE = 2 ** 30;

/**
 * The bytes of a regular file, of one version.
 *
 * @param limit - Largest size, in bytes.
 * @throws {SeamlessError} `TOO_LARGE` over the limit, or over what an array of bytes can hold; `FILE_CHANGED`; file codes.
 */
export async function readFile(
  source: string | URL,
  limit = Number.POSITIVE_INFINITY,
): Promise<Uint8Array<ArrayBuffer>> {
  const path = asPath(source);
  const { handle, stats } = await openRegular(path);
  try {
    if (stats.size > limit) throw tooLargeError(path, `the limit is ${limit} bytes`);
    const bytes = allocate(path, stats.size);
    let filled = 0;
    while (filled < bytes.byteLength) {
      const bytesRead = await readHandle(handle, bytes.subarray(filled, filled + SLICE), null);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    failIfChanged(path, stats, await handle.stat(), filled);
    return bytes;
  } catch (error) {
    throw fileError(error, path, "read");
  } finally {
    await handle.close();
  }
}

function allocate(path: string, size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw tooLargeError(path, `an array of bytes cannot be that long (${size})`, cause);
  }
}

function tooLargeError(path: string, why: string, cause?: unknown): SeamlessError {
  return new SeamlessError("TOO_LARGE", `${showPath(path)} is too large to be read: ${why}`, {
    file: path,
    cause,
  });
}

/**
 * Open a regular file, or a link to one, for reading. Anything else is an error, and is not opened.
 *
 * @throws {SeamlessError} `NOT_A_FILE`, `NOT_FOUND`, `PERMISSION_DENIED` and other file codes.
 */
export async function openRegular(path: string): Promise<{ handle: FileHandle; stats: Stats }> {
  try {
    const kind = irregularKind(await stat(path));
    if (kind !== undefined) throw irregularError(path, kind);
    return await open(path, (kind) => irregularError(path, kind));
  } catch (error) {
    throw fileError(error, path, "read");
  }
}

/** The same, synchronously, for what has just been seen to be a regular file: the look before the open is saved. */
export function openRegularSync(path: string): { fd: number; stats: Stats } {
  try {
    return openSync(path, (kind) => irregularError(path, kind));
  } catch (error) {
    throw fileError(error, path, "read");
  }
}

/**
 * Throws if the size or times of change of a file moved while it was read: its bytes are of no one version. The time of
 * content (`mtime`) can be set back by anyone who may write the file, that of any change (`ctime`) cannot. The price: a new
 * link or new permissions count too.
 *
 * @throws {SeamlessError} `FILE_CHANGED`.
 */
export function failIfChanged(path: string, before: Stats, after: Stats, bytesRead: number): void {
  const atRest = isAtRest(before, after);
  if (atRest && bytesRead === after.size) return;
  const fault = atRest
    ? `cannot read ${showPath(path)}: its size is not what the system says (a file that the kernel makes up?)`
    : `${showPath(path)} changed while it was read: try again when it is at rest`;
  throw new SeamlessError("FILE_CHANGED", fault, { file: path });
}

function irregularError(path: string, kind: string): SeamlessError {
  return new SeamlessError("NOT_A_FILE", `cannot read ${showPath(path)}: it is a ${kind}, not a regular file`, {
    file: path,
  });
}
