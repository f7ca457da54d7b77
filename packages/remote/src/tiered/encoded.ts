import type { AbortOptions, Checksum, SeamlessError } from "@seamless/checksum";
import { copyBytes } from "@seamless/internal/bytes";
import type { Coding, EncodedBuffer, GetStreamOptions, PutEncodedOptions, Store } from "@seamless/store";
import { copied } from "../bytes.ts";
import { type DecodeOptions, decode, FOREIGN_LIMITS } from "../encoding/decode.ts";
import { verifiedEncoded } from "../encoding/verified-encoded.ts";
import { inTime } from "./attempt.ts";
import { type Found, inOrder, lackingBefore } from "./read.ts";
import { type Tier, type Tiers, tierError } from "./tier.ts";
import { putThrough } from "./write.ts";

/**
 * A buffer as it lies in the tier that would be read: a faster one that has it plain is not passed over.
 *
 * @returns `undefined` also where a tier fails that no other makes up for: reading tells why.
 */
export async function getEncoded(
  tiers: Tiers,
  checksum: Checksum,
  accept: readonly Coding[],
  { signal, ...options }: Omit<GetStreamOptions, "offset">,
): Promise<Found<EncodedBuffer> | undefined> {
  signal?.throwIfAborted();
  const { clock, readTimeout: limit } = tiers;
  const ask = <T>(run: (given: AbortSignal) => Promise<T>) => inTime(run, { clock, limit, signal });
  const errors: SeamlessError[] = [];
  const missing = new Set<Tier>();
  const order = inOrder(tiers, checksum);
  const last = order.findLastIndex(({ store }) => store.getEncoded !== undefined);
  for (const tier of order.slice(0, last + 1)) {
    const { store } = tier;
    try {
      const found = await ask(async (given) => store.getEncoded?.(checksum, accept, { ...options, signal: given }));
      if (found !== undefined) return { found, tier, errors, lacking: lackingBefore(tiers, tier, missing, checksum) };
      if (tier === order[last]) return undefined;
      const [there] = await ask((given) => store.has([checksum], { signal: given }));
      if (there === true) return undefined;
      missing.add(tier);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      errors.push(tierError(tier.name, `get ${checksum.hex()}`, error, checksum));
    }
  }
  return undefined;
}

/** Gives an encoded source to all tiers that are to have it, in step: those that keep no encodings decode it. */
export async function putEncoded(
  tiers: Tiers,
  checksum: Checksum,
  coding: Coding,
  source: AsyncIterable<Uint8Array>,
  options: PutEncodedOptions,
): Promise<void> {
  const { signal, ...asked } = options;
  await putThrough(tiers, checksum, {
    signal,
    chunks: (stopped) => owned(verifiedEncoded(checksum, coding, copied(source, stopped), limitsOf(asked))),
    write: (store, chunks, given) => giveEncoded(store, checksum, coding, chunks, { ...asked, signal: given }),
  });
}

/** Gives encoded chunks to a store, which keeps them so if it can. */
export async function giveEncoded(
  store: Store,
  checksum: Checksum,
  coding: Coding,
  chunks: AsyncIterable<Uint8Array>,
  options: PutEncodedOptions,
): Promise<void> {
  if (store.putEncoded !== undefined) return store.putEncoded(checksum, coding, chunks, options);
  const { signal } = options;
  await store.putStream(checksum, decode([coding], chunks, limitsOf(options)), { signal });
}

function limitsOf({ length, decoding, maxDecodedBytes, maxDecodedRatio }: Omit<PutEncodedOptions, keyof AbortOptions>) {
  const limits: DecodeOptions = {
    store: "the body",
    encodedLength: length,
    limit: maxDecodedBytes ?? FOREIGN_LIMITS.limit,
    limitedBy: "maxDecodedBytes",
    ratio: maxDecodedRatio ?? FOREIGN_LIMITS.ratio,
  };
  return { ...limits, decoding };
}

/** In memory of their own: the decoder may still read them. */
async function* owned(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) yield copyBytes(chunk);
}
