import {
  type BufferLike,
  Checksum,
  nextTurn,
  type Reference,
  type ReferenceOptions,
  type TempReferenceOptions,
} from "@seamless/checksum";
import type { CostClass, Timer } from "@seamless/store";
import { lengthOf } from "@seamless/store";
import { connect, lower } from "../cost/graph.ts";
import { COST_CLASSES } from "../cost/model.ts";
import { hexOf, notNegative, refuse } from "./check.ts";
import { Core, closedError, refuseDecref } from "./core.ts";
import { isForStores } from "./entry.ts";
import type { CacheEvents, Listener } from "./events.ts";
import { type BufferCacheOptions, type RoomOptions, readOptions } from "./options.ts";
import { CountedReference } from "./reference.ts";
import type { CacheStats } from "./stats.ts";

/**
 * Buffers by checksum. Those that someone wants are held (strong); the others are there as long as the garbage collector
 * leaves them (weak). When there are too many, those go first whose loss costs least per GB.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { BufferCache } from "@seamless/cache";
 * const cache = new BufferCache({ softCap: 200e6, hardCap: 400e6 });
 * const buffer = new Buffer("some text", "text");
 * cache.register(buffer);
 * const reference = cache.incref(buffer.getChecksum());
 * console.log(cache.stats().strong); // → { buffers: 1, bytes: 10 }
 * reference.release();
 * console.log(cache.stats().strong, cache.get(buffer.getChecksum()) === buffer); // → { buffers: 0, bytes: 0 } true
 * cache.close();
 */
export class BufferCache {
  readonly #core: Core;
  readonly #timer: Timer;

  /** @throws {SeamlessError} `INVALID_ARGUMENT` for options that are none. */
  constructor(options: BufferCacheOptions = {}) {
    const settings = readOptions(options);
    this.#core = new Core(settings);
    // A cache that everybody forgot is collected; its timer must not keep it.
    const self = new WeakRef(this);
    const timer: Timer = settings.clock.setInterval(() => {
      const cache = self.deref();
      if (cache === undefined) timer.cancel();
      else cache.evict();
    }, settings.passInterval);
    this.#timer = timer;
  }

  /**
   * Make a buffer known. It is held if its checksum has references, else it is weak. Never fails for want of room.
   *
   * @param buffer - The cache takes its word for what its checksum is.
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is no buffer, `INVALID_STATE` after `close()`.
   */
  register(buffer: BufferLike): void {
    this.#refuseClosed("register()");
    if (typeof buffer?.getChecksum !== "function") refuse("a buffer", "a Buffer, or like one", buffer);
    const hex = buffer.getChecksum().hex();
    const length = lengthOf(buffer);
    this.#core.onBuffer(this.#core.ledger.use(hex), buffer, length);
  }

  /** The buffer, strong or weak; `undefined` if it is not here. */
  get(checksum: Checksum): BufferLike | undefined {
    const entry = this.#core.ledger.find(hexOf(checksum));
    return entry === undefined ? undefined : (entry.buffer ?? entry.weak?.deref());
  }

  /** The length of a buffer in bytes, if it was ever known here, even if the buffer is not here now. */
  lengthOf(checksum: Checksum): number | undefined {
    const length = this.#core.ledger.find(hexOf(checksum))?.length ?? -1;
    return length === -1 ? undefined : length;
  }

