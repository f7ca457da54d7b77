import type { AbortOptions } from "@seamless/checksum";
import { backoff, sleep } from "@seamless/internal/timers";
import { isLasting } from "./retry.ts";

/** How often a stream that broke off is opened again. */
export interface ResumeOptions extends AbortOptions {
  /**
   * Attempts in a row that bring nothing, before the failure is passed on.
   * @default 5
   */
  readonly attempts?: number | undefined;
  /**
   * Wait before the second attempt in a row, in milliseconds; doubled for each after it, up to 10 s.
   * @default 250
   */
  readonly firstDelay?: number | undefined;
  /**
   * Whether a failure may pass.
   * @default all but those of which `isLasting` says that they last
   */
  readonly mayPass?: ((error: unknown) => boolean) | undefined;
}

/** In milliseconds. */
const LONGEST_DELAY = 10_000;

/**
 * Chunks that go on where they broke off: for the `getStream` of a store of your own, inside `verifiedStream`, which hashes
 * the whole. An attempt that brought something makes the next ones count anew.
 *
 * @param first - The chunks from the start.
 * @param reopen - Opens the rest, from an offset in bytes; `undefined` if the buffer is gone, which is an error then.
 * @throws what `first` and `reopen` throw in the end; the signal's reason.
 *
 * @example
 * import { resumedChunks } from "@seamless/store";
 * const text = new TextEncoder().encode("hello");
 * const from = async function* (offset) {
 *   yield text.subarray(offset, offset + 2);
 *   if (offset + 2 < text.length) throw new Error("connection reset");
 * };
 * const found = [];
 * for await (const chunk of resumedChunks(from(0), from)) found.push(new TextDecoder().decode(chunk));
 * console.log(found.join("|")); // → he|ll|o
 */
export async function* resumedChunks(
  first: AsyncIterable<Uint8Array>,
  reopen: (offset: number) => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array> | undefined>,
  options: ResumeOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal, attempts = 5, firstDelay = 250, mayPass = (error) => !isLasting(error) } = options;
  const delay = backoff(firstDelay, LONGEST_DELAY, () => Math.random());
  let offset = 0;
  let chunks: AsyncIterable<Uint8Array> | undefined = first;
  let failure: unknown;
  let failures = 0;
  for (;;) {
    try {
      chunks ??= await reopen(offset);
      if (chunks === undefined) throw failure;
      for await (const chunk of chunks) {
        if (chunk.byteLength > 0) failures = 0;
        offset += chunk.byteLength;
        yield chunk;
      }
      return;
    } catch (error) {
      signal?.throwIfAborted();
      failures++;
      if (failures > attempts || error === failure || !mayPass(error)) throw error;
      failure = error;
      chunks = undefined;
    }
    if (failures > 1) await sleep(delay(failures - 1), signal);
  }
}
