import { type Clock, systemClock, type Timer } from "@seamless/store";

/** In bytes per second: slower readers are cut off when memory runs out. */
const SLOW = 65_536;

/** Over how long that is measured, in milliseconds: a network may pause for as long. */
const WINDOW = 1_000;

/** How long an answer waits for memory before it is refused, in milliseconds. */
const PATIENCE = 10_000;

/** Between two looks while an answer waits, in milliseconds. */
const INTERVAL = 250;

/** Of chunks that a store is asked for, in bytes. */
const LEAST_CHUNK = 2 ** 16;
const MOST_CHUNK = 2 ** 20;

/** What is sent to one client. */
export interface Transfer {
  /** Bytes that the system has taken so far; `undefined` while it is not the client who is waited for. */
  moved(): number | undefined;
  /** Break it off. Its lease ends with it, if not at once. */
  cut(): void;
}

interface Reservation {
  readonly lease: Lease;
  readonly bytes: number;
  readonly until: number;
  readonly settle: (granted: boolean) => void;
}

export interface OutflowOptions {
  /** In bytes. */
  readonly limit: number;
  /** @default the clock of the machine */
  readonly clock?: Clock | undefined;
}

/**
 * The memory that answers take on their way out, for all clients of a server together: what was read for them and is not
 * with the system yet. Once it is spent, but for a tenth that is kept for new requests, the slowest reader
 * is cut off.
 */
export class Outflow {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #leases = new Set<Lease>();
  readonly #waiting = new Set<Reservation>();
  #timer: Timer | undefined;
  #used = 0;
  #cut = 0;
  /** The slowest last, as of a look at all of them, which many may ask for at once. */
  #slow: { readonly leases: Lease[]; readonly at: number } = { leases: [], at: Number.NEGATIVE_INFINITY };

  constructor({ limit, clock = systemClock }: OutflowOptions) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** In bytes. */
  get used(): number {
    return this.#used;
  }

  /** Transfers that were cut off so far. */
  get cutOff(): number {
    return this.#cut;
  }

  /** How large chunks an answer may have that begins now, in bytes: large ones cost less, and small ones leave memory to others. */
  get chunkSize(): number {
    const share = (this.#limit / 8 - this.#used) / 4;
    return Math.max(LEAST_CHUNK, Math.min(MOST_CHUNK, 2 ** Math.floor(Math.log2(Math.max(1, share)))));
  }

  open(transfer: Transfer): Lease {
    const lease = new Lease(this, transfer, this.#clock.now());
    this.#leases.add(lease);
    return lease;
  }

  /** @internal Memory for what has just been asked for; false if there is none for too long, or the lease ends. */
  reserve(lease: Lease, bytes: number): Promise<boolean> {
    this.#freeMemory(bytes);
    // First come, first served.
    if (this.#waiting.size === 0 && this.#grant(lease, bytes)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiting: Reservation = {
        lease,
        bytes,
        until: this.#clock.now() + PATIENCE,
        settle: (granted) => {
          this.#waiting.delete(waiting);
          resolve(granted);
        },
      };
      this.#waiting.add(waiting);
      this.#timer ??= this.#clock.setInterval(() => this.#look(), INTERVAL);
    });
  }

  /** @internal What is in memory already cannot be refused: others are cut off for it. */
  charge(lease: Lease, bytes: number): void {
    this.#hold(lease, bytes);
    this.#freeMemory(0);
  }

