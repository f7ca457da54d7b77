import { Buffer } from "@seamless/celltypes";
import { type Checksum, SeamlessError } from "@seamless/checksum";
import { onAbort, untilAborted } from "@seamless/internal/abort";
import type { Timers } from "@seamless/internal/timers";
import type { Store } from "@seamless/store";
import { getFrom, mismatchError } from "@seamless/store";

/** How long a store may take. */
export interface Patience {
  /** In milliseconds; no limit if not given. */
  readonly timeout?: number | undefined;
  readonly timers: Timers;
}

/**
 * What one store has under a checksum, verified: by the store, if it proves so, or here. The limit is for its answer: hashing that is not its own time.
 *
 * @throws {SeamlessError} `CHECKSUM_MISMATCH`, `STORE_FAILED` when it takes too long, what the store throws, and the
 * signal's reason.
 */
export async function ask(
  store: Store,
  checksum: Checksum,
  signal: AbortSignal,
  { timeout, timers }: Patience,
): Promise<Buffer | undefined> {
  const controller = new AbortController();
  const forget = onAbort(signal, () => controller.abort(signal.reason));
  const timer =
    timeout === undefined
      ? undefined
      : timers.setTimeout(() => {
          controller.abort(new SeamlessError("STORE_FAILED", `no answer within ${timeout} ms`, { store: store.name }));
        }, timeout);
  try {
    // A store may ignore its signal.
    const found = await untilAborted(getFrom(store, checksum, { signal: controller.signal }), controller.signal);
    timer?.cancel();
    if (found === undefined) return undefined;
    const buffer = new Buffer(found, { copy: false });
    const computed = await buffer.computeChecksum({ signal });
    if (!computed.equals(checksum)) throw mismatchError(checksum, computed);
    return buffer;
  } finally {
    timer?.cancel();
    forget();
  }
}
