import { fstatSync } from "node:fs";
import { SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";

/**
 * What comes on standard input, in pieces.
 *
 * @throws {SeamlessError} `NOT_A_FILE` for a directory; file codes. The signal's reason once it is aborted.
 */
export async function* inputPieces(signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  // Node reads a directory as if it were an empty file.
  if (fstatSync(process.stdin.fd).isDirectory()) {
    throw new SeamlessError("NOT_A_FILE", "cannot read standard input: it is a directory");
  }
  const stop = () => process.stdin.destroy();
  signal.addEventListener("abort", stop);
  try {
    yield* failingAs(process.stdin as AsyncIterable<Buffer>);
  } finally {
    signal.removeEventListener("abort", stop);
  }
  // A stream that is destroyed ends as if it had been read.
  signal.throwIfAborted();
}

async function* failingAs(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    throw fileError(error, "standard input", "read");
  }
}
