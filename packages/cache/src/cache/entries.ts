import type { Checksum } from "@seamless/checksum";
import { NONE, type Slot } from "./checksum-index.ts";
import { ANNOUNCED, BARE, EntryColumns, WRITING } from "./entry-columns.ts";
import { EntryCosts } from "./entry-costs.ts";

/** All that the cache knows, by checksum; of those checksums of which it knows only a cost, a bounded number. */
export class Entries extends EntryColumns {
  readonly costs = new EntryCosts(this);
  readonly #limit: number;
  /** Those that have only a cost, in no order. */
  readonly #bare: Slot[] = [];

  /** @param limit - How many entries may have only a cost. */
  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  /** How many entries have only a cost. */
  get bare(): number {
    return this.#bare.length;
  }

  /** The entry that a buffer or a reference goes into. */
  use(checksum: Checksum): Slot {
    const slot = this.find(checksum);
    return slot === NONE || this.has(slot, BARE) ? this.#enter(checksum, slot) : slot;
  }

  /** The entry that a cost goes into. */
  know(checksum: Checksum): Slot {
    const known = this.find(checksum);
    if (known !== NONE) return known;
    const slot = this.add(checksum);
    this.#setBare(slot, true);
    return slot;
  }

  /** Whether it is never to be evicted: the only copy of what has a counted reference, or one that waits to be written. */
  isFixed(slot: Slot): boolean {
    return this.has(slot, WRITING) || (this.cost(slot) === Number.POSITIVE_INFINITY && this.isReferenced(slot));
  }

  /** Forgets an entry if it has become empty. */
  tidy(slot: Slot): void {
    const here = this.buffer(slot) !== undefined || this.weak(slot) !== undefined;
    // A listener may have made the cache forget it already (see `keepSlots`).
    if (this.has(slot, BARE) || here || this.isHeld(slot) || !this.isUsed(slot)) return;
    this.mark(slot, ANNOUNCED, false);
    if (this.costs.isKnown(slot)) {
      this.#setBare(slot, true);
      this.limit();
    } else this.#drop(slot);
  }

  /** Keeps at most the limit of entries that have only a cost: to be called when some may have been added. */
  limit(): void {
    const { length } = this.#bare;
    if (length <= this.#limit) return;
    // The oldest half goes at once: putting them in order takes its time.
    const surplus = length - (this.#limit >> 1);
    for (const slot of this.sortByAge([...this.#bare]).slice(0, surplus)) {
      this.#setBare(slot, false);
      this.#drop(slot);
    }
  }

  /** An entry got another number. */
  moved(from: Slot, to: Slot): void {
    if (this.has(to, BARE)) this.#bare[this.place(to)] = to;
    this.costs.moved(from, to);
  }

  #enter(checksum: Checksum, known: Slot): Slot {
    if (known === NONE) return this.add(checksum);
    this.#setBare(known, false);
    return known;
  }

  #setBare(slot: Slot, bare: boolean): void {
    this.mark(slot, BARE, bare);
    if (bare) append(this, this.#bare, slot);
    else takeOut(this, this.#bare, slot);
  }

  #drop(slot: Slot): void {
    this.costs.forget(slot);
    this.remove(slot);
  }
}

/** Puts a slot at the end of a list, and notes its place there. */
export function append(columns: EntryColumns, list: Slot[], slot: Slot): void {
  columns.setPlace(slot, list.length);
  list.push(slot);
}

/** Takes a slot out of the list that it has its place in; the last one gets the place. */
export function takeOut(columns: EntryColumns, list: Slot[], slot: Slot): void {
  const place = columns.place(slot);
  columns.setPlace(slot, NONE);
  const last = list.pop()!;
  if (last === slot) return;
  list[place] = last;
  columns.setPlace(last, place);
}
