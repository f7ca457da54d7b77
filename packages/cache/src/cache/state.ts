import { type BufferLike, Checksum, SeamlessError } from "@seamless/checksum";
import { MinHeap } from "../cost/heap.ts";
import { GIGABYTE } from "../cost/model.ts";
import { closedError } from "../errors.ts";
import { Admission } from "./admission.ts";
import { type Entry, EntryTable, isForStores, isHeld } from "./entries.ts";
import type { Settings } from "./options.ts";
import { interestAfter, type ReferenceCounter, Temprefs } from "./references.ts";
import { type CacheEvents, type DisposalReason, Listeners, PressureMonitor } from "./reports.ts";
import { Residency } from "./residency.ts";

/**
 * At least this part of a cap is freed at a time where a pass is not the periodic one: room that is freed buffer by
 * buffer would mean a look at all others for each of them.
 */
const SLACK = 1 / 16;

/**
 * The state of a cache, and what happens to a buffer when something about it changes: the one place that makes buffers
 * strong or weak, calls listeners, and keeps the caps. `BufferCache` is its public side.
 */
export class CacheState implements ReferenceCounter<Entry> {
  readonly settings: Settings;
  readonly entries: EntryTable;
  readonly temprefs = new Temprefs<Entry>();
  readonly admission: Admission;
  readonly pressureMonitor: PressureMonitor;
  readonly listeners: { readonly [E in keyof CacheEvents]: Listeners<CacheEvents[E]> } = {
    dispose: new Listeners(),
    pressure: new Listeners(),
  };
  readonly referenceListeners = new Listeners<Checksum>();
  readonly disposals: Record<DisposalReason, number> = { released: 0, faded: 0, evicted: 0, collected: 0 };
  readonly onLowered = (entry: Entry) => this.residency.classify(entry);
  readonly #evict = (entry: Entry) => this.#demote(entry, "evicted");
  residency = new Residency((hex) => this.#onCollected(hex));
  /** Counted references that are out. */
  references = 0;
  purges = 0;
  closed = false;

  constructor(settings: Settings) {
    this.settings = settings;
    this.entries = new EntryTable(settings.remember);
    this.admission = new Admission(settings.caps.soft, () => this.residency.fixedBytes);
    this.pressureMonitor = new PressureMonitor(settings.caps);
  }

  /** A buffer is registered. */
  onBuffer(entry: Entry, buffer: BufferLike, length: number): void {
    if (entry.buffer !== undefined) return;
    const held = isHeld(entry);
    const current = entry.weak?.deref();
    if (current === undefined) {
      const collected = entry.weak !== undefined;
      if (collected) this.residency.lose(entry);
      this.residency.put(entry, buffer, length, held);
      if (collected) this.#dispose(entry, "collected");
    } else if (held) this.residency.promote(entry);
    else if (current !== buffer) this.residency.replaceWeak(entry, buffer);
    if (held) this.#onStrong(entry);
  }

  /** A reference was taken. */
  onReference(entry: Entry): void {
    if (entry.buffer === undefined) this.hold(entry);
    else {
      // Others make no difference to what may be evicted.
      if (entry.counted + entry.scratch <= 1) this.residency.classify(entry);
      if (!entry.announced) this.#announce(entry);
    }
  }

  /** Hold what is weak, if it is still there. */
  hold(entry: Entry): void {
    if (entry.weak === undefined || entry.buffer !== undefined) return;
    if (this.residency.promote(entry)) this.#onStrong(entry);
    else this.#lose(entry);
  }

  takeBack(entry: Entry, scratch: boolean): void {
    if (this.closed) return;
    if (entry.scratch > 0 && (scratch || entry.counted === 0)) entry.scratch--;
    else if (entry.counted > 0 && !scratch) entry.counted--;
    else failDecref(entry.hex);
    this.references--;
    if (entry.counted + entry.scratch > 0) return;
    this.onLess(entry, "released");
    this.relieve();
  }

  /** A reference went, or something that kept the buffer like one. */
  onLess(entry: Entry, reason: DisposalReason): void {
    if (isHeld(entry)) this.residency.classify(entry);
    else if (entry.buffer !== undefined) this.#demote(entry, reason);
    else this.entries.tidy(entry);
  }

  /** To be called when more may be evicted than before. */
  relieve(): void {
    this.#keepHardCap();
    this.admission.admit();
  }

  /** Drop what has faded, then trim to the soft cap. */
  pass(): void {
    this.#trim(this.settings.caps.soft);
    this.admission.lapse();
    this.#tellPressure(true);
  }

  /** Evicts for what was reserved; returns whether something had to go. */
  makeRoom(): boolean {
    const { soft } = this.settings.caps;
    const target = soft - this.admission.reserved;
    const before = this.residency.strong.bytes;
    if (before > target) this.#trim(Math.min(target, soft * (1 - SLACK)));
    return this.residency.strong.bytes < before;
  }

  close(): void {
    this.closed = true;
    this.admission.close(closedError("reserve()", "cache"));
    for (const entry of this.entries.all()) entry.buffer = entry.weak = undefined;
    this.entries.clear();
    this.temprefs.clear();
    this.references = 0;
    this.residency = new Residency(() => {});
    for (const listeners of Object.values(this.listeners)) listeners.clear();
    this.referenceListeners.clear();
  }

  /** A buffer became strong. */
  #onStrong(entry: Entry): void {
    this.admission.arrived(entry.length);
    this.#announce(entry);
    this.#keepHardCap();
  }

