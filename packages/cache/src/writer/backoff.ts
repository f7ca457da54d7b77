/** How long to wait before trying again. */
export interface BackoffOptions {
  /**
   * Before the second attempt, in milliseconds; doubled at each one after.
   * @default 200
   */
  readonly firstDelay?: number | undefined;
  /**
   * The longest wait, in milliseconds.
   * @default 30,000
   */
  readonly maxDelay?: number | undefined;
  /**
   * From 0 up to 1, evenly: spreads the attempts of many writers, so that a store that comes back is not met by all of
   * them at once.
   * @default Math.random
   */
  readonly random?: (() => number) | undefined;
}

/**
 * Doubling waits, each shortened at random by up to a half.
 *
 * @returns the wait after a number of failures, in milliseconds.
 */
export function backoff(firstDelay: number, maxDelay: number, random: () => number): (failures: number) => number {
  return (failures) => Math.min(maxDelay, firstDelay * 2 ** (failures - 1)) * (1 - random() / 2);
}
