import type {
  AbortOptions,
  BufferLike,
  Checksum,
  Reference,
  ReferenceOptions,
  TempReferenceOptions,
} from "@seamless/checksum";
import { nextTurn } from "@seamless/internal/timers";
import { type CostClass, lengthOf, type Timer } from "@seamless/store";
import { COST_CLASSES } from "../cost/model.ts";
import { checks, closedError } from "../errors.ts";
import { asChecksum, NONE, type Slot } from "./checksum-index.ts";
import { ANNOUNCED, FADES, FADING_SCRATCH, STORED, WRITING } from "./entry-columns.ts";
import { type BufferCacheOptions, readOptions } from "./options.ts";
import { CountedReference } from "./references.ts";
import type { CacheEvents, CacheStats, Listener } from "./reports.ts";
import { CacheState } from "./state.ts";

/**
 * Buffers by checksum. Those with references are held (strong); the others are there as long as the garbage collector
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
  readonly #state: CacheState;
  #timer: Timer | undefined;

  /** @throws {SeamlessError} `INVALID_ARGUMENT` for wrong options. */
  constructor(options: BufferCacheOptions = {}) {
    const settings = readOptions(options);
    this.#state = new CacheState(settings);
  }

  /**
   * Make a buffer known. It is held if its checksum has references, else it is weak. Never fails for lack of room.
   *
   * @param buffer - The cache takes its word for what its checksum is.
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not a buffer, `INVALID_STATE` after `close()`.
   */
  register(buffer: BufferLike): void {
    this.#failIfClosed("register()");
    if (typeof buffer?.getChecksum !== "function") checks.fail("a buffer", "a Buffer, or like one", buffer);
    const checksum = asChecksum(buffer.getChecksum());
    const length = lengthOf(buffer);
    this.#state.onBuffer(this.#use(checksum), buffer, length);
  }

  /** The buffer, strong or weak; `undefined` if it is not here. */
  get(checksum: Checksum): BufferLike | undefined {
    const { entries } = this.#state;
    const slot = entries.find(asChecksum(checksum));
    return slot === NONE ? undefined : (entries.buffer(slot) ?? entries.weak(slot)?.deref());
  }

  /** The length of a buffer in bytes, if it was ever known here, even if the buffer is not here now. */
  lengthOf(checksum: Checksum): number | undefined {
    const { entries } = this.#state;
    const slot = entries.find(asChecksum(checksum));
    const length = slot === NONE ? -1 : entries.lengthOf(slot);
    return length === -1 ? undefined : length;
  }

  /**
   * Take a counted reference, before or after the buffer is registered. The only copy of what has one is never lost.
   *
   * @returns what gives it back once, by `release()` or `using`; or call `decref` instead.
   * @throws {SeamlessError} `INVALID_STATE` after `close()`.
   */
  incref(checksum: Checksum, options?: ReferenceOptions): Reference {
    this.#failIfClosed("incref()");
    const key = asChecksum(checksum);
    const slot = this.#use(key);
    const scratch = options?.scratch ?? false;
    const first = this.#state.entries.take(slot, scratch);
    this.#state.references++;
    this.#state.onReference(slot, first);
    return new CountedReference(this.#state, key, scratch);
  }

  /**
   * Give one counted reference back.
   *
   * @param options - With `scratch` a scratch one, else any, and a scratch one only if there is no other.
   * @throws {SeamlessError} `INVALID_STATE` if there is none to give back.
   */
  decref(checksum: Checksum, options?: ReferenceOptions): void {
    this.#state.takeBack(asChecksum(checksum), options?.scratch ?? false);
  }

  /**
   * Take the one fading reference of a checksum, or refresh it: it then starts again, with the higher interest of the
   * two. It does not protect the only copy of a buffer from eviction.
   *
   * @throws {SeamlessError} `INVALID_ARGUMENT` for numbers that do not fade, `INVALID_STATE` after `close()`.
   */
  tempref(checksum: Checksum, options: TempReferenceOptions = {}): void {
    this.#failIfClosed("tempref()");
    const key = asChecksum(checksum);
    const fade = this.#state.settings.fades.of(options);
    const slot = this.#use(key);
    this.#state.temprefs.take(slot, fade, options.scratch ?? false, this.#state.settings.clock.now());
    this.#state.onReference(slot, true);
  }

  /** Whether it is referenced, and by scratch references alone. */
  isScratch(checksum: Checksum): boolean {
    const { entries } = this.#state;
    const slot = entries.find(asChecksum(checksum));
    return slot !== NONE && !entries.isForStores(slot) && (entries.isReferenced(slot) || entries.has(slot, FADES));
  }

  /** Takes all scratch references back; to release them later does nothing. */
  purgeScratch(): void {
    this.#state.purges++;
    const { entries, temprefs } = this.#state;
    const isScratch = (slot: Slot) => entries.scratch(slot) > 0 || entries.has(slot, FADING_SCRATCH);
    entries.keepSlots(() => {
      for (const slot of entries.all(isScratch)) {
        if (this.#state.closed || !isScratch(slot)) continue;
        this.#state.references -= entries.scratch(slot);
        entries.setScratch(slot, 0);
        if (entries.has(slot, FADING_SCRATCH)) temprefs.drop(slot);
        this.#state.onLess(slot, "released");
      }
    });
    this.#state.relieve();
  }

  /**
   * A pass, as the timer does it: drop what has faded, then trim to the soft cap. With n buffers that may be evicted it
   * takes O(n log n).
   */
  evict(): void {
    this.#state.pass();
  }

  /**
   * Reserves room for a buffer that is going to be made: waits until `bytes` more fit under the soft cap, after evicting
   * what may be. Producers are admitted in the order in which they came; a reservation that is not used lapses at the next
   * pass. What is larger than the cap is admitted when nothing is left that may not be evicted. After something was
   * evicted the event loop has a turn, so that the garbage collector can free it.
   *
   * It waits for as long as no buffer is written and no reference is given back: give it a `signal`.
   *
   * @param bytes - The length of the buffer.
   *
   * @throws {SeamlessError} `INVALID_ARGUMENT`; `INVALID_STATE` when the cache is closed.
   */
  async reserve(bytes: number, { signal }: AbortOptions = {}): Promise<void> {
    this.#failIfClosed("reserve()");
    if (this.#timer === undefined) this.#beginPasses();
    await this.#state.admission.reserve(checks.notNegative("bytes", bytes), signal);
    // Memory is freed between turns of the event loop, which a producer that awaits nothing else would never give it.
    if (this.#state.makeRoom()) await nextTurn();
  }

  /** Whether a buffer waits to be written; while it does it is held, and not evicted. */
  markWriting(checksum: Checksum, writing: boolean): void {
    if (this.#state.closed) return;
    const key = asChecksum(checksum);
    const { entries } = this.#state;
    const slot = writing ? this.#use(key) : entries.find(key);
    if (slot === NONE || entries.has(slot, WRITING) === writing) return;
    this.#state.residency.setWriting(slot, writing);
    if (writing) this.#state.hold(slot);
    else {
      // One that could not be written may be offered again.
      if (!entries.has(slot, STORED)) entries.mark(slot, ANNOUNCED, false);
      this.#state.onLess(slot, "released");
      this.#state.relieve();
    }
  }

  /**
   * A store is known to hold a buffer: losing it costs no more than getting it from there.
   *
   * @param length - In bytes.
   * @throws {SeamlessError} `INVALID_ARGUMENT`.
   */
  markStored(checksum: Checksum, costClass: CostClass, length: number): void {
    if (!COST_CLASSES.includes(costClass)) checks.fail("a cost class", `one of ${COST_CLASSES.join(", ")}`, costClass);
    checks.notNegative("length", length);
    if (this.#state.closed) return;
    const { entries, settings } = this.#state;
    const slot = entries.know(asChecksum(checksum));
    if (entries.lengthOf(slot) === -1) entries.setLength(slot, length);
    entries.mark(slot, STORED, true);
    entries.costs.lower(slot, Math.max(0, settings.costs.fetch(costClass, length)), this.#state.onLowered);
    entries.limit();
    this.#state.relieve();
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
    if (cpuSeconds !== undefined) checks.notNegative("cpuSeconds", cpuSeconds);
    const checksums = [result, ...inputs].map(asChecksum);
    if (this.#state.closed) return;
    const { entries, settings } = this.#state;
    const [slot, ...sources] = checksums.map((checksum) => entries.know(checksum));
    entries.costs.connect(slot!, sources, Math.max(0, settings.costs.recompute(cpuSeconds)), this.#state.onLowered);
    entries.limit();
    this.#state.relieve();
  }

  /**
   * Calls a listener with every checksum whose buffer is here and has a reference that is not scratch: at once for those
   * there are, and for each other one when it gets there.
   *
   * @returns what ends the subscription.
   */
  onReferenced(listener: Listener<Checksum>): () => void {
    const { entries } = this.#state;
    const known = entries.all((slot) => entries.buffer(slot) !== undefined && entries.isForStores(slot));
    // By their checksums: what the listener does may give entries other slots.
    const checksums = known.map((slot) => entries.checksum(slot));
    const end = this.#state.referenceListeners.add(listener);
    for (const checksum of checksums) {
      const slot = entries.find(checksum);
      if (slot !== NONE) entries.mark(slot, ANNOUNCED, true);
      listener(checksum);
    }
    return end;
  }

  /**
   * Subscribes to an event: `dispose` when a buffer is no longer held or was collected, `pressure` when what may not be
   * evicted is more than a cap allows.
   *
   * @returns what ends the subscription.
   */
  on<E extends keyof CacheEvents>(event: E, listener: Listener<CacheEvents[E]>): () => void {
    const { listeners } = this.#state;
    if (!Object.hasOwn(listeners, event)) checks.fail("an event", Object.keys(listeners).join(" or "), event);
    return listeners[event].add(listener);
  }

  /** What the cache holds, and what became of the rest. Takes constant time. */
  stats(): CacheStats {
    const { strong, weak, writing, evictable, evictableBytes } = this.#state.residency;
    const { soft, hard } = this.#state.settings.caps;
    return {
      strong: strong.snapshot(),
      weak: weak.snapshot(),
      evictable: { buffers: evictable.length, bytes: evictableBytes },
      writing: writing.snapshot(),
      references: this.#state.references,
      temprefs: this.#state.temprefs.size,
      remembered: this.#state.entries.bare,
      softCap: soft,
      hardCap: hard,
      disposals: { ...this.#state.disposals },
      pressure: this.#state.pressureMonitor.read(this.#state.residency),
    };
  }

  /** Lets go of everything. Calls of `reserve` that wait are rejected; references that are still out are forgotten. */
  close(): void {
    if (this.#state.closed) return;
    this.#timer?.cancel();
    this.#state.close();
  }

  /** The same as `close`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** What is known of a checksum, for use. */
  #use(checksum: Checksum): Slot {
    if (this.#timer === undefined) this.#beginPasses();
    return this.#state.entries.use(checksum);
  }

  /** When the cache is first used, and not before: Cloudflare Workers allow no timer while modules are loaded. */
  #beginPasses(): void {
    // A cache without references to it is collected; its timer must not keep it.
    const self = new WeakRef(this);
    const { clock, passInterval } = this.#state.settings;
    const timer: Timer = clock.setInterval(() => {
      const cache = self.deref();
      if (cache === undefined) timer.cancel();
      else cache.evict();
    }, passInterval);
    this.#timer = timer;
  }

  #failIfClosed(call: string): void {
    if (this.#state.closed) throw closedError(call, "cache");
  }
}
