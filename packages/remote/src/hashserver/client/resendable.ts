/**
 * A source that can be read from its beginning again, until more of it was taken than is kept: a server that turns an upload
 * away says so at once, when little has been sent.
 */
export class Resendable {
  readonly #source: AsyncIterator<Uint8Array, void, undefined>;
  readonly #limit: number;
  readonly #kept: Uint8Array[];
  #bytes: number;
  #whole = true;
  /** What was asked for last: an attempt that was given up may have left it for the next. */
  #next: Promise<IteratorResult<Uint8Array, void>> | undefined;

  /**
   * @param start - What was taken from the source already; fits in any case.
   * @param limit - How much is kept, in bytes.
   */
  constructor(start: readonly Uint8Array[], source: AsyncIterator<Uint8Array, void, undefined>, limit: number) {
    this.#source = source;
    this.#limit = limit;
    this.#kept = [...start];
    this.#bytes = start.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Is all that was taken still here? */
  get whole(): boolean {
    return this.#whole;
  }

  /** All from the beginning; what the reader does not take stays in the source, which it does not close. */
  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = 0; ; ) {
      while (at < this.#kept.length) yield this.#kept[at++]!;
      const next = await this.#advance();
      if (next.done === true) return;
      if (!this.#whole) yield next.value;
    }
  }

  #advance(): Promise<IteratorResult<Uint8Array, void>> {
    if (this.#next !== undefined) return this.#next;
    const next = this.#take();
    // The attempt that asked may have been given up.
    next.catch(() => undefined);
    this.#next = next;
    return next;
  }

  async #take(): Promise<IteratorResult<Uint8Array, void>> {
    const next = await this.#source.next();
    this.#next = undefined;
    if (next.done === true || !this.#whole) return next;
    this.#bytes += next.value.byteLength;
    if (this.#bytes <= this.#limit) {
      this.#kept.push(next.value);
    } else {
      this.#whole = false;
      this.#kept.length = 0;
    }
    return next;
  }
}
