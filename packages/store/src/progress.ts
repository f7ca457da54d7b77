import type { TransferProgress } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import type { TransferOptions } from "./store.ts";

/** Is told how far a transfer is. */
export type OnProgress = (progress: TransferProgress) => void;

/**
 * The same chunks, and how many bytes have come is told with each, for the `onProgress` of a store of your own.
 *
 * @param onProgress - Without it, the chunks themselves.
 * @param totalBytes - In all, where it is known.
 */
export function withProgress(
  chunks: AsyncIterable<Uint8Array>,
  onProgress: OnProgress | undefined,
  totalBytes?: number,
): AsyncIterable<Uint8Array> {
  return onProgress === undefined ? chunks : counted(chunks, onProgress, totalBytes);
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  onProgress: OnProgress,
  totalBytes: number | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    onProgress({ bytes, totalBytes });
    yield chunk;
  }
}

/**
 * Runs a transfer that may send or ask for the same bytes more than once, or for several callers: progress is told only where
 * it goes beyond what was told, and an `onProgress` that throws aborts this one with what it has thrown.
 *
 * @param run - Gets the options with a signal and an `onProgress` of its own, which does not throw.
 */
export async function reportProgress<T>(
  { signal, onProgress }: TransferOptions,
  run: (options: TransferOptions) => Promise<T>,
): Promise<T> {
  if (onProgress === undefined) return run({ signal });
  const controller = new AbortController();
  const forget = onAbort(signal, () => controller.abort(signal?.reason));
  let most = -1;
  const tell: OnProgress = (progress) => {
    if (progress.bytes <= most || controller.signal.aborted) return;
    most = progress.bytes;
    try {
      onProgress(progress);
    } catch (reason) {
      controller.abort(reason);
    }
  };
  try {
    const result = await run({ signal: controller.signal, onProgress: tell });
    controller.signal.throwIfAborted();
    return result;
  } finally {
    forget();
  }
}
