import { showPath } from "@seamless/internal/text";
import { SeamlessError } from "../errors.ts";
import { fileError } from "./file-error.ts";
import { readHandle } from "./file-handle.ts";
import { asPath } from "./path.ts";
import { openRegular, refuseIfChanged } from "./regular-file.ts";

/** One read gets at most this much: the system refuses 2 GiB. */
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
    if (stats.size > limit) throw tooLarge(path, `the limit is ${limit} bytes`);
    const bytes = allocate(path, stats.size);
    let filled = 0;
    while (filled < bytes.byteLength) {
      const bytesRead = await readHandle(handle, bytes.subarray(filled, filled + SLICE), null);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    refuseIfChanged(path, stats, await handle.stat(), filled);
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
    throw tooLarge(path, `an array of bytes cannot be that long (${size})`, cause);
  }
}

function tooLarge(path: string, why: string, cause?: unknown): SeamlessError {
  return new SeamlessError("TOO_LARGE", `${showPath(path)} is too large to be read: ${why}`, {
    file: path,
    cause,
  });
}
