import { Checksum, createSha256 } from "@seamless/checksum";
import { checksumFile, type Decode } from "@seamless/checksum/node";
import type { FileJob } from "./operands.ts";
import { countBytes, readStandardInput } from "./streams.ts";

/**
 * The checksum of a file, or of standard input for `-`.
 *
 * @throws {SeamlessError} as `checksumFile` and `readStandardInput`.
 */
export async function checksumInput(
  { path, signal, onProgress }: Omit<FileJob, "index">,
  decode?: Decode,
): Promise<Checksum> {
  if (path !== "-") return checksumFile(path, { signal, onProgress, decode });
  const hash = createSha256();
  const chunks = countBytes(readStandardInput(signal), onProgress && ((bytes) => onProgress({ bytes })));
  for await (const chunk of chunks) hash.update(chunk);
  return new Checksum(hash.digest());
}
