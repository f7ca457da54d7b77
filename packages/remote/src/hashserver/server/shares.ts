/**
 * What is held for clients, within one limit for all of them: where it is reached, the client that holds most gives up what
 * it has held longest. So a client that is alone may have everything, and none can take from another what is less than its
 * own share.
 */
export class Shares<T> {
  readonly #limit: number;
  readonly #giveUp: (thing: T) => void;
  /** In the order in which they came. */
  readonly #held = new Map<string, Set<T>>();
  /** Clients by how much they hold, so that nobody has to be looked for. */
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
