import { type Checksum, isSeamlessError } from "@seamless/checksum";
import { hashFiles } from "@seamless/checksum/node";
import { mapParallel } from "@seamless/internal/parallel";
import type { CheckOptions } from "@seamless/store";
import { FORMS } from "../encoding/forms.ts";
import { filesOf, type Place, pathOf } from "./layout.ts";
import type { LayoutDetector } from "./layout-detector.ts";
import { lookAtAll } from "./look-up.ts";
import type { Reader } from "./reader.ts";
import type { Verdict } from "./types.ts";

/** Files that are hashed in one go: enough for threads to pay, and a few megabytes of names. */
export const HASHED_AT_ONCE = 16_384;

/** Files that are read one by one, at a time: while one is hashed, others come from the disk. */
export const READS_AT_ONCE = 4;

/** Hashes buffers in place. Most are plain files, and right: only the others are looked at again, one by one and in all forms. */
export async function checkBuffers(
  detector: LayoutDetector,
  reader: Reader,
  checksums: readonly Checksum[],
  { signal, onProgress }: CheckOptions,
): Promise<Verdict[]> {
  const place = await detector.forReading();
  // A server asks so before each upload: mostly for what is missing, which a few looks show.
  const [only, ...more] = checksums;
  if (only !== undefined && more.length === 0 && (await isAbsent(place, only, signal))) {
    onProgress?.({ files: 1, totalFiles: 1, bytes: 0 });
    return ["missing"];
  }
  const verdicts: Verdict[] = [];
  let bytes = 0;
  for (let start = 0; start < checksums.length; start += HASHED_AT_ONCE) {
    const batch = checksums.slice(start, start + HASHED_AT_ONCE);
    const tell = ({ files, bytes: hashed }: { files: number; bytes: number }) =>
      onProgress?.({ files: start + files, totalFiles: checksums.length, bytes: bytes + hashed });
    const hashed = await hashFiles(
      place.root,
      batch.map((checksum) => pathOf(place, checksum.hex())),
      { signal, onProgress: onProgress && tell },
    );
    bytes += hashed.bytes;
    const isRight = (checksum: Checksum, index: number) => hashed.hex[index] === checksum.hex();
    verdicts.push(
      ...(await mapParallel(batch, { limit: READS_AT_ONCE }, (checksum, index) =>
        isRight(checksum, index) ? Promise.resolve<Verdict>("ok") : lookCloser(reader, checksum, signal),
      )),
    );
  }
  return verdicts;
}

/** Is no file of a buffer there, in any form? */
async function isAbsent(place: Place, checksum: Checksum, signal: AbortSignal | undefined): Promise<boolean> {
  const plain = filesOf(place, checksum.hex());
  const all = plain.flatMap((file) => FORMS.map(({ suffix }) => file + suffix));
  // The plain form once more: it may have replaced another one after it was looked for.
  return (await areAbsent(all, signal)) && areAbsent(plain, signal);
}

async function areAbsent(files: readonly string[], signal: AbortSignal | undefined): Promise<boolean> {
  let absent = true;
  await lookAtAll(
    files,
    (file) => file,
    signal,
    (_, look) => {
      if (!(look instanceof Error && look.code === "ENOENT")) absent = false;
    },
  );
  return absent;
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
