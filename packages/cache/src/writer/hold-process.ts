/** The longest interval that timers can have, in milliseconds. */
const LONG = 2 ** 31 - 1;

/**
 * Keep the process alive: the clock's own timers do not, and a process that ends between two attempts would lose what
 * waits for the second.
 *
 * @returns lets it end.
 */
export function holdProcess(): () => void {
  const timer = setInterval(() => {}, LONG);
  return () => clearInterval(timer);
}
