import { type BufferLike, type Checksum, SeamlessError } from "@seamless/checksum";
import { MinHeap } from "../cost/heap.ts";
import { GIGABYTE } from "../cost/model.ts";
import { closedError } from "../errors.ts";
import { Admission } from "./admission.ts";
import { NONE, type Slot } from "./checksum-index.ts";
import { Entries } from "./entries.ts";
import { ANNOUNCED } from "./entry-columns.ts";
import type { Settings } from "./options.ts";
import { type ReferenceCounter, Temprefs } from "./references.ts";
import { type CacheEvents, type DisposalReason, Listeners, PressureMonitor } from "./reports.ts";
import { Residency } from "./residency.ts";

/**
 * At least this part of a cap is freed at a time where a pass is not the periodic one: room that is freed buffer by
 * buffer would mean a look at all others for each of them.
 */
const SLACK = 1 / 16;

/** In units: stands for the infinite cost of an only copy, so that interest still counts between two of them. */
const ONLY_COPY = 1e200;

/**
 * The state of a cache, and what happens to a buffer when something about it changes: the one place that makes buffers
 * strong or weak, calls listeners, and keeps the caps. `BufferCache` is its public side.
 */
export class CacheState implements ReferenceCounter {
  readonly settings: Settings;
  entries: Entries;
  temprefs: Temprefs;
  residency: Residency;
  readonly admission: Admission;
  readonly pressureMonitor: PressureMonitor;
  readonly listeners: { readonly [E in keyof CacheEvents]: Listeners<CacheEvents[E]> } = {
    dispose: new Listeners(),
    pressure: new Listeners(),
  };
  readonly referenceListeners = new Listeners<Checksum>();
  readonly disposals: Record<DisposalReason, number> = { released: 0, faded: 0, evicted: 0, collected: 0 };
  readonly onLowered = (slot: Slot) => this.residency.classify(slot);
  /** Counted references that are out. */
  references = 0;
  purges = 0;
  closed = false;

  constructor(settings: Settings) {
    this.settings = settings;
    this.entries = new Entries(settings.remember);
    this.temprefs = new Temprefs(this.entries);
    this.residency = new Residency(this.entries, (checksum) => this.#onCollected(checksum));
    this.admission = new Admission(settings.caps.soft, () => this.residency.fixedBytes);
    this.pressureMonitor = new PressureMonitor(settings.caps);
  }

  /** A buffer is registered. */
  onBuffer(slot: Slot, buffer: BufferLike, length: number): void {
    const { entries, residency } = this;
    if (entries.buffer(slot) !== undefined) return;
    const held = entries.isHeld(slot);
    const weak = entries.weak(slot);
    const current = weak?.deref();
    if (current === undefined) {
      if (weak !== undefined) residency.lose(slot);
      residency.put(slot, buffer, length, held);
    } else if (held) residency.promote(slot);
    else if (current !== buffer) residency.replaceWeak(slot, buffer);
    if (current === undefined && weak !== undefined) this.#onReplaced(slot, length, held);
    else if (held) this.#onStrong(slot);
  }

  /**
   * A reference was taken.
   *
   * @param first - Whether it may be the first one that is counted.
   */
  onReference(slot: Slot, first: boolean): void {
    const { entries } = this;
    if (entries.buffer(slot) === undefined) this.hold(slot);
    else {
      // Others make no difference to what may be evicted.
      if (first) this.residency.classify(slot);
      this.#announce(slot);
    }
  }

  /** Hold what is weak, if it is still there. */
  hold(slot: Slot): void {
    if (this.entries.weak(slot) === undefined || this.entries.buffer(slot) !== undefined) return;
    if (this.residency.promote(slot)) this.#onStrong(slot);
    else this.#lose(slot);
  }

  takeBack(checksum: Checksum, scratch: boolean): void {
    if (this.closed) return;
    const { entries } = this;
    const slot = entries.find(checksum);
    if (slot === NONE || !entries.giveBack(slot, scratch)) failDecref(checksum);
    this.references--;
    if (entries.isReferenced(slot)) return;
    this.onLess(slot, "released");
    this.relieve();
  }

  /** A reference went, or something that kept the buffer like one. */
  onLess(slot: Slot, reason: DisposalReason): void {
    const { entries } = this;
    if (entries.isHeld(slot)) this.residency.classify(slot);
    else if (entries.buffer(slot) !== undefined) this.#demote(slot, reason);
    else entries.tidy(slot);
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
    this.entries.compact((from, to) => {
      this.entries.moved(from, to);
      this.temprefs.moved(to);
      this.residency.moved(to);
    });
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
    this.entries = new Entries(this.settings.remember);
    this.temprefs = new Temprefs(this.entries);
    this.residency = new Residency(this.entries, () => {});
    this.references = 0;
    for (const listeners of Object.values(this.listeners)) listeners.clear();
    this.referenceListeners.clear();
  }

  /** A buffer became strong. */
  #onStrong(slot: Slot): void {
    this.admission.arrived(this.entries.lengthOf(slot));
    this.#announce(slot);
    this.#keepHardCap();
  }

