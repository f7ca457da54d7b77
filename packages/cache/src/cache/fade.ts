import type { TempReferenceOptions } from "@seamless/checksum";
import { positive, refuse } from "./check.ts";

/** How interest fades: by a factor at each interval, to nothing once it is below the threshold. */
export interface Fade {
  /** At the start. */
  readonly interest: number;
  readonly factor: number;
  /** In milliseconds. */
  readonly interval: number;
  /** From the start until it is gone, in milliseconds. */
  readonly lifetime: number;
}

/** What a fading reference is like unless its taker says otherwise. */
export interface TemprefDefaults {
  /**
   * Interest at the start; a counted reference has `referenceInterest`.
   * @default 128
   */
  readonly interest?: number | undefined;
  /**
   * What the interest is divided by at each interval; over 1.
   * @default 2
   */
  readonly fadeFactor?: number | undefined;
  /**
   * Length of an interval, in seconds.
   * @default 2
   */
  readonly fadeInterval?: number | undefined;
  /**
   * The reference is gone once its interest is below this.
   * @default 1 / 128
   */
  readonly threshold?: number | undefined;
}

/** Makes fades out of options. Whoever gives the same ones again gets the same fade, which is shared. */
export class Fades {
  readonly #defaults: Required<{ [K in keyof TemprefDefaults]: number }>;
  readonly #usual: Fade;
  #last: Fade;

  /** @throws {SeamlessError} `INVALID_ARGUMENT` for numbers that do not fade. */
  constructor({ interest = 128, fadeFactor = 2, fadeInterval = 2, threshold = 1 / 128 }: TemprefDefaults = {}) {
    this.#defaults = { interest, fadeFactor, fadeInterval, threshold: positive("threshold", threshold) };
    this.#usual = this.#make(interest, fadeFactor, fadeInterval);
    this.#last = this.#usual;
  }

  /** @throws {SeamlessError} `INVALID_ARGUMENT` for numbers that do not fade. */
  of({ interest, fadeFactor, fadeInterval }: TempReferenceOptions): Fade {
    if (interest === undefined && fadeFactor === undefined && fadeInterval === undefined) return this.#usual;
    const start = interest ?? this.#defaults.interest;
    const factor = fadeFactor ?? this.#defaults.fadeFactor;
    const seconds = positive("fadeInterval", fadeInterval ?? this.#defaults.fadeInterval);
    const last = this.#last;
    if (last.interest === start && last.factor === factor && last.interval === seconds * 1000) return last;
    this.#last = this.#make(start, factor, seconds);
    return this.#last;
  }

  #make(interest: number, factor: number, seconds: number): Fade {
    positive("interest", interest);
    positive("fadeInterval", seconds);
    if (!(factor > 1 && Number.isFinite(factor))) refuse("fadeFactor", "a number over 1", factor);
    const { threshold } = this.#defaults;
    const interval = seconds * 1000;
    return { interest, factor, interval, lifetime: interval * stepsToFade(interest, factor, threshold) };
  }
}

/** What is left of the interest after some time, in milliseconds. */
export function interestAfter({ interest, factor, interval, lifetime }: Fade, elapsed: number): number {
  return elapsed >= lifetime ? 0 : interest / factor ** Math.floor(elapsed / interval);
}

/** The fade with the higher interest at its start, and of two equal ones the one that lasts. */
export function stronger(a: Fade, b: Fade): Fade {
  if (a.interest !== b.interest) return a.interest > b.interest ? a : b;
  return a.lifetime > b.lifetime ? a : b;
}

function stepsToFade(interest: number, factor: number, threshold: number): number {
  // Logarithms are off by an ulp at the very powers that matter most.
  let steps = Math.max(0, Math.ceil(Math.log(interest / threshold) / Math.log(factor)) - 1);
  while (interest / factor ** steps >= threshold) steps++;
  return steps;
}
