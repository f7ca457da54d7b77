import { type Checksum, isSeamlessError } from "@seamless/checksum";
import { hashFiles } from "@seamless/checksum/node";
import { mapParallel } from "@seamless/internal/parallel";
import type { CheckOptions } from "@seamless/store";
import type { Home } from "./home.ts";
import { pathOf } from "./layout.ts";
import type { Reader } from "./reader.ts";
import type { Verdict } from "./types.ts";

/** Buffers that are hashed in one go: enough for threads to pay, and a few megabytes of names. */
const BATCH = 16_384;

/** Files that are looked at more closely at a time. */
const AT_ONCE = 4;

/** Hash buffers where they lie. Most are right, as they are: only what is not is looked at again, in all forms. */
export async function checkBuffers(
  home: Home,
  reader: Reader,
  checksums: readonly Checksum[],
  { signal, onProgress }: CheckOptions,
): Promise<Verdict[]> {
  const place = await home.forReading();
  const verdicts: Verdict[] = [];
  let bytes = 0;
  for (let start = 0; start < checksums.length; start += BATCH) {
    const batch = checksums.slice(start, start + BATCH);
    const tell = (files: number, hashed: number) =>
      onProgress?.({ files: start + files, totalFiles: checksums.length, bytes: bytes + hashed });
    const hashed = await hashFiles(
      place.root,
      batch.map((checksum) => pathOf(place, checksum.hex())),
      { signal, onProgress: onProgress && tell },
    );
    bytes += hashed.bytes;
    const isRight = (checksum: Checksum, index: number) => hashed.hex[index] === checksum.hex();
    verdicts.push(
      ...(await mapParallel(batch, { limit: AT_ONCE }, (checksum, index) =>
        isRight(checksum, index) ? Promise.resolve<Verdict>("ok") : lookCloser(reader, checksum, signal),
      )),
    );
  }
  return verdicts;
}

async function lookCloser(reader: Reader, checksum: Checksum, signal: AbortSignal | undefined): Promise<Verdict> {
  signal?.throwIfAborted();
  try {
    return await reader.verdict(checksum, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (!isSeamlessError(error)) throw error;
    return "unreadable";
  }
}
