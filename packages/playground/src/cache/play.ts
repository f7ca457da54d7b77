import { onBeforeUnmount, type Ref, ref } from "vue";

/** Lets time run. */
export interface Play {
  readonly isRunning: Ref<boolean>;
  start(): void;
  stop(): void;
}

/** In milliseconds. A page that was not shown for long does not catch up with all of it. */
const MOST = 250;
/** In milliseconds, between two steps where motion is to be reduced. */
const STEP = 1000;

/**
 * Calls a function again and again while time runs: before each picture, or in steps of a second for whoever wants motion
 * to be reduced.
 *
 * @param onTime - Called with the milliseconds that have passed.
 * @param isShown - Whether somebody can see it: otherwise time stands still.
 */
export function usePlay(onTime: (ms: number) => void, isShown: () => boolean): Play {
  const isRunning = ref(false);
  let cancel = () => {};

  const runSmoothly = () => {
    let last = performance.now();
    const tick = (now: number) => {
      if (isShown()) onTime(Math.min(MOST, Math.max(0, now - last)));
      last = now;
      frame = requestAnimationFrame(tick);
    };
    let frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  };
  const runInSteps = () => {
    const timer = setInterval(() => isShown() && onTime(STEP), STEP);
    return () => clearInterval(timer);
  };

  const start = () => {
    stop();
    isRunning.value = true;
    cancel = matchMedia("(prefers-reduced-motion: reduce)").matches ? runInSteps() : runSmoothly();
  };
  const stop = () => {
    cancel();
    isRunning.value = false;
  };
  onBeforeUnmount(stop);
  return { isRunning, start, stop };
}
