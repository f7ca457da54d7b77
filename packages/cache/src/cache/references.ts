import type { Checksum, Reference, TempReferenceOptions } from "@seamless/checksum";
import { checks } from "../errors.ts";
import type { Slot } from "./checksum-index.ts";
import type { Entries } from "./entries.ts";
import { FADES, FADING_SCRATCH } from "./entry-columns.ts";

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

/** All fading references there are: at most one a checksum. One is three numbers in lists, not an object. */
export class Temprefs {
  readonly #entries: Entries;
  readonly #slots: Slot[] = [];
  readonly #fades: Fade[] = [];
  /** When each was taken or refreshed last, in milliseconds of the clock. */
  readonly #since: number[] = [];
  /** Nothing ends before, in milliseconds of the clock. */
  #nextEnd = Number.POSITIVE_INFINITY;

  constructor(entries: Entries) {
    this.#entries = entries;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** Take one, or refresh the one there is: it starts again, with the stronger of the two fades. */
  take(slot: Slot, fade: Fade, scratch: boolean, now: number): void {
    const entries = this.#entries;
    const known = entries.has(slot, FADES);
    const place = known ? entries.fading(slot) : this.size;
    const kept = known ? stronger(fade, this.#fades[place]!) : fade;
    // One taker who does not ask to keep the buffer local is enough for it to be written.
    entries.mark(slot, FADING_SCRATCH, scratch && (!known || entries.has(slot, FADING_SCRATCH)));
    entries.mark(slot, FADES, true);
    this.#put(place, slot, kept, now);
    this.#nextEnd = Math.min(this.#nextEnd, now + kept.lifetime);
  }

  /** What is left of the interest; 0 where there is no fading reference. */
  interest(slot: Slot, now: number): number {
    if (!this.#entries.has(slot, FADES)) return 0;
    const place = this.#entries.fading(slot);
    return interestAfter(this.#fades[place]!, now - this.#since[place]!);
  }

  drop(slot: Slot): void {
    const place = this.#entries.fading(slot);
    const last = this.size - 1;
    if (place !== last) this.#put(place, this.#slots[last]!, this.#fades[last]!, this.#since[last]!);
    this.#shorten(last);
    this.#clear(slot);
  }

  /** Drop those that have faded, and tell which. Costs nothing while none can have. */
  dropFaded(now: number): readonly Slot[] {
    if (now < this.#nextEnd) return [];
    const faded: Slot[] = [];
    this.#nextEnd = Number.POSITIVE_INFINITY;
    let left = 0;
    for (const [place, slot] of this.#slots.entries()) {
      const fade = this.#fades[place]!;
      const since = this.#since[place]!;
      const end = since + fade.lifetime;
      if (end <= now) faded.push(slot);
      else {
        if (left !== place) this.#put(left, slot, fade, since);
        left++;
        this.#nextEnd = Math.min(this.#nextEnd, end);
      }
    }
    this.#shorten(left);
    for (const slot of faded) this.#clear(slot);
    return faded;
  }

  /** An entry got another number. */
  moved(to: Slot): void {
    if (this.#entries.has(to, FADES)) this.#slots[this.#entries.fading(to)] = to;
  }

  #put(place: number, slot: Slot, fade: Fade, since: number): void {
    this.#slots[place] = slot;
    this.#fades[place] = fade;
    this.#since[place] = since;
    this.#entries.setFading(slot, place);
  }

  #shorten(length: number): void {
    for (const list of [this.#slots, this.#fades, this.#since]) list.length = length;
  }

  #clear(slot: Slot): void {
    this.#entries.mark(slot, FADES, false);
    this.#entries.mark(slot, FADING_SCRATCH, false);
  }
}

/** What counted references are given back to. */
export interface ReferenceCounter {
  /** How often all scratch references were dropped so far. */
  readonly purges: number;
  takeBack(checksum: Checksum, scratch: boolean): void;
}

const NOT_SCRATCH = -1;

/** A counted reference, which is given back once: by `release()` or by `using`, whichever comes first. */
export class CountedReference implements Reference {
  #counter: ReferenceCounter | undefined;
  readonly #checksum: Checksum;
  /** Of a scratch reference: how many purges there were before it. */
  readonly #purges: number;

  constructor(counter: ReferenceCounter, checksum: Checksum, scratch: boolean) {
    this.#counter = counter;
    this.#checksum = checksum;
    this.#purges = scratch ? counter.purges : NOT_SCRATCH;
  }

  release(): void {
    const counter = this.#counter;
    if (counter === undefined) return;
    this.#counter = undefined;
    const scratch = this.#purges !== NOT_SCRATCH;
    // A purge has taken it back already.
    if (scratch && this.#purges !== counter.purges) return;
    counter.takeBack(this.#checksum, scratch);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
