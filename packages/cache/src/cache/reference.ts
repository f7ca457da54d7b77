import type { Reference } from "@seamless/checksum";
import type { Entry } from "./entry.ts";

/** Who takes counted references back. */
export interface Lender {
  /** How often all scratch references were dropped so far. */
  readonly purges: number;
  takeBack(entry: Entry, scratch: boolean): void;
}

const NOT_SCRATCH = -1;

/** A counted reference that is given back once, by whichever way comes first. */
export class CountedReference implements Reference {
  #lender: Lender | undefined;
  readonly #entry: Entry;
  /** Of a scratch reference: how many purges there were before it. */
  readonly #purges: number;

  constructor(lender: Lender, entry: Entry, scratch: boolean) {
    this.#lender = lender;
    this.#entry = entry;
    this.#purges = scratch ? lender.purges : NOT_SCRATCH;
  }

  release(): void {
    const lender = this.#lender;
    if (lender === undefined) return;
    this.#lender = undefined;
    const scratch = this.#purges !== NOT_SCRATCH;
    // A purge has taken it back already.
    if (scratch && this.#purges !== lender.purges) return;
    lender.takeBack(this.#entry, scratch);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
