/**
 * Doubling waits, each shortened at random by up to a half.
 *
 * @returns the wait after a number of failures, in milliseconds.
 */
export function backoff(firstDelay: number, maxDelay: number, random: () => number): (failures: number) => number {
  return (failures) => Math.min(maxDelay, firstDelay * 2 ** (failures - 1)) * (1 - random() / 2);
}
