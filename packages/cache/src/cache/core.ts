import { type BufferLike, Checksum, SeamlessError } from "@seamless/checksum";
import { type Entry, isForStores, isHeld } from "./entry.ts";
import { type CacheEvents, type DisposalReason, Listeners } from "./events.ts";
import { trim } from "./eviction.ts";
import { Gauge } from "./gauge.ts";
import { Halves } from "./halves.ts";
import { Ledger } from "./ledger.ts";
import type { Settings } from "./options.ts";
import type { Lender } from "./reference.ts";
import { Rooms } from "./room.ts";
import { Temprefs } from "./temprefs.ts";

/**
 * At least this part of a cap is freed at a time where a pass is not the periodic one: room that is freed buffer by
 * buffer would take a look at all others for each of them.
 */
const SLACK = 1 / 16;

/**
 * What happens to a buffer when something about it changes: the one place that moves buffers between the halves, tells
 * those who listen, and keeps the caps. `BufferCache` is its face.
 */
export class Core implements Lender {
  readonly settings: Settings;
  readonly ledger: Ledger;
  readonly temprefs = new Temprefs();
  readonly rooms: Rooms;
  readonly gauge: Gauge;
  readonly listeners: { readonly [E in keyof CacheEvents]: Listeners<CacheEvents[E]> } = {
    dispose: new Listeners(),
    pressure: new Listeners(),
  };
  readonly referenceListeners = new Listeners<Checksum>();
  readonly disposals: Record<DisposalReason, number> = { released: 0, faded: 0, evicted: 0, collected: 0 };
  readonly onLowered = (entry: Entry) => this.halves.classify(entry);
  readonly #evict = (entry: Entry) => this.#demote(entry, "evicted");
  halves = new Halves((hex) => this.#onCollected(hex));
  /** Counted references that are out. */
  references = 0;
  purges = 0;
  closed = false;

  constructor(settings: Settings) {
    this.settings = settings;
    this.ledger = new Ledger(settings.remember);
    this.rooms = new Rooms(settings.caps.soft, () => this.halves.fixedBytes);
    this.gauge = new Gauge(settings.caps);
  }

  /** A buffer is registered. */
  onBuffer(entry: Entry, buffer: BufferLike, length: number): void {
    if (entry.buffer !== undefined) return;
    const held = isHeld(entry);
    const current = entry.weak?.deref();
    if (current === undefined) {
      const collected = entry.weak !== undefined;
      if (collected) this.halves.lose(entry);
      this.halves.put(entry, buffer, length, held);
      if (collected) this.#dispose(entry, "collected");
    } else if (held) this.halves.promote(entry);
    else if (current !== buffer) this.halves.replaceWeak(entry, buffer);
    if (held) this.#onStrong(entry);
  }

  /** A reference was taken. */
  onReference(entry: Entry): void {
    if (entry.buffer === undefined) this.hold(entry);
    else {
      // Others make no difference to what may be evicted.
      if (entry.counted + entry.scratch <= 1) this.halves.classify(entry);
      if (!entry.announced) this.#announce(entry);
    }
  }

  /** Hold what is weak, if it is still there. */
  hold(entry: Entry): void {
    if (entry.weak === undefined || entry.buffer !== undefined) return;
    if (this.halves.promote(entry)) this.#onStrong(entry);
    else this.#lose(entry);
  }

  takeBack(entry: Entry, scratch: boolean): void {
    if (this.closed) return;
    if (entry.scratch > 0 && (scratch || entry.counted === 0)) entry.scratch--;
    else if (entry.counted > 0 && !scratch) entry.counted--;
    else refuseDecref(entry.hex);
    this.references--;
    if (entry.counted + entry.scratch > 0) return;
    this.onLess(entry, "released");
    this.relieve();
  }

  /** A reference went, or something that kept the buffer like one. */
  onLess(entry: Entry, reason: DisposalReason): void {
    if (isHeld(entry)) this.halves.classify(entry);
    else if (entry.buffer !== undefined) this.#demote(entry, reason);
    else this.ledger.tidy(entry);
  }

  /** To be called when more may be evicted than before. */
  relieve(): void {
    this.#keepHardCap();
    this.rooms.admit();
  }

  /** Drop what has faded, then trim to the soft cap. */
  pass(): void {
    this.#trim(this.settings.caps.soft);
    this.rooms.lapse();
    this.#tellPressure(true);
  }

  /** Make the room that was promised; says whether something had to go for it. */
  makeRoom(): boolean {
    const { soft } = this.settings.caps;
    const target = soft - this.rooms.promised;
    const before = this.halves.strong.bytes;
    if (before > target) this.#trim(Math.min(target, soft * (1 - SLACK)));
    return this.halves.strong.bytes < before;
  }

  close(): void {
    this.closed = true;
    this.rooms.close(closedError("room()"));
    for (const entry of this.ledger.all()) entry.buffer = entry.weak = undefined;
    this.ledger.clear();
    this.temprefs.clear();
    this.references = 0;
    this.halves = new Halves(() => {});
    for (const listeners of Object.values(this.listeners)) listeners.clear();
    this.referenceListeners.clear();
  }

  /** A buffer came into the strong half. */
  #onStrong(entry: Entry): void {
    this.rooms.arrived(entry.length);
    this.#announce(entry);
    this.#keepHardCap();
  }

  #keepHardCap(): void {
    const { soft, hard } = this.settings.caps;
    if (this.halves.strong.bytes <= hard) return;
    this.#trim(Math.min(soft, hard * (1 - SLACK)));
    this.#tellPressure(false);
  }

  #demote(entry: Entry, reason: DisposalReason): void {
    this.halves.demote(entry);
    this.#dispose(entry, reason);
  }

  #onCollected(hex: string): void {
    const entry = this.ledger.find(hex);
    // It may have come back meanwhile, as another object or as strong.
    if (entry?.weak === undefined || entry.buffer !== undefined || entry.weak.deref() !== undefined) return;
    this.#lose(entry);
  }

  #lose(entry: Entry): void {
    this.halves.lose(entry);
    this.ledger.tidy(entry);
    this.#dispose(entry, "collected");
  }

  #trim(target: number): void {
    const now = this.settings.clock.now();
    for (const entry of this.temprefs.dropFaded(now)) this.onLess(entry, "faded");
    trim(this.halves, target, now, this.settings.referenceInterest, this.#evict);
  }

  #dispose({ hex, length }: Entry, reason: DisposalReason): void {
    this.disposals[reason]++;
    const { dispose } = this.listeners;
    if (dispose.size > 0) dispose.emit({ checksum: new Checksum(hex), reason, length });
  }

  #tellPressure(pass: boolean): void {
    const pressure = this.gauge.news(this.halves, pass);
    if (pressure !== undefined) this.listeners.pressure.emit(pressure);
  }

  #announce(entry: Entry): void {
    if (entry.announced || !isForStores(entry)) return;
    entry.announced = true;
    if (this.referenceListeners.size > 0) this.referenceListeners.emit(new Checksum(entry.hex));
  }
}

export const closedError = (what: string) =>
  new SeamlessError("INVALID_STATE", `${what} after close(): the cache is closed`);

/** @throws {SeamlessError} `INVALID_STATE` always. */
export function refuseDecref(hex: string): never {
  throw new SeamlessError("INVALID_STATE", `decref() of ${hex} without a reference: it was called once too often`, {
    checksum: new Checksum(hex),
  });
}
