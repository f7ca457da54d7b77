/** What Node's timers have and those of browsers have not. */
interface Unref {
  unref?(): void;
}

/** The longest wait that the platform's timers take, in milliseconds (24.8 days); they run at once what is given longer. */
const LONGEST = 2 ** 31 - 1;

/**
 * `setTimeout` for a wait of any length, `Infinity` included.
 *
 * @param ms - In milliseconds.
 * @param unref - Whether the process may end before.
 * @returns what cancels it.
 */
export function longTimeout(run: () => void, ms: number, unref: boolean): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = (left: number) => {
    timer = left > LONGEST ? setTimeout(() => wait(left - LONGEST), LONGEST) : setTimeout(run, left);
    if (unref) (timer as Unref).unref?.();
  };
  wait(ms);
  return () => clearTimeout(timer);
}

/** `setInterval` for a wait of any length; the parameters are those of `longTimeout`. */
export function longInterval(run: () => void, ms: number, unref: boolean): () => void {
  if (ms <= LONGEST) {
    const timer = setInterval(run, ms);
    if (unref) (timer as Unref).unref?.();
    return () => clearInterval(timer);
  }
  let cancel: () => void;
  const next = () => {
    cancel = longTimeout(
      () => {
        next();
        run();
      },
      ms,
      unref,
    );
  };
  next();
  return () => cancel();
}
