import { type Checksum, isSeamlessError } from "@seamless/checksum";
import type { Call } from "./command.ts";
import type { Store } from "./store.ts";
import { usingStream } from "./streams.ts";

/** What a store says of a buffer that it has hashed; `unknown` where it does not hash. */
export type Verdict = Awaited<ReturnType<NonNullable<Store["check"]>>>[number];

/** Have a store hash buffers where they lie, with progress. In the order asked. */
export async function askVerdicts(
  { console, signal }: Call,
  store: Store,
  checksums: readonly Checksum[],
): Promise<readonly Verdict[]> {
  if (store.check === undefined) return checksums.map(() => "unknown");
  const progress = console.progress();
  const onProgress =
    progress &&
    ((state: { readonly files: number; readonly totalFiles: number; readonly bytes: number }) =>
      progress.update({ ...state, totalBytes: 0 }));
  return store.check(checksums, { signal, onProgress });
}

/** Find out by getting all of a buffer: it is hashed on its way. */
export async function fetchVerdict(store: Store, checksum: Checksum, signal: AbortSignal): Promise<Verdict> {
  try {
    const stream = await store.getStream(checksum, { signal });
    if (stream === undefined) return "missing";
    await usingStream(stream, async () => {
      for await (const _ of stream);
    });
    return "ok";
  } catch (error) {
    if (isSeamlessError(error, "CHECKSUM_MISMATCH")) return "corrupt";
    if (isSeamlessError(error, "STORE_FAILED")) return "unreadable";
    throw error;
  }
}