  /** @internal */
  end(lease: Lease): void {
    if (this.#release(lease) && this.#waiting.size > 0) this.#admit();
  }

  #release(lease: Lease): boolean {
    if (!this.#leases.delete(lease)) return false;
    this.#used -= lease.held;
    for (const waiting of this.#waiting) if (waiting.lease === lease) waiting.settle(false);
    return true;
  }

  #hold(lease: Lease, bytes: number): void {
    // One that was cut off meanwhile holds nothing any more.
    if (!this.#leases.has(lease)) return;
    lease.held += bytes;
    this.#used += bytes;
  }

  #grant(lease: Lease, bytes: number): boolean {
    // One that is larger than everything may go alone.
    if (this.#used + bytes > this.#limit && this.#used > 0) return false;
    this.#hold(lease, bytes);
    lease.begin(this.#clock.now());
    return true;
  }

  #look(): void {
    const [first] = this.#waiting;
    if (first !== undefined) this.#freeMemory(first.bytes);
    this.#admit();
    const now = this.#clock.now();
    for (const waiting of this.#waiting) if (waiting.until <= now) waiting.settle(false);
    if (this.#waiting.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #admit(): void {
    for (const { lease, bytes, settle } of this.#waiting) {
      this.#freeMemory(bytes);
      if (!this.#grant(lease, bytes)) return;
      settle(true);
    }
  }

  /** Cut off who reads least, until there is enough beside the tenth, or all the others get on. */
  #freeMemory(bytes: number): void {
    const limit = this.#limit * 0.9;
    if (this.#used + bytes <= limit) return;
    const slow = this.#slowest();
    while (this.#used + bytes > limit) {
      const lease = slow.pop();
      if (lease === undefined) return;
      if (!this.#release(lease)) continue;
      this.#cut += 1;
      lease.cut();
    }
  }

  #slowest(): Lease[] {
    const now = this.#clock.now();
    if (now - this.#slow.at < INTERVAL) return this.#slow.leases;
    const rated: { readonly lease: Lease; readonly rate: number }[] = [];
    for (const lease of this.#leases) {
      const rate = lease.rate(now);
      if (rate < SLOW && lease.held > 0) rated.push({ lease, rate });
    }
    rated.sort((a, b) => b.rate - a.rate || b.lease.since - a.lease.since);
    this.#slow = { leases: rated.map(({ lease }) => lease), at: now };
    return this.#slow.leases;
  }
}

/** The part of an outflow that one transfer holds. */
export class Lease {
  readonly #outflow: Outflow;
  readonly #transfer: Transfer;
  /** In bytes. */
  held = 0;
  /** Since when it has been as slow as it is, in milliseconds. */
  since: number;
  #looked: number;
  #moved: number | undefined;
  #rate = Number.POSITIVE_INFINITY;

  constructor(outflow: Outflow, transfer: Transfer, now: number) {
    this.#outflow = outflow;
    this.#transfer = transfer;
    this.since = now;
    this.#looked = now;
    this.#moved = transfer.moved();
  }

  /** Waits for memory, for a transfer that has not begun. */
  reserve(bytes: number): Promise<boolean> {
    return this.#outflow.reserve(this, bytes);
  }

  /** Hold at least so much, in bytes. */
  grow(bytes: number): void {
    if (bytes > this.held) this.#outflow.charge(this, bytes - this.held);
  }

  end(): void {
    this.#outflow.end(this);
  }

  /** @internal The client is watched from now on: it could not read while it waited for us. */
  begin(now: number): void {
    this.since = now;
    this.#looked = now;
    this.#moved = this.#transfer.moved();
    this.#rate = Number.POSITIVE_INFINITY;
  }

  /** @internal */
  cut(): void {
    this.#transfer.cut();
  }

  /**
   * Bytes for each second, as of the last look that was long enough after the one before; infinite until then, and for one
   * whose client is not the one who is waited for.
   */
  rate(now: number): number {
    const time = now - this.#looked;
    if (time < WINDOW) return this.#rate;
    const moved = this.#transfer.moved();
    const known = moved !== undefined && this.#moved !== undefined;
    this.#rate = known ? ((moved - this.#moved!) / time) * 1000 : Number.POSITIVE_INFINITY;
    this.#looked = now;
    this.#moved = moved;
    if (this.#rate >= SLOW) this.since = now;
    return this.#rate;
  }
}
