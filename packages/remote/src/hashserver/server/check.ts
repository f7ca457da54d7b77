import { type AbortOptions, type Checksum, isSeamlessError } from "@seamless/checksum";
import { type Store, streamChunks } from "@seamless/store";

/**
 * Read all of a buffer where it lies: what the store says to be there may be wrong.
 *
 * @throws what the store throws, but for wrong bytes.
 */
export async function checkBuffer(
  store: Store,
  checksum: Checksum,
  options: AbortOptions,
): Promise<"ok" | "missing" | "corrupt"> {
  try {
    const [there] = await store.has([checksum], options);
    const stream = there === true ? await store.getStream(checksum, options) : undefined;
    if (stream === undefined) return "missing";
    for await (const _ of streamChunks(stream));
    return "ok";
  } catch (error) {
    if (isSeamlessError(error, "CHECKSUM_MISMATCH")) return "corrupt";
    throw error;
  }
}
