import { once } from "node:events";

/**
 * Write bytes to standard output, no faster than they are taken there.
 *
 * @returns how many bytes it were.
 * @throws the signal's reason once it is aborted, which also happens when nobody reads any more.
 */
export async function writeOutput(pieces: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  for await (const piece of pieces) {
    signal.throwIfAborted();
    bytes += piece.byteLength;
    if (!process.stdout.write(piece)) await once(process.stdout, "drain", { signal });
  }
  signal.throwIfAborted();
  return bytes;
}
