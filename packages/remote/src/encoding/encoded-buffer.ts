import type { AbortOptions, Checksum } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import { type Coding, chunkStream, type EncodedBuffer } from "@seamless/store";
import { type VerifyEncodedOptions, verifiedEncoded } from "./verified-encoded.ts";

/** An encoded body that was asked for, and what it may become. */
interface OpenBody {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly limits: VerifyEncodedOptions;
  /** Lets the connection go; harmless at the end. */
  discard(): void;
}

/**
 * A buffer as it lies, verified on its way. Its bytes are asked for when the first are read: many only want to know that it is
 * there.
 *
 * @param length - Of the encoded bytes.
 * @param open - Called once, at most.
 */
export function encodedBuffer(
  checksum: Checksum,
  coding: Coding,
  length: number,
  open: (signal: AbortSignal) => Promise<OpenBody>,
  { signal }: AbortOptions,
): EncodedBuffer {
  const stopper = new AbortController();
  const forget = onAbort(signal, () => stopper.abort(signal?.reason));
  let body: OpenBody | undefined;
  let complete = false;
  const chunks = async function* () {
    body = await open(stopper.signal);
    yield* verifiedEncoded(checksum, coding, body.chunks, body.limits);
    complete = true;
  };
  const onEnd = () => {
    forget();
    body?.discard();
    // It may still be being opened.
    if (!complete) stopper.abort(new Error("nothing more is wanted"));
  };
  return { coding, length, stream: chunkStream(chunks(), { signal: stopper.signal, onEnd }) };
}
