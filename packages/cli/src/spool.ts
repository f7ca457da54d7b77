import { constants } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Checksum, createSha256 } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { type FileSource, handleSource } from "./file-source.ts";

export interface Spooled {
  readonly checksum: Checksum;
  readonly source: FileSource;
}

/**
 * Keep what comes only once in a temporary file, for as long as some work takes: its checksum is known when all of it
 * has come, and the store asks for the checksum first. Nobody else may read the file, and where the system allows it, it
 * has no name any more as soon as it is open, so that not even a killed process leaves it.
 *
 * @throws {SeamlessError} `DISK_FULL` and other file codes; what the pieces and the work throw.
 */
export async function withSpool<T>(
  pieces: AsyncIterable<Uint8Array>,
  onBytes: ((bytes: number) => void) | undefined,
  work: (spooled: Spooled) => Promise<T>,
): Promise<T> {
  const folder = await writing(mkdtemp(join(tmpdir(), "seamless-put-")));
  try {
    const handle = await writing(
      open(join(folder, "input"), constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600),
    );
    try {
      if (process.platform !== "win32") await rm(folder, { recursive: true });
      const checksum = await fill(handle, pieces, onBytes);
      return await work({ checksum, source: handleSource(handle, "standard input", await handle.stat()) });
    } finally {
      await handle.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(
  handle: FileHandle,
  pieces: AsyncIterable<Uint8Array>,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<Checksum> {
  const hash = createSha256();
  let bytes = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    for (let at = 0; at < piece.byteLength; ) {
      at += (await writing(handle.write(piece, at, piece.byteLength - at, bytes + at))).bytesWritten;
    }
    bytes += piece.byteLength;
    onBytes?.(bytes);
  }
  return new Checksum(hash.digest());
}

/** What fails here is the folder for temporary files, whichever file in it. */
function writing<T>(operation: Promise<T>): Promise<T> {
  return operation.catch((error) => {
    throw fileError(error, tmpdir(), "keep standard input in");
  });
}
