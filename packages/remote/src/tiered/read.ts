import { type StoreOptions, untilAborted, verifyBytes } from "@seamless/cache";
import { asBytes, type Checksum, SeamlessError } from "@seamless/checksum";
import { tierFailures } from "./failures.ts";
import type { Tier } from "./tier.ts";
import type { Tiers } from "./tiers.ts";

/** What a tier gave, and what became of those that were asked before. */
export interface Found<T> {
  readonly found: T;
  readonly tier: Tier;
  /** Faster and writable ones that lack the buffer, or have other bytes in its place. */
  readonly lacking: readonly Tier[];
  /** One for each tier that failed. */
  readonly errors: readonly SeamlessError[];
}

/** The bytes of a buffer, verified; `undefined` if all tiers say that it is missing. */
export async function get(
  tiers: Tiers,
  checksum: Checksum,
  { signal }: StoreOptions,
): Promise<Found<Uint8Array> | undefined> {
  return search(tiers, tiers.all, checksum, signal, async ({ store, name }) => {
    const found = await untilAborted(store.get(checksum, { signal }), signal);
    if (found === undefined) return undefined;
    const bytes = asBytes(found);
    verifyBytes(checksum, bytes, { store: name });
    return bytes;
  });
}

/** The body of a buffer, not verified; `undefined` if all tiers say that it is missing. */
export async function getBody(
  tiers: Tiers,
  checksum: Checksum,
  { signal }: StoreOptions,
): Promise<Found<ReadableStream<Uint8Array>> | undefined> {
  // The end of a stream is too late to ask another tier: those that had wrong bytes come last.
  const order = [
    ...tiers.all.filter((tier) => !tier.suspects(checksum)),
    ...tiers.all.filter((tier) => tier.suspects(checksum)),
  ];
  return search(tiers, order, checksum, signal, async ({ store }) => {
    const asked = store.getStream(checksum, { signal });
    // One that comes too late is read by nobody.
    asked
      .then((body) => {
        if (signal?.aborted) void body?.cancel(signal.reason).catch(() => undefined);
      })
      .catch(() => undefined);
    return untilAborted(asked, signal);
  });
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
  throw tierFailures({ store, what: `get ${checksum.hex()}`, errors, others: nobodyElse(all, errors), checksum });
}

/** Which question, for messages and answers. */
interface Question<T> {
  /** Ask one store. */
  ask(tier: Tier, checksums: readonly Checksum[], options: StoreOptions): Promise<readonly T[]>;
  /** What it answers for a buffer that is missing. */
  readonly missing: T;
  readonly what: string;
}

/** Which buffers are there. */
export const HAS: Question<boolean> = {
  ask: ({ store }, checksums, options) => store.has(checksums, options),
  missing: false,
  what: "look for",
};

/** How long they are, in bytes. */
export const LENGTHS: Question<number | undefined> = {
  ask: ({ store }, checksums, options) => store.lengths(checksums, options),
  missing: undefined,
  what: "tell the length of",
};

/**
 * Ask for many buffers at once: each tier only for those that the ones before it did not have.
 *
 * @throws {SeamlessError} `STORE_FAILED` if nobody has some of them, and some tier failed; the signal's reason.
 */
export async function askForAll<T>(
  { name: store, all }: Tiers,
  { ask, missing, what: verb }: Question<T>,
  checksums: readonly Checksum[],
  { signal }: StoreOptions,
): Promise<T[]> {
  signal?.throwIfAborted();
  const answers = checksums.map(() => missing);
  const errors: SeamlessError[] = [];
  /** Where in the list those are that are still missing. */
  let open = checksums.map((_, at) => at);
  for (const tier of all) {
    if (open.length === 0) break;
    const asked = open.map((at) => checksums[at]!);
    const what = `${verb} ${asked.length === 1 ? asked[0]?.hex() : `${asked.length} buffers`}`;
    try {
      const told = await untilAborted((async () => ask(tier, asked, { signal }))(), signal);
      if (told.length !== asked.length) throw wrongNumber(told.length, asked.length);
      for (const [i, at] of open.entries()) answers[at] = told[i]!;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      errors.push(tier.failed(what, error));
    }
    open = open.filter((at) => answers[at] === missing);
  }
  if (open.length === 0 || errors.length === 0) return answers;
  const what = `${verb} ${open.length} of ${checksums.length} buffers`;
  throw tierFailures({ store, what, errors, others: nobodyElse(all, errors) });
}

function nobodyElse(all: readonly Tier[], errors: readonly SeamlessError[]): string | undefined {
  return errors.length < all.length ? "no other tier has it" : undefined;
}

function wrongNumber(found: number, asked: number): SeamlessError {
  return new SeamlessError("STORE_FAILED", `${found} answers to ${asked} questions`);
}