  /** A buffer came in for one that had been collected, which nobody had told yet. */
  #onReplaced(slot: Slot, length: number, held: boolean): void {
    this.entries.keepSlots(() => {
      this.#dispose(this.entries.checksum(slot), length, "collected");
      // The listener may have closed the cache.
      if (held && !this.closed) this.#onStrong(slot);
    });
  }

  #keepHardCap(): void {
    const { soft, hard } = this.settings.caps;
    if (this.residency.strong.bytes <= hard) return;
    this.#trim(Math.min(soft, hard * (1 - SLACK)));
    this.#tellPressure(false);
  }

  #demote(slot: Slot, reason: DisposalReason): void {
    this.residency.demote(slot);
    this.#dispose(this.entries.checksum(slot), this.entries.lengthOf(slot), reason);
  }

  #onCollected(checksum: Checksum): void {
    const { entries } = this;
    const slot = entries.find(checksum);
    // It may have come back meanwhile, as another object or as strong.
    if (slot === NONE || entries.buffer(slot) !== undefined) return;
    const weak = entries.weak(slot);
    if (weak !== undefined && weak.deref() === undefined) this.#lose(slot);
  }

  #lose(slot: Slot): void {
    const checksum = this.entries.checksum(slot);
    const length = this.entries.lengthOf(slot);
    this.residency.lose(slot);
    this.entries.tidy(slot);
    this.#dispose(checksum, length, "collected");
  }

  #trim(target: number): void {
    const now = this.settings.clock.now();
    this.entries.keepSlots(() => {
      for (const slot of this.temprefs.dropFaded(now)) {
        this.onLess(slot, "faded");
        if (this.closed) return;
      }
      this.#evictDownTo(target, now);
    });
  }

  /**
   * Evicts in ascending loss per GB until no more than `target` bytes are strong, or nothing is left that may be evicted.
   * Takes O(n + k log n) for k of n that may be.
   *
   * @param now - In milliseconds of the clock.
   */
  #evictDownTo(target: number, now: number): void {
    const { residency, entries } = this;
    if (residency.strong.bytes <= target || residency.evictableBytes === 0) return;
    // An empty buffer takes no room, so that losing it gains none.
    const slots = residency.evictable.filter((slot) => entries.lengthOf(slot) > 0);
    const heap = new MinHeap(
      slots.map((slot) => this.#lossPerGigabyte(slot, now)),
      slots,
    );
    while (residency.strong.bytes > target && heap.size > 0 && !this.closed) {
      const slot = heap.pop()!;
      // A listener to another eviction may have taken it out, or made it more costly.
      if (entries.place(slot) !== NONE) this.#demote(slot, "evicted");
    }
  }

  /**
   * What is lost by evicting: cost × interest, per GB that is gained.
   *
   * @param now - In milliseconds of the clock.
   */
  #lossPerGigabyte(slot: Slot, now: number): number {
    const { entries } = this;
    const references = entries.counted(slot) + entries.scratch(slot);
    const interest = references * this.settings.referenceInterest + this.temprefs.interest(slot, now);
    return (Math.min(entries.cost(slot), ONLY_COPY) * interest * GIGABYTE) / entries.lengthOf(slot);
  }

  #dispose(checksum: Checksum, length: number, reason: DisposalReason): void {
    this.disposals[reason]++;
    const { dispose } = this.listeners;
    if (dispose.size > 0) dispose.emit({ checksum, reason, length });
  }

  #tellPressure(pass: boolean): void {
    const pressure = this.pressureMonitor.news(this.residency, pass);
    if (pressure !== undefined) this.listeners.pressure.emit(pressure);
  }

  #announce(slot: Slot): void {
    const { entries } = this;
    if (entries.has(slot, ANNOUNCED) || !entries.isForStores(slot)) return;
    entries.mark(slot, ANNOUNCED, true);
    if (this.referenceListeners.size > 0) this.referenceListeners.emit(entries.checksum(slot));
  }
}

/** @throws {SeamlessError} `INVALID_STATE` always. */
function failDecref(checksum: Checksum): never {
  throw new SeamlessError(
    "INVALID_STATE",
    `decref() of ${checksum.hex()} without a reference: it was called once too often`,
    { checksum },
  );
}
