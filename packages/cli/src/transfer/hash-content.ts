import type { Checksum } from "@seamless/checksum";
import { checksumFile, proveFileDecoding } from "@seamless/checksum/node";
import type { CompressedFile } from "../files/compressed.ts";
import type { CompressedContent } from "./put.ts";

/** What counts of a file. */
interface HashedContent {
  readonly checksum: Checksum;
  /** If it is compressed, and what it holds counts. */
  readonly content: CompressedContent | undefined;
}

/**
 * Hashes a file; of a compressed one what it holds, and with it the file as it is.
 *
 * @param compressed - `undefined` if the file counts as it is.
 * @throws {SeamlessError} as `checksumFile`.
 */
export async function hashContent(
  path: string,
  compressed: CompressedFile | undefined,
  signal: AbortSignal,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<HashedContent> {
  const onProgress = onBytes && (({ bytes }: { readonly bytes: number }) => onBytes(bytes));
  if (compressed === undefined) {
    return { checksum: await checksumFile(path, { signal, onProgress }), content: undefined };
  }
  const { coding, decode } = compressed;
  const decoding = await proveFileDecoding(path, decode, { signal, onProgress });
  const { checksum, length } = decoding;
  return { checksum, content: { coding, decode, length, decoding } };
}
