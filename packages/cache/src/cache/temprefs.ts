import type { Entry } from "./entry.ts";
import { type Fade, stronger } from "./fade.ts";

/** All fading references there are: at most one a checksum. */
export class Temprefs {
  readonly #entries = new Set<Entry>();
  /** Nothing ends before, in milliseconds of the clock. */
  #nextEnd = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#entries.size;
  }

  /** Take one, or refresh the one there is: it starts again, with the stronger of the two fades. */
  take(entry: Entry, fade: Fade, scratch: boolean, now: number): void {
    const { tempref } = entry;
    const kept = tempref === undefined ? fade : stronger(fade, tempref.fade);
    // Whoever does not ask to keep the buffer local decides.
    entry.tempref = { fade: kept, since: now, scratch: scratch && (tempref?.scratch ?? true) };
    this.#entries.add(entry);
    this.#nextEnd = Math.min(this.#nextEnd, now + kept.lifetime);
  }

  drop(entry: Entry): void {
    entry.tempref = undefined;
    this.#entries.delete(entry);
  }

  /** Drop those that have faded. Costs nothing while none can have. */
  dropFaded(now: number): readonly Entry[] {
    if (now < this.#nextEnd) return [];
    const faded: Entry[] = [];
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
