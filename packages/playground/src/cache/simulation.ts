import { BufferCache, type CacheStats, type Disposal, type Pressure } from "@seamless/cache";
import { type BufferLike, Checksum } from "@seamless/checksum";
import { manualClock } from "@seamless/store";
import type { Settings } from "./settings.ts";
import { costOf, MEGABYTE, TOYS, type Toy } from "./toys.ts";
import { describeDisposal, describeOrigin, describePressure } from "./words.ts";

/** What the page shows of a buffer. */
export interface BufferState extends Toy {
  /** Held by the cache; otherwise the garbage collector may take it. */
  readonly isStrong: boolean;
  /** Counted references. */
  readonly references: number;
  /** Of the fading reference, now; 0 without one. */
  readonly interest: number;
  /** How much of its time the fading reference has left, from 1 to 0. */
  readonly freshness: number;
  /** Of losing it, in units per GB: the cache evicts what costs least. Infinite for an only copy. */
  readonly lossPerGigabyte: number;
}

/** Something that happened, for the log. */
export interface LogEntry {
  /** Counted up, for keys. */
  readonly id: number;
  /** In milliseconds of the simulated clock. */
  readonly at: number;
  readonly kind: Disposal["reason"] | "pressure" | "note";
  /** Of the buffer that it happened to, if it is one. */
  readonly name?: string;
  readonly text: string;
}

/** A fading reference. */
interface Fading {
  readonly interest: number;
  /** In seconds. */
  readonly fadeInterval: number;
  /** When it was taken or refreshed, in milliseconds of the simulated clock. */
  readonly since: number;
}

/** A buffer in the cache, and what the reader has done to it. */
interface Player {
  readonly toy: Toy;
  readonly buffer: BufferLike;
  readonly checksum: Checksum;
  references: number;
  fading: Fading | undefined;
  /** Until the cache tells otherwise. */
  isStrong: boolean;
}

/** Log entries that are kept. */
const MAX_LOG = 100;
/** The defaults of `BufferCache`: the interest of a counted reference, and that below which a fading one is gone. */
const REFERENCE_INTEREST = 128;
const THRESHOLD = 1 / 128;

/**
 * A real cache under a clock that moves only when it is told to. What it holds and what it lets go is what the cache says;
 * here is only remembered what the reader has done, so that it can be shown.
 */
export class Simulation {
  readonly #clock = manualClock();
  readonly #onChange: () => void;
  readonly #players: Player[] = [];
  #cache: BufferCache;
  #settings: Settings;
  #log: readonly LogEntry[] = [];
  #written = 0;

  /** @param onChange - Called after something has happened. */
  constructor(settings: Settings, onChange: () => void) {
    this.#onChange = onChange;
    this.#settings = settings;
    this.#cache = this.#open(settings);
  }

  /** In milliseconds of the simulated clock. */
  get now(): number {
    return this.#clock.now();
  }

  /** What happened, the newest first. */
  get log(): readonly LogEntry[] {
    return this.#log;
  }

  get stats(): CacheStats {
    return this.#cache.stats();
  }

  get buffers(): readonly BufferState[] {
    return this.#players.map((player) => this.#stateOf(player));
  }

