import { onAbort } from "@seamless/internal/abort";
import { systemClock, type Timer } from "@seamless/store";

interface Kept {
  readonly hex: string;
  /** Who made it first. */
  readonly client: string;
  timer: Timer;
  /** Called when the buffer is there, and when the promise ends without. */
  readonly waiting: Set<() => void>;
}

interface Waiter {
  readonly giveUp: () => void;
}

export interface PromisesOptions {
  /** How long one is kept, in milliseconds. */
  readonly time: number;
  /** How many are kept. */
  readonly limit: number;
  /** How many requests wait for one. */
  readonly waiting: number;
}

/** Promises to upload buffers: kept for a time, or until the buffer is there. */
export class Promises {
  readonly #time: number;
  readonly #kept = new Map<string, Kept>();
  readonly #shares: Shares<Kept>;
  readonly #waiting: Shares<Waiter>;

  constructor({ time, limit, waiting }: PromisesOptions) {
    this.#time = time;
    this.#shares = new Shares(limit, ({ hex }) => this.end(hex));
    this.#waiting = new Shares(waiting, ({ giveUp }) => giveUp());
  }

  /**
   * Take a promise, or renew it. Where there are too many, the client that has made most loses its oldest.
   *
   * @param client - Who makes it.
   * @returns how long it is kept, in milliseconds.
   */
  add(hex: string, client: string): number {
    const before = this.#kept.get(hex);
    before?.timer.cancel();
    const timer = systemClock.setTimeout(() => this.end(hex), this.#time);
    const kept = before ?? { hex, client, timer, waiting: new Set() };
    kept.timer = timer;
    this.#kept.set(hex, kept);
    // It counts for the client that made it first: a client that renews it must not be able to make another one lose it.
    if (kept.client === client) this.#shares.add(client, kept);
    return this.#time;
  }

  has(hex: string): boolean {
    return this.#kept.has(hex);
  }

  /** The buffer is there, or will not be. */
  end(hex: string): void {
    const kept = this.#kept.get(hex);
    if (kept === undefined) return;
    kept.timer.cancel();
    this.#kept.delete(hex);
    this.#shares.delete(kept.client, kept);
    for (const wake of [...kept.waiting]) wake();
  }

  /**
   * Wait until a promise has ended, one way or the other; not at all if there is none.
   *
   * @param client - Who waits.
   * @returns whether it has: not if too many wait, and this client more than others.
   * @throws the signal's reason.
   */
  async ended(hex: string, client: string, signal: AbortSignal | undefined): Promise<boolean> {
    const kept = this.#kept.get(hex);
    if (kept === undefined) return true;
    let stop = () => {};
    try {
      return await new Promise<boolean>((resolve, reject) => {
        const wake = () => resolve(true);
        const waiting: Waiter = { giveUp: () => resolve(false) };
        const forget = onAbort(signal, () => reject(signal?.reason));
        stop = () => {
          forget();
          kept.waiting.delete(wake);
          this.#waiting.delete(client, waiting);
        };
        kept.waiting.add(wake);
        this.#waiting.add(client, waiting);
      });
    } finally {
      stop();
    }
  }
}

/**
 * Things held for clients, within one limit for all of them: where it is reached, the client that holds most gives up what
 * it has held longest. So a client that is alone may have everything, and none can take from another what is less than its
 * own share.
 */
export class Shares<T> {
  readonly #limit: number;
  readonly #giveUp: (thing: T) => void;
  /** In the order in which they came. */
  readonly #held = new Map<string, Set<T>>();
  /** Clients by how much they hold, to find the one with most at once. */
  readonly #byCount: Set<string>[] = [];
  #size = 0;

  /** @param giveUp - Told of what is no longer held, after it was let go. */
  constructor(limit: number, giveUp: (thing: T) => void) {
    this.#limit = limit;
    this.#giveUp = giveUp;
  }

  get size(): number {
    return this.#size;
  }

  /** Hold something, as the newest; it may be what is given up at once, where the limit is zero. */
  add(client: string, thing: T): void {
    const things = this.#held.get(client) ?? new Set<T>();
    this.#held.set(client, things);
    if (things.delete(thing)) {
      things.add(thing);
      return;
    }
    things.add(thing);
    this.#moved(client, things.size - 1, things.size);
    while (this.#size > this.#limit) this.#giveUpOne();
  }

  delete(client: string, thing: T): void {
    const things = this.#held.get(client);
    if (things?.delete(thing) !== true) return;
    if (things.size === 0) this.#held.delete(client);
    this.#moved(client, things.size + 1, things.size);
  }

  #giveUpOne(): void {
    const [client = ""] = this.#byCount.at(-1) ?? [];
    const [thing] = this.#held.get(client) ?? [];
    this.delete(client, thing as T);
    this.#giveUp(thing as T);
  }

  #moved(client: string, before: number, now: number): void {
    this.#size += now - before;
    this.#byCount[before]?.delete(client);
    if (now > 0) {
      while (this.#byCount.length <= now) this.#byCount.push(new Set());
      this.#byCount[now]!.add(client);
    }
    while (this.#byCount.length > 0 && this.#byCount.at(-1)!.size === 0) this.#byCount.pop();
  }
}
