import {
  type AbortOptions,
  asBytes,
  type Checksum,
  type ErrorCode,
  isSeamlessError,
  ProvenBytes,
  type SeamlessError,
} from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import { type PutStreamOptions, proveVerified, putTo } from "@seamless/store";
import { Attempt, type Failure } from "./attempt.ts";
import { tierFailure, tierFailures } from "./failures.ts";
import { fanOut } from "./fan-out.ts";
import type { Tier } from "./tier.ts";
import { SLOWEST, type Tiers } from "./tiers.ts";

/** What can be wrong with what is written, and not with where: repeated as it is, when nobody took it. */
const OF_THE_SOURCE: ReadonlySet<ErrorCode> = new Set(["CHECKSUM_MISMATCH", "INVALID_ARGUMENT"]);

/** How long an aborted write waits for the tiers to stop, in milliseconds: until then, the buffer may still turn up. */
const GRACE = 1000;

/** What one tier made of a write. */
interface Result {
  readonly tier: Tier;
  readonly failure: Failure | undefined;
  /** Was it the source that failed? */
  readonly cutOff?: boolean | undefined;
}

/** Give bytes to all tiers that are to have them, at once. */
export async function put(
  tiers: Tiers,
  checksum: Checksum,
  bytes: Uint8Array | ProvenBytes,
  { signal }: AbortOptions = {},
): Promise<void> {
  // A proof spares each tier that has the buffer one pass over the bytes.
  const proven = ProvenBytes.isProvenBytes(bytes)
    ? bytes
    : await proveVerified(checksum, asBytes(bytes), { signal, store: tiers.name });
  const targets = tiers.targets();
  const attempts = targets.map(({ store }) => new Attempt((stopped) => putTo(store, proven, { signal: stopped })));
  const failures = await outcomes(tiers, attempts, proven.length, signal);
  const results = targets.map((tier, at) => ({ tier, failure: failures[at] }));
  conclude(tiers, checksum, results, proven.length);
}

/** Give one source to all tiers that are to have it, in step. */
export async function putStream(
  tiers: Tiers,
  checksum: Checksum,
  pieces: AsyncIterable<Uint8Array>,
  { signal, length }: PutStreamOptions = {},
): Promise<void> {
  const targets = tiers.targets();
  const { name, clock, writeTimeout } = tiers;
  const fan = await fanOut(checksum, pieces, targets, { signal, length, name, clock, writeTimeout });
  const failures = await outcomes(tiers, fan.sinks, fan.length, signal);
  // Some tiers may not even have been asked.
  if (fan.sourceFailure !== undefined) signal?.throwIfAborted();
  if (failures.every((failure) => failure !== undefined)) {
    const origin = fan.sourceFailure ?? (fan.complete ? undefined : sameRefusal(failures));
    if (origin !== undefined) throw origin.error;
  }
  const results = targets.map((tier, at) => {
    const sink = fan.sinks[at];
    return { tier, failure: failures[at], cutOff: sink !== undefined && fan.cutOff.has(sink) };
  });
  conclude(tiers, checksum, results, fan.length, fan.sourceFailure);
}

/** What the tiers that refused something before its end agree on, if it is about what they were given. */
function sameRefusal(failures: readonly Failure[]): Failure | undefined {
  const [first] = failures;
  if (first === undefined || !isSeamlessError(first.error) || !OF_THE_SOURCE.has(first.error.code)) return undefined;
  const { code } = first.error;
  return failures.every(({ error }) => isSeamlessError(error, code)) ? first : undefined;
}

/**
 * How the writes end; rejects with the reason of the signal, once they have stopped or should have.
 *
 * @param length - Of the buffer, in bytes.
 */
async function outcomes(
  { clock, writeTimeout }: Tiers,
  attempts: readonly Attempt[],
  length: number,
  signal: AbortSignal | undefined,
): Promise<(Failure | undefined)[]> {
  const forget = onAbort(signal, () => {
    for (const attempt of attempts) attempt.giveUp(signal?.reason);
  });
  const limit = writeTimeout + length / SLOWEST;
  const ends = await Promise.all(attempts.map((attempt) => attempt.outcomeWithin(limit, clock)));
  forget();
  if (!signal?.aborted || ends.every((end) => end === undefined)) return ends;
  await new Promise<void>((resolve) => {
    const timer = clock.setTimeout(resolve, GRACE);
    void Promise.all(attempts.map(({ settled }) => settled)).then(() => {
      timer.cancel();
      resolve();
    });
  });
  throw signal.reason;
}

/** @throws {SeamlessError} `STORE_FAILED` if not all have it. */
function conclude(
  { name }: Tiers,
  checksum: Checksum,
  results: readonly Result[],
  length: number,
  source?: Failure,
): void {
  const errors: SeamlessError[] = [];
  const having: string[] = [];
  const what = `put ${checksum.hex()}`;
  for (const { tier, failure, cutOff } of results) {
    if (failure === undefined) {
      tier.wrote(length);
      having.push(tier.name);
    } else if (cutOff) errors.push(tierFailure(tier.name, what, failure.error, checksum));
    else errors.push(tier.failed(what, failure.error, checksum));
  }
  if (errors.length === 0) return;
  const others = having.length === 0 ? "no tier has it" : `it is in ${having.join(", ")}`;
  throw tierFailures({ store: name, what, errors, others, checksum, cause: source?.error });
}
