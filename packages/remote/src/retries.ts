import type { OptionChecks } from "@seamless/internal/option-checks";

/** How often a server is asked again, and when. */
export interface RetryOptions {
  /** Attempts after the first. @default 4 */
  readonly count?: number | undefined;
  /** Before the second attempt, in milliseconds; doubled each time, and shortened at random. @default 200 */
  readonly firstDelay?: number | undefined;
  /** The longest wait, in milliseconds, also if the server asks for more. @default 10,000 */
  readonly maxDelay?: number | undefined;
}

/** The same, with everything in its place. */
export type RetrySettings = { readonly [K in keyof RetryOptions]-?: number };

/** @throws {SeamlessError} `INVALID_ARGUMENT`. */
export function readRetries(retries: RetryOptions | undefined, checks: OptionChecks): RetrySettings {
  return {
    count: checks.wholeNumber("retries.count", retries?.count ?? 4),
    firstDelay: checks.duration("retries.firstDelay", retries?.firstDelay ?? 200),
    maxDelay: checks.duration("retries.maxDelay", retries?.maxDelay ?? 10_000),
  };
}
