import { Checksum, createSha256 } from "@seamless/checksum";
import { checksumFile, type Decode } from "@seamless/checksum/node";
import type { CompressedFile } from "../files/compressed.ts";
import { countBytes } from "../files/streams.ts";
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
  let length = 0;
  const own = createSha256();
  const hashed = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      own.update(chunk);
      yield chunk;
    }
  };
  const counted: Decode = (chunks) =>
    countBytes(decode(hashed(chunks)), (bytes) => {
      length = bytes;
    });
  const checksum = await checksumFile(path, { signal, decode: counted, onProgress });
  return { checksum, content: { coding, decode, length, encoded: new Checksum(own.digest()) } };
}
