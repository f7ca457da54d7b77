import { detach } from "../cost/graph.ts";
import { Entry, isHeld } from "./entry.ts";

/** All entries by checksum; of those that only tell a cost, a bounded number. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #limit: number;
  #bare = 0;

  /** @param limit - How many entries may tell nothing but a cost. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many entries tell nothing but a cost. */
  get bare(): number {
    return this.#bare;
  }

  find(hex: string): Entry | undefined {
    return this.#entries.get(hex);
  }

  all(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** The entry that a buffer or a reference goes into. */
  use(hex: string): Entry {
    const entry = this.#entries.get(hex) ?? this.#add(hex);
    if (entry.bare) {
      entry.bare = false;
      this.#bare--;
    }
    return entry;
  }

  /** The entry that a cost goes into. */
  know(hex: string): Entry {
    return this.#entries.get(hex) ?? this.#add(hex);
  }

  /** An entry may have become empty. */
  tidy(entry: Entry): void {
    if (entry.bare || entry.buffer !== undefined || entry.weak !== undefined || isHeld(entry)) return;
    entry.bare = true;
    entry.announced = false;
    this.#bare++;
    const knowsCost = entry.cost !== Number.POSITIVE_INFINITY || entry.ways !== undefined || entry.uses !== undefined;
    if (knowsCost) this.#limitBare();
    else this.#drop(entry);
  }

  /** Keep at most the limit of entries that tell only a cost: to be called when some may have been added. */
  limit(): void {
    this.#limitBare();
  }

  clear(): void {
    this.#entries.clear();
    this.#bare = 0;
  }

  #add(hex: string): Entry {
    const entry = new Entry(hex);
    this.#entries.set(hex, entry);
    this.#bare++;
    return entry;
  }

  /** The oldest half goes at once: looking for them takes a walk through all. */
  #limitBare(): void {
    if (this.#bare <= this.#limit) return;
    const keep = this.#limit >> 1;
    for (const entry of this.#entries.values()) {
      if (this.#bare <= keep) return;
      if (entry.bare) this.#drop(entry);
    }
  }

  #drop(entry: Entry): void {
    detach(entry);
    this.#bare--;
    this.#entries.delete(entry.hex);
  }
}