  /**
   * Take a counted reference, before or after the buffer is registered. The only copy of what has one is never lost.
   *
   * @returns gives it back once, by `release()` or `using`; or call `decref` instead.
   * @throws {SeamlessError} `INVALID_STATE` after `close()`.
   */
  incref(checksum: Checksum, { scratch = false }: ReferenceOptions = {}): Reference {
    this.#refuseClosed("incref()");
    const entry = this.#core.ledger.use(hexOf(checksum));
    if (scratch) entry.scratch++;
    else entry.counted++;
    this.#core.references++;
    this.#core.onReference(entry);
    return new CountedReference(this.#core, entry, scratch);
  }

  /**
   * Give one counted reference back.
   *
   * @param options - With `scratch` a scratch one, else any, and a scratch one only if there is no other.
   * @throws {SeamlessError} `INVALID_STATE` if there is none to give back.
   */
  decref(checksum: Checksum, { scratch = false }: ReferenceOptions = {}): void {
    const hex = hexOf(checksum);
    const entry = this.#core.ledger.find(hex);
    if (entry !== undefined) this.#core.takeBack(entry, scratch);
    else if (!this.#core.closed) refuseDecref(hex);
  }

  /**
   * Take the one fading reference of a checksum, or refresh it: it then starts again, with the higher interest of the
   * two. It does not protect the only copy of a buffer from eviction.
   *
   * @throws {SeamlessError} `INVALID_ARGUMENT` for numbers that do not fade, `INVALID_STATE` after `close()`.
   */
  tempref(checksum: Checksum, options: TempReferenceOptions = {}): void {
    this.#refuseClosed("tempref()");
    const hex = hexOf(checksum);
    const fade = this.#core.settings.fades.of(options);
    const entry = this.#core.ledger.use(hex);
    this.#core.temprefs.take(entry, fade, options.scratch ?? false, this.#core.settings.clock.now());
    this.#core.onReference(entry);
  }

  /** Is it referenced, and by scratch references alone? */
  isScratch(checksum: Checksum): boolean {
    const entry = this.#core.ledger.find(hexOf(checksum));
    return entry !== undefined && !isForStores(entry) && (entry.scratch > 0 || entry.tempref !== undefined);
  }

  /** Take all scratch references back. Their handles release nothing any more. */
  purgeScratch(): void {
    this.#core.purges++;
    for (const entry of this.#core.ledger.all()) {
      if (entry.scratch === 0 && entry.tempref?.scratch !== true) continue;
      this.#core.references -= entry.scratch;
      entry.scratch = 0;
      if (entry.tempref?.scratch === true) this.#core.temprefs.drop(entry);
      this.#core.onLess(entry, "released");
    }
    this.#core.relieve();
  }

  /**
   * A pass, as the timer does it: drop what has faded, then trim to the soft cap. With n buffers that may be evicted it
   * takes O(n log n).
   */
  evict(): void {
    this.#core.pass();
  }

  /**
   * Wait until `bytes` more fit under the soft cap, after evicting what may be. Producers are served in the order in
   * which they came; room that is not used is given away at the next pass. For what is larger than the cap there is room
   * when nothing is left that may not be evicted. After something was evicted the event loop has a turn, so that the
   * garbage collector can free it.
   *
   * While nobody writes buffers and nobody gives references back, it waits: give it a `signal`.
   *
   * @throws {SeamlessError} `INVALID_ARGUMENT`; `INVALID_STATE` when the cache is closed.
   */
  async room(bytes: number, { signal }: RoomOptions = {}): Promise<void> {
    this.#refuseClosed("room()");
    await this.#core.rooms.wait(notNegative("bytes", bytes), signal);
    // Memory is freed between turns of the event loop, which a producer that awaits nothing else would never give it.
    if (this.#core.makeRoom()) await nextTurn();
  }

  /** Whether a buffer waits to be written; while it does it is held, and not evicted. */
  markWriting(checksum: Checksum, writing: boolean): void {
    if (this.#core.closed) return;
    const hex = hexOf(checksum);
    const entry = writing ? this.#core.ledger.use(hex) : this.#core.ledger.find(hex);
    if (entry === undefined || entry.writing === writing) return;
    this.#core.halves.setWriting(entry, writing);
    if (writing) this.#core.hold(entry);
    else {
      // One that could not be written may be offered again.
      if (!entry.stored) entry.announced = false;
      this.#core.onLess(entry, "released");
      this.#core.relieve();
    }
  }

  /**
   * A store is known to hold a buffer: losing it costs no more than getting it from there.
   *
   * @param length - In bytes.
   * @throws {SeamlessError} `INVALID_ARGUMENT`.
   */
  markStored(checksum: Checksum, costClass: CostClass, length: number): void {
    if (!COST_CLASSES.includes(costClass)) refuse("a cost class", `one of ${COST_CLASSES.join(", ")}`, costClass);
    notNegative("length", length);
    if (this.#core.closed) return;
    const entry = this.#core.ledger.know(hexOf(checksum));
    if (entry.length === -1) entry.length = length;
    entry.stored = true;
    lower(entry, Math.max(0, this.#core.settings.costs.fetch(costClass, length)), this.#core.onLowered);
    this.#core.ledger.limit();
    this.#core.relieve();
  }

  /**
   * A buffer is known to be computable: losing it costs no more than computing it again from its inputs.
   *
   * @param recipe - `cpuSeconds` is 0 for a conversion; one hour is assumed when it is not known.
   * @throws {SeamlessError} `INVALID_ARGUMENT`.
   */
  recordTransformation(
    result: Checksum,
    recipe: { readonly inputs: readonly Checksum[]; readonly cpuSeconds?: number | undefined },
  ): void {
    const { inputs, cpuSeconds } = recipe;
    if (cpuSeconds !== undefined) notNegative("cpuSeconds", cpuSeconds);
    const hexes = [result, ...inputs].map(hexOf);
    if (this.#core.closed) return;
    const [entry, ...sources] = hexes.map((hex) => this.#core.ledger.know(hex));
    connect(entry!, sources, Math.max(0, this.#core.settings.costs.recompute(cpuSeconds)), this.#core.onLowered);
    this.#core.ledger.limit();
    this.#core.relieve();
  }

  /**
   * Hear of every checksum whose buffer is here and has a reference that is not scratch: at once of those there are, and
   * of each other one when it comes to that.
   *
   * @returns ends the subscription.
   */
  onReferenced(listener: Listener<Checksum>): () => void {
    const known = [...this.#core.ledger.all()].filter((entry) => entry.buffer !== undefined && isForStores(entry));
    const end = this.#core.referenceListeners.add(listener);
    for (const entry of known) {
      entry.announced = true;
      listener(new Checksum(entry.hex));
    }
    return end;
  }

  /**
   * Hear of what happens: `dispose` when a buffer is no longer held or was collected, `pressure` when what may not be
   * evicted is more than a cap allows.
   *
   * @returns ends the subscription.
   */
  on<E extends keyof CacheEvents>(event: E, listener: Listener<CacheEvents[E]>): () => void {
    const { listeners } = this.#core;
    if (!Object.hasOwn(listeners, event)) refuse("an event", Object.keys(listeners).join(" or "), event);
    return listeners[event].add(listener);
  }

  /** What there is, and what became of the rest. Costs nothing. */
  stats(): CacheStats {
    const { strong, weak, writing, evictable, evictableBytes } = this.#core.halves;
    const { soft, hard } = this.#core.settings.caps;
    return {
      strong: strong.snapshot(),
      weak: weak.snapshot(),
      evictable: { buffers: evictable.length, bytes: evictableBytes },
      writing: writing.snapshot(),
      references: this.#core.references,
      temprefs: this.#core.temprefs.size,
      remembered: this.#core.ledger.bare,
      softCap: soft,
      hardCap: hard,
      disposals: { ...this.#core.disposals },
      pressure: this.#core.gauge.read(this.#core.halves),
    };
  }

  /** Let go of everything. Who waits for room hears of it; references that are still out are forgotten. */
  close(): void {
    if (this.#core.closed) return;
    this.#timer.cancel();
    this.#core.close();
  }

  #refuseClosed(what: string): void {
    if (this.#core.closed) throw closedError(what);
  }
}