  /** The next buffer that can be added. */
  get next(): Toy | undefined {
    return TOYS[this.#players.length];
  }

  /**
   * Changes the settings. The caps of a cache are set when it is made: other ones make another cache, which is given all
   * buffers and references.
   */
  configure(settings: Settings): void {
    const { softCap, hardCap } = this.#settings;
    this.#settings = settings;
    if (settings.softCap !== softCap || settings.hardCap !== hardCap) {
      this.#cache.close();
      this.#write("note", `The caps are ${settings.softCap} and ${settings.hardCap} MB now: another cache takes over.`);
      this.#cache = this.#open(settings);
      for (const player of this.#players) this.#handOver(player);
    }
    this.#onChange();
  }

  /** Makes the next buffer known, with a fading reference as whoever has made it takes one. */
  add(): void {
    const toy = this.next;
    if (toy === undefined) return;
    const checksum = Checksum.of(new TextEncoder().encode(toy.name));
    // The cache takes the word of a buffer for its length.
    const buffer = { content: new Uint8Array(), length: toy.size * MEGABYTE, getChecksum: () => checksum };
    this.#players.push({ toy, buffer, checksum, references: 0, fading: undefined, isStrong: false });
    this.#write("note", `${toy.name} (${toy.size} MB, ${describeOrigin(toy.origin)}) comes in.`);
    this.#tellOrigin(toy, checksum);
    this.#refresh(this.#find(toy.name));
  }

  /** Takes a counted reference. */
  incref(name: string): void {
    const player = this.#find(name);
    player.references++;
    this.#note(player, `a counted reference is taken, ${player.references} now`);
    this.#hold(player, () => this.#cache.incref(player.checksum));
  }

  /** Gives a counted reference back, if there is one. */
  decref(name: string): void {
    const player = this.#find(name);
    if (player.references === 0) return;
    player.references--;
    this.#write("note", `${name}: a counted reference is given back, ${player.references} left.`);
    this.#cache.decref(player.checksum);
    this.#onChange();
  }

  /** Takes the fading reference, or refreshes it. */
  tempref(name: string): void {
    const player = this.#find(name);
    const hasOne = player.fading !== undefined && interestOf(player.fading, this.now) > 0;
    this.#note(player, hasOne ? "its fading reference starts again" : "a fading reference is taken");
    this.#refresh(player);
  }

  #refresh(player: Player): void {
    const { interest, fadeInterval } = this.#settings;
    const known = player.fading !== undefined && interestOf(player.fading, this.now) > 0 ? player.fading : undefined;
    // As the cache has it: one that is refreshed starts again, with the stronger of the two.
    const kept = known !== undefined && isStronger(known, this.#settings) ? known : this.#settings;
    player.fading = { interest: kept.interest, fadeInterval: kept.fadeInterval, since: this.now };
    this.#hold(player, () => this.#cache.tempref(player.checksum, { interest, fadeInterval }));
  }

  /** Lets time pass: what is due happens at its time. */
  advance(ms: number): void {
    this.#clock.advance(ms);
    this.#onChange();
  }

  close(): void {
    this.#cache.close();
  }

  #open({ softCap, hardCap }: Settings): BufferCache {
    const cache = new BufferCache({ softCap: softCap * MEGABYTE, hardCap: hardCap * MEGABYTE, clock: this.#clock });
    cache.on("dispose", (disposal) => this.#onDispose(disposal));
    cache.on("pressure", (pressure) => this.#onPressure(pressure));
    return cache;
  }

  /** Takes a reference, and has the buffer held for it: one that was evicted is brought back. */
  #hold(player: Player, take: () => void): void {
    // Before the call, in which the cache may need the room at once, and say so.
    player.isStrong = true;
    take();
    if (this.#cache.get(player.checksum) === undefined) this.#cache.register(player.buffer);
    this.#onChange();
  }

  #tellOrigin({ origin, size }: Toy, checksum: Checksum): void {
    if (origin === undefined) return;
    if ("store" in origin) this.#cache.markStored(checksum, origin.store, size * MEGABYTE);
    else this.#cache.recordTransformation(checksum, { inputs: [], cpuSeconds: origin.cpuSeconds });
  }

  /** Gives a buffer, and the references to it, to a cache that is new. One that was evicted does not come back for that. */
  #handOver(player: Player): void {
    const { toy, buffer, checksum, references, fading, isStrong } = player;
    this.#tellOrigin(toy, checksum);
    for (let i = 0; i < references; i++) this.#cache.incref(checksum);
    const interest = fading === undefined ? 0 : interestOf(fading, this.now);
    player.fading = interest === 0 ? undefined : { interest, fadeInterval: fading!.fadeInterval, since: this.now };
    if (interest > 0) this.#cache.tempref(checksum, { interest, fadeInterval: fading!.fadeInterval });
    const isWanted = references > 0 || interest > 0;
    player.isStrong = isStrong && isWanted;
    if (isStrong || !isWanted) this.#cache.register(buffer);
  }

  #find(name: string): Player {
    return this.#players.find(({ toy }) => toy.name === name)!;
  }

  #onDispose({ checksum, reason }: Disposal): void {
    const player = this.#players.find((each) => each.checksum.equals(checksum))!;
    player.isStrong = false;
    const { toy } = player;
    this.#write(reason, describeDisposal({ toy, reason, loss: this.#lossOf(player), stats: this.stats }), toy.name);
  }

  #onPressure(pressure: Pressure): void {
    const text = describePressure(pressure);
    // It is told at each pass, as long as it lasts; once is enough.
    if (this.#log.find(({ kind }) => kind === "pressure")?.text !== text) this.#write("pressure", text);
  }

  /** A reference that is taken. What is not held is brought back for it. */
  #note({ toy, isStrong }: Player, what: string): void {
    this.#write("note", `${toy.name}: ${what}${isStrong ? "" : "; it is held again"}.`);
  }

  #write(kind: LogEntry["kind"], text: string, name?: string): void {
    const entry = { id: ++this.#written, at: this.now, kind, text, ...(name === undefined ? {} : { name }) };
    this.#log = [entry, ...this.#log].slice(0, MAX_LOG);
  }

  #stateOf(player: Player): BufferState {
    const { toy, references, fading, isStrong } = player;
    return {
      ...toy,
      isStrong,
      references,
      interest: fading === undefined ? 0 : interestOf(fading, this.now),
      freshness: fading === undefined ? 0 : Math.max(0, 1 - (this.now - fading.since) / lifetimeOf(fading)),
      lossPerGigabyte: this.#lossOf(player),
    };
  }

  /** As the cache's documentation has it: what getting it back costs, times the interest in it, per GB. */
  #lossOf({ toy, references, fading }: Player): number {
    const interest = references * REFERENCE_INTEREST + (fading === undefined ? 0 : interestOf(fading, this.now));
    return interest === 0 ? 0 : (costOf(toy) * interest * 1000) / toy.size;
  }
}

/** What is left of the interest: halved at each interval, and nothing below the threshold. */
function interestOf({ interest, fadeInterval, since }: Fading, now: number): number {
  const left = interest / 2 ** Math.floor((now - since) / (fadeInterval * 1000));
  return left < THRESHOLD ? 0 : left;
}

/** From the start until it is gone, in milliseconds. */
function lifetimeOf({ interest, fadeInterval }: Fading): number {
  return (Math.floor(Math.log2(interest / THRESHOLD)) + 1) * fadeInterval * 1000;
}

type Strength = Pick<Fading, "interest" | "fadeInterval">;

function isStronger(a: Strength, b: Strength): boolean {
  return a.interest === b.interest ? a.fadeInterval > b.fadeInterval : a.interest > b.interest;
}
