import type { Reference, TempReferenceOptions } from "@seamless/checksum";
import { checks } from "../errors.ts";

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

/** The defaults of fading references, for what `tempref` is not told. */
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

/** Makes fades out of options. The same options give the same fade again, which is shared. */
export class Fades {
  readonly #defaults: Required<{ [K in keyof TemprefDefaults]: number }>;
  readonly #usual: Fade;
  #last: Fade;

  /** @throws {SeamlessError} `INVALID_ARGUMENT` for numbers that do not fade. */
  constructor({ interest = 128, fadeFactor = 2, fadeInterval = 2, threshold = 1 / 128 }: TemprefDefaults = {}) {
    this.#defaults = { interest, fadeFactor, fadeInterval, threshold: checks.positive("threshold", threshold) };
    this.#usual = this.#make(interest, fadeFactor, fadeInterval);
    this.#last = this.#usual;
  }

  /** @throws {SeamlessError} `INVALID_ARGUMENT` for numbers that do not fade. */
  of({ interest, fadeFactor, fadeInterval }: TempReferenceOptions): Fade {
    if (interest === undefined && fadeFactor === undefined && fadeInterval === undefined) return this.#usual;
    const start = interest ?? this.#defaults.interest;
    const factor = fadeFactor ?? this.#defaults.fadeFactor;
    const seconds = checks.positive("fadeInterval", fadeInterval ?? this.#defaults.fadeInterval);
    const last = this.#last;
    if (last.interest === start && last.factor === factor && last.interval === seconds * 1000) return last;
    this.#last = this.#make(start, factor, seconds);
    return this.#last;
  }

  #make(interest: number, factor: number, seconds: number): Fade {
    checks.positive("interest", interest);
    checks.positive("fadeInterval", seconds);
    if (!(factor > 1 && Number.isFinite(factor))) checks.fail("fadeFactor", "a number over 1", factor);
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
function stronger(a: Fade, b: Fade): Fade {
  if (a.interest !== b.interest) return a.interest > b.interest ? a : b;
  return a.lifetime > b.lifetime ? a : b;
}

function stepsToFade(interest: number, factor: number, threshold: number): number {
  // Logarithms are off by an ulp at the very powers that matter most.
  let steps = Math.max(0, Math.ceil(Math.log(interest / threshold) / Math.log(factor)) - 1);
  while (interest / factor ** steps >= threshold) steps++;
  return steps;
}

/** The one fading reference of a checksum. */
export interface Tempref {
  readonly fade: Fade;
  /** When it was taken or refreshed last, in milliseconds of the clock. */
  readonly since: number;
  readonly scratch: boolean;
}

/** The part of an entry that fading references use. */
interface Fading {
  tempref: Tempref | undefined;
}

/** All fading references there are: at most one a checksum. */
export class Temprefs<E extends Fading> {
  readonly #entries = new Set<E>();
  /** Nothing ends before, in milliseconds of the clock. */
  #nextEnd = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#entries.size;
  }

  /** Take one, or refresh the one there is: it starts again, with the stronger of the two fades. */
  take(entry: E, fade: Fade, scratch: boolean, now: number): void {
    const { tempref } = entry;
    const kept = tempref === undefined ? fade : stronger(fade, tempref.fade);
    // One taker who does not ask to keep the buffer local is enough for it to be written.
    entry.tempref = { fade: kept, since: now, scratch: scratch && (tempref?.scratch ?? true) };
    this.#entries.add(entry);
    this.#nextEnd = Math.min(this.#nextEnd, now + kept.lifetime);
  }

  drop(entry: E): void {
    entry.tempref = undefined;
    this.#entries.delete(entry);
  }

  /** Drop those that have faded. Costs nothing while none can have. */
  dropFaded(now: number): readonly E[] {
    if (now < this.#nextEnd) return [];
    const faded: E[] = [];
    this.#nextEnd = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) {
      const { fade, since } = entry.tempref!;
      const end = since + fade.lifetime;
      if (end <= now) faded.push(entry);
      else this.#nextEnd = Math.min(this.#nextEnd, end);
    }
    for (const entry of faded) this.drop(entry);
    return faded;
  }

  clear(): void {
    this.#entries.clear();
  }
}

/** What counted references are given back to. */
export interface ReferenceCounter<E> {
  /** How often all scratch references were dropped so far. */
  readonly purges: number;
  takeBack(entry: E, scratch: boolean): void;
}

const NOT_SCRATCH = -1;

/** A counted reference, which is given back once: by `release()` or by `using`, whichever comes first. */
export class CountedReference<E> implements Reference {
  #counter: ReferenceCounter<E> | undefined;
  readonly #entry: E;
  /** Of a scratch reference: how many purges there were before it. */
  readonly #purges: number;

  constructor(counter: ReferenceCounter<E>, entry: E, scratch: boolean) {
    this.#counter = counter;
    this.#entry = entry;
    this.#purges = scratch ? counter.purges : NOT_SCRATCH;
  }

  release(): void {
    const counter = this.#counter;
    if (counter === undefined) return;
    this.#counter = undefined;
    const scratch = this.#purges !== NOT_SCRATCH;
    // A purge has taken it back already.
    if (scratch && this.#purges !== counter.purges) return;
    counter.takeBack(this.#entry, scratch);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
