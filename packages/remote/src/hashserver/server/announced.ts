import { SeamlessError } from "@seamless/checksum";

/**
 * The same stream, but none that is shorter or longer than was announced ever reaches that length: whoever counts bytes would
 * take its beginning for the whole.
 *
 * @param length - In bytes.
 * @param onFailure - Told why it breaks off.
 */
export function asAnnounced(
  stream: ReadableStream<Uint8Array>,
  length: number,
  onFailure: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let held: Uint8Array | undefined;
  let total = 0;
  // What completes the length is held back, until it is known that nothing follows; all before that is passed on as it comes.
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          for (;;) {
            const { done, value } = await reader.read();
            total += value?.byteLength ?? 0;
            if (total > length || (done && total < length)) {
              throw new SeamlessError(
                "STORE_FAILED",
                `a buffer of ${length} bytes turned out to have ${total}, or more`,
              );
            }
            if (done) {
              if (held !== undefined) controller.enqueue(held);
              return controller.close();
            }
            if (total < length) return controller.enqueue(value);
            if (value.byteLength > 0) held = value;
          }
        } catch (error) {
          reader.cancel(error).catch(() => undefined);
          onFailure(error);
          throw error;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
