/**
 * Do something with a stream, and let go of what is behind it (a file, a connection) in every case: also where it fails
 * before it has begun to read.
 */
export async function usingStream<T>(
  stream: ReadableStream<Uint8Array>,
  work: (stream: ReadableStream<Uint8Array>) => Promise<T>,
): Promise<T> {
  try {
    return await work(stream);
  } finally {
    // One that has come to its end, or failed, has let go already.
    await stream.cancel().catch(() => undefined);
  }
}

/** The same pieces; tells after each how many bytes it were so far. */
export async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const piece of pieces) {
    yield piece;
    bytes += piece.byteLength;
    onBytes?.(bytes);
  }
}
