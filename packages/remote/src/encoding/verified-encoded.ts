import { Checksum, createSha256, isSeamlessError, type ProvenDecoding, SeamlessError } from "@seamless/checksum";
import { type Coding, mismatchError, verifiedChunks } from "@seamless/store";
import { DECODED, type DecodeOptions, decode, tooLargeError, undecodableError } from "./decode.ts";
import { trustedDecoding } from "./decode-chunks.ts";

/** How encoded bytes are verified: the limits of what they become, and who is told of it. */
export interface VerifyEncodedOptions extends DecodeOptions {
  /** Called with the decoded length, in bytes, once the checksum is right. */
  readonly onLength?: ((length: number) => void) | undefined;
  /** The proof of what they become: with one of our own decoder, they are hashed as they are, and not decoded again. */
  readonly decoding?: ProvenDecoding | undefined;
}

/**
 * The same encoded chunks, decoded and hashed on their way; the last one is held back until the checksum is known to be right.
 *
 * @param source - Its chunks are kept until the decoder is done with them: they must not be changed.
 * @throws {SeamlessError} `CHECKSUM_MISMATCH`, and what `decode` throws. What the source throws passes unchanged.
 */
export function verifiedEncoded(
  checksum: Checksum,
  coding: Coding,
  source: AsyncIterable<Uint8Array>,
  { decoding, ...options }: VerifyEncodedOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const known = trustedDecoding(checksum, coding, decoding);
  if (known === undefined) return verifiedByDecoding(checksum, coding, source, options);
  return verifiedByProof(known, source, options);
}

/** What was decoded before has the same checksum as it is encoded. */
async function* verifiedByProof(
  { checksum, encoded, length }: ProvenDecoding,
  source: AsyncIterable<Uint8Array>,
  { onLength, store, ...limits }: Omit<VerifyEncodedOptions, "decoding">,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (length > limits.limit) throw tooLargeError(DECODED, { store, ...limits });
  try {
    yield* verifiedChunks(encoded, source, { copy: false, store });
  } catch (cause) {
    if (!isSeamlessError(cause, "CHECKSUM_MISMATCH") || cause.checksum?.equals(encoded) !== true) throw cause;
    const message = `${store}: the bytes of ${checksum.hex()} are not those that were decoded before`;
    throw new SeamlessError("CHECKSUM_MISMATCH", message, { checksum, store, cause });
  }
  onLength?.(length);
}

async function* verifiedByDecoding(
  checksum: Checksum,
  coding: Coding,
  source: AsyncIterable<Uint8Array>,
  { onLength, ...options }: Omit<VerifyEncodedOptions, "decoding">,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { store } = options;
  const feed = new Feed();
  const decoding = hashAll(decode([coding], feed.chunks(), options));
  // It is awaited below; until then a failure must not count as unhandled.
  decoding.catch(() => undefined);
  let held: Uint8Array | undefined;
  let decoded = false;
  try {
    for await (const chunk of source) {
      if (chunk.byteLength === 0) continue;
      if (decoded) throw undecodableError(coding, options, "something follows their end");
      // Until the decoder asks for more: no more is in memory than it wants.
      decoded = (await Promise.race([feed.give(chunk), decoding])) !== undefined;
      if (held !== undefined) yield held;
      held = chunk;
    }
    feed.end();
    // Not all decoders complain.
    if (held === undefined) throw undecodableError(coding, options, "there are none");
    const { found, length } = await decoding;
    if (!found.equals(checksum)) throw mismatchError(checksum, found, { store });
    onLength?.(length);
    if (held !== undefined) yield held;
  } finally {
    feed.end();
  }
}

async function hashAll(chunks: AsyncIterable<Uint8Array>): Promise<{ found: Checksum; length: number }> {
  const hash = createSha256();
  let length = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    length += chunk.byteLength;
  }
  return { found: new Checksum(hash.digest()), length };
}

/** Chunks that one side gives and the other takes, one at a time. */
class Feed {
  #chunk: Uint8Array | undefined;
  #ended = false;
  #taken: () => void = () => {};
  #given: () => void = () => {};

  /** Resolves when the next one is wanted. */
  give(chunk: Uint8Array): Promise<undefined> {
    this.#chunk = chunk;
    this.#given();
    return new Promise((resolve) => {
      this.#taken = () => resolve(undefined);
    });
  }

  end(): void {
    this.#ended = true;
    this.#given();
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      if (this.#chunk === undefined && !this.#ended) {
        await new Promise<void>((resolve) => {
          this.#given = resolve;
        });
      }
      const chunk = this.#chunk;
      if (chunk === undefined) return;
      yield chunk;
      this.#chunk = undefined;
      this.#taken();
    }
  }
}