  #keepHardCap(): void {
    const { soft, hard } = this.settings.caps;
    if (this.residency.strong.bytes <= hard) return;
    this.#trim(Math.min(soft, hard * (1 - SLACK)));
    this.#tellPressure(false);
  }

  #demote(entry: Entry, reason: DisposalReason): void {
    this.residency.demote(entry);
    this.#dispose(entry, reason);
  }

  #onCollected(hex: string): void {
    const entry = this.entries.find(hex);
    // It may have come back meanwhile, as another object or as strong.
    if (entry?.weak === undefined || entry.buffer !== undefined || entry.weak.deref() !== undefined) return;
    this.#lose(entry);
  }

  #lose(entry: Entry): void {
    this.residency.lose(entry);
    this.entries.tidy(entry);
    this.#dispose(entry, "collected");
  }

  #trim(target: number): void {
    const now = this.settings.clock.now();
    for (const entry of this.temprefs.dropFaded(now)) this.onLess(entry, "faded");
    trim(this.residency, target, now, this.settings.referenceInterest, this.#evict);
  }

  #dispose({ hex, length }: Entry, reason: DisposalReason): void {
    this.disposals[reason]++;
    const { dispose } = this.listeners;
    if (dispose.size > 0) dispose.emit({ checksum: new Checksum(hex), reason, length });
  }

  #tellPressure(pass: boolean): void {
    const pressure = this.pressureMonitor.news(this.residency, pass);
    if (pressure !== undefined) this.listeners.pressure.emit(pressure);
  }

  #announce(entry: Entry): void {
    if (entry.announced || !isForStores(entry)) return;
    entry.announced = true;
    if (this.referenceListeners.size > 0) this.referenceListeners.emit(new Checksum(entry.hex));
  }
}

/** @throws {SeamlessError} `INVALID_STATE` always. */
export function failDecref(hex: string): never {
  throw new SeamlessError("INVALID_STATE", `decref() of ${hex} without a reference: it was called once too often`, {
    checksum: new Checksum(hex),
  });
}

/** In units: stands for the infinite cost of an only copy, so that interest still counts between two of them. */
const ONLY_COPY = 1e200;

/**
 * Evict in ascending loss per GB until no more than `target` bytes are strong, or nothing is left that may be evicted.
 * Takes O(n + k log n) for k of n that may be.
 *
 * @param now - In milliseconds of the clock.
 * @param evict - Makes one weak.
 */
function trim(
  residency: Residency,
  target: number,
  now: number,
  referenceInterest: number,
  evict: (entry: Entry) => void,
): void {
  if (residency.strong.bytes <= target || residency.evictableBytes === 0) return;
  // An empty buffer takes no room, so that losing it gains none.
  const entries = residency.evictable.filter(({ length }) => length > 0);
  const heap = new MinHeap(
    entries.map((entry) => lossPerGigabyte(entry, now, referenceInterest)),
    entries,
  );
  while (residency.strong.bytes > target && heap.size > 0) {
    const entry = heap.pop()!;
    // A listener to another eviction may have taken it out, or made it more costly.
    if (entry.slot !== -1) evict(entry);
  }
}

/**
 * What is lost by evicting: cost × interest, per GB that is gained.
 *
 * @param now - In milliseconds of the clock.
 */
function lossPerGigabyte(entry: Entry, now: number, referenceInterest: number): number {
  const { tempref } = entry;
  const fading = tempref === undefined ? 0 : interestAfter(tempref.fade, now - tempref.since);
  const interest = (entry.counted + entry.scratch) * referenceInterest + fading;
  return (Math.min(entry.cost, ONLY_COPY) * interest * GIGABYTE) / entry.length;
}
