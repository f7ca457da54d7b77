import type { BufferLike } from "@seamless/checksum";
import { type CostNode, detach, type Way } from "../cost/graph.ts";
import type { Tempref } from "./references.ts";

const WRITING = 1;
const STORED = 2;
const ANNOUNCED = 4;
const BARE = 8;

/**
 * All that the cache knows of one checksum. A million of these must be affordable: plain fields, nothing that is made
 * before it is needed.
 *
 * The buffer is strong (`buffer` and `weak`), or weak (`weak` alone), or not here. The `WeakRef` is made once, when the
 * buffer comes in: it is dear to make, and evicting must not be.
 */
export class Entry implements CostNode {
  /** First, since `get` should find it near the start. */
  buffer: BufferLike | undefined = undefined;
  readonly hex: string;
  weak: WeakRef<BufferLike> | undefined = undefined;
  /** In bytes; -1 while unknown. */
  length = -1;
  /** Counted references, without the scratch ones. */
  counted = 0;
  /** Counted scratch references. */
  scratch = 0;
  tempref: Tempref | undefined = undefined;
  /** Place in the list of what may be evicted; -1 when not in it. */
  slot = -1;
  /** One field for four booleans: each alone would take 8 bytes. */
  #flags = BARE;

  cost = Number.POSITIVE_INFINITY;
  ways: Way[] | undefined = undefined;
  uses: Set<Way> | undefined = undefined;

  constructor(hex: string) {
    this.hex = hex;
  }

  /** It waits to be written to a store. */
  get writing(): boolean {
    return (this.#flags & WRITING) !== 0;
  }

  set writing(on: boolean) {
    this.#set(WRITING, on);
  }

  /** Some store is known to have it. */
  get stored(): boolean {
    return (this.#flags & STORED) !== 0;
  }

  set stored(on: boolean) {
    this.#set(STORED, on);
  }

  /** The listeners of `onReferenced` have been told of it. */
  get announced(): boolean {
    return (this.#flags & ANNOUNCED) !== 0;
  }

  set announced(on: boolean) {
    this.#set(ANNOUNCED, on);
  }

  /** Only its cost is known. */
  get bare(): boolean {
    return (this.#flags & BARE) !== 0;
  }

  set bare(on: boolean) {
    this.#set(BARE, on);
  }

  #set(flag: number, on: boolean): void {
    this.#flags = on ? this.#flags | flag : this.#flags & ~flag;
  }
}

/** Whether the buffer is wanted here: one that comes in is strong then. */
export const isHeld = (entry: Entry) =>
  entry.counted + entry.scratch > 0 || entry.tempref !== undefined || entry.writing;

/** Whether the buffer is to be written to stores: a reference to it is not scratch. */
export const isForStores = (entry: Entry) => entry.counted > 0 || entry.tempref?.scratch === false;

/** Whether it is never to be evicted: the only copy of what has a counted reference, or one that waits to be written. */
export const isFixed = (entry: Entry) =>
  entry.writing || (entry.cost === Number.POSITIVE_INFINITY && entry.counted + entry.scratch > 0);

/** All entries by checksum; of those that have only a cost, a bounded number. */
export class EntryTable {
  readonly #entries = new Map<string, Entry>();
  readonly #limit: number;
  #bare = 0;

  /** @param limit - How many entries may have only a cost. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many entries have only a cost. */
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

  /** Forgets an entry if it has become empty. */
  tidy(entry: Entry): void {
    if (entry.bare || entry.buffer !== undefined || entry.weak !== undefined || isHeld(entry)) return;
    entry.bare = true;
    entry.announced = false;
    this.#bare++;
    const knowsCost = entry.cost !== Number.POSITIVE_INFINITY || entry.ways !== undefined || entry.uses !== undefined;
    if (knowsCost) this.#limitBare();
    else this.#drop(entry);
  }

  /** Keeps at most the limit of entries that have only a cost: to be called when some may have been added. */
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
