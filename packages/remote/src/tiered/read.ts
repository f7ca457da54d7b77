import { type AbortOptions, type Checksum, ProvenBytes, type SeamlessError } from "@seamless/checksum";
import { type GetStreamOptions, getFrom, proveVerified } from "@seamless/store";
import { noOther, tierFailures } from "./failures.ts";
import { inTime } from "./in-time.ts";
import type { Tier } from "./tier.ts";
import { SLOWEST, type Tiers } from "./tiers.ts";

/** What a tier gave, and what became of those that were asked before. */
export interface Found<T> {
  readonly found: T;
  readonly tier: Tier;
  /** Faster and writable ones that lack the buffer, or have other bytes in its place. */
  readonly lacking: readonly Tier[];
  /** One for each tier that failed. */
  readonly errors: readonly SeamlessError[];
}

/** The bytes of a buffer, proven; `undefined` if all tiers say that it is missing. */
export async function get(
  tiers: Tiers,
  checksum: Checksum,
  { signal }: AbortOptions,
): Promise<Found<ProvenBytes> | undefined> {
  const { clock, readTimeout: limit } = tiers;
  return search(tiers, tiers.all, checksum, signal, async ({ store, name }) => {
    const more = async (given: AbortSignal) => {
      const [length = 0] = await store.lengths([checksum], { signal: given });
      return length / SLOWEST;
    };
    const found = await inTime((given) => getFrom(store, checksum, { signal: given }), { clock, limit, more, signal });
    if (found === undefined || ProvenBytes.isProvenBytes(found)) return found;
    // A copy, since the tier may still have what it gave.
    return proveVerified(checksum, found, { signal, store: name });
  });
}

/** The body of a buffer, not verified; `undefined` if all tiers say that it is missing. */
export async function getBody(
  tiers: Tiers,
  checksum: Checksum,
  { signal, chunkSize, memory }: GetStreamOptions,
): Promise<Found<ReadableStream<Uint8Array>> | undefined> {
  // The end of a stream is too late to ask another tier: those that had wrong bytes come last.
  const order = [
    ...tiers.all.filter((tier) => !tier.suspects(checksum)),
    ...tiers.all.filter((tier) => tier.suspects(checksum)),
  ];
  const { clock, readTimeout: limit } = tiers;
  return search(tiers, order, checksum, signal, ({ store }) =>
    inTime(
      async (given) => {
        const body = await store.getStream(checksum, { signal: given, chunkSize, memory });
        // One that comes too late is read by nobody.
        if (given.aborted) await body?.cancel(given.reason).catch(() => undefined);
        return body;
      },
      { clock, limit, signal },
    ),
  );
}

/** @throws {SeamlessError} `STORE_FAILED` if nobody gives anything, and some tier failed; the signal's reason. */
async function search<T>(
  { name: store, all }: Tiers,
  order: readonly Tier[],
  checksum: Checksum,
  signal: AbortSignal | undefined,
  ask: (tier: Tier) => Promise<T | undefined>,
): Promise<Found<T> | undefined> {
  signal?.throwIfAborted();
  const errors: SeamlessError[] = [];
  const missing = new Set<Tier>();
  for (const tier of order) {
    let found: T | undefined;
    try {
      found = await ask(tier);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      errors.push(tier.failedToGive(checksum, error));
      continue;
    }
    if (found === undefined) {
      tier.missed();
      missing.add(tier);
      continue;
    }
    tier.hit();
    const faster = all.slice(0, all.indexOf(tier));
    const lacking = faster.filter((one) => one.writable && (missing.has(one) || one.suspects(checksum)));
    return { found, tier, lacking, errors };
  }
  if (errors.length === 0) return undefined;
  throw tierFailures({ store, what: `get ${checksum.hex()}`, errors, others: noOther(all, errors), checksum });
}
