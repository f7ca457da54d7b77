/** The keys that were added last: at least `limit` of them, at most twice as many. */
export class Recent {
  readonly #limit: number;
  #young = new Set<string>();
  #old: ReadonlySet<string> = new Set();

  constructor(limit: number) {
    this.#limit = limit;
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  add(key: string): void {
    this.#young.add(key);
    if (this.#young.size < this.#limit) return;
    // Whole generations are forgotten: cheaper than one key at a time.
    this.#old = this.#young;
    this.#young = new Set();
  }
}
