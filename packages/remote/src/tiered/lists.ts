import { type AbortOptions, type Checksum, SeamlessError } from "@seamless/checksum";
import { untilAborted } from "@seamless/internal/abort";
import type { CheckOptions, CheckProgress, CheckResult } from "@seamless/store";
import { inTime } from "./attempt.ts";
import { noOtherHasIt, type Tier, type Tiers, tierErrors } from "./tier.ts";

/** How much longer a tier may take for each checksum of a list, in milliseconds. */
const FOR_EACH = 10;

/** Which question, for messages and answers. */
interface Question<T> {
  /** Ask one store, within its time. */
  ask(tiers: Tiers, tier: Tier, checksums: readonly Checksum[], options: AbortOptions): Promise<readonly T[]>;
  /** What is answered for a buffer of which no tier has said anything. */
  readonly nothing: T;
  /** Is there no use in asking another tier? */
  isSettled(answer: T): boolean;
  /** What the answers of two tiers come to; the second one by default. */
  merge?(before: T, now: T): T;
  readonly what: string;
}

/** Which buffers are there. */
export const HAS: Question<boolean> = {
  ask: (tiers, { store }, checksums, { signal }) =>
    inTime((given) => store.has(checksums, { signal: given }), listTime(tiers, checksums, signal)),
  nothing: false,
  isSettled: (there) => there,
  what: "look for",
};

/** How long they are, in bytes. */
export const LENGTHS: Question<number | undefined> = {
  ask: (tiers, { store }, checksums, { signal }) =>
    inTime((given) => store.lengths(checksums, { signal: given }), listTime(tiers, checksums, signal)),
  nothing: undefined,
  isSettled: (length) => length !== undefined,
  what: "tell the length of",
};

/** What was found out by hashing, the best first. */
const RANKS: readonly CheckResult[] = ["ok", "corrupt", "unreadable", "unknown", "missing"];

/** Which of them are right. Tells the progress of one tier after the other as that of one. */
export function checking(totalFiles: number, { onProgress }: CheckOptions): Question<CheckResult> {
  let files = 0;
  let bytes = 0;
  return {
    async ask(_, { store }, checksums, { signal }) {
      if (store.check === undefined) return checksums.map(() => "unknown");
      let hashed = 0;
      const tell = (progress: CheckProgress) => {
        hashed = progress.bytes;
        files = Math.max(files, totalFiles - checksums.length + progress.files);
        onProgress?.({ files, totalFiles, bytes: bytes + hashed });
      };
      const told = await untilAborted(store.check(checksums, { signal, onProgress: onProgress && tell }), signal);
      bytes += hashed;
      return told;
    },
    nothing: "missing",
    isSettled: (result) => result === "ok",
    merge: (before, now) => (RANKS.indexOf(before) < RANKS.indexOf(now) ? before : now),
    what: "check",
  };
}

function listTime({ clock, readTimeout }: Tiers, checksums: readonly Checksum[], signal: AbortSignal | undefined) {
  return { clock, limit: readTimeout + FOR_EACH * checksums.length, signal };
}

/**
 * Ask for many buffers at once: each tier only for those that the ones before it did not have.
 *
 * @throws {SeamlessError} `STORE_FAILED` if no tier has some of them, and some tier failed; the signal's reason.
 */
export async function askForAll<T>(
  tiers: Tiers,
  { ask, nothing, isSettled, merge = (_, now) => now, what: verb }: Question<T>,
  checksums: readonly Checksum[],
  options: AbortOptions,
): Promise<T[]> {
  const { name: store, all } = tiers;
  const { signal } = options;
  signal?.throwIfAborted();
  const answers = checksums.map(() => nothing);
  const errors: SeamlessError[] = [];
  /** Where in the list those are that are still open. */
  let open = checksums.map((_, at) => at);
  for (const tier of all) {
    if (open.length === 0) break;
    const asked = open.map((at) => checksums[at]!);
    const what = `${verb} ${asked.length === 1 ? asked[0]?.hex() : `${asked.length} buffers`}`;
    try {
      const told = await ask(tiers, tier, asked, options);
      if (told.length !== asked.length) throw wrongCountError(told.length, asked.length);
      for (const [i, at] of open.entries()) answers[at] = merge(answers[at]!, told[i]!);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      errors.push(tier.failureError(what, error));
    }
    open = open.filter((at) => !isSettled(answers[at]!));
  }
  if (open.length === 0 || errors.length === 0) return answers;
  const what = `${verb} ${open.length} of ${checksums.length} buffers`;
  throw tierErrors({ store, what, errors, others: noOtherHasIt(all, errors) });
}

function wrongCountError(found: number, asked: number): SeamlessError {
  return new SeamlessError("STORE_FAILED", `${found} answers to ${asked} questions`);
}
