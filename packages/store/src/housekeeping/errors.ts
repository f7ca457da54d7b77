import { type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { oneLine } from "@seamless/internal/text";
import type { Store } from "../store.ts";

/** Errors that are kept. */
const MOST = 100;

/** Counts what failed for single buffers, and keeps the first errors. */
export class ErrorList {
  readonly #first: SeamlessError[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get first(): readonly SeamlessError[] {
    return this.#first;
  }

  add(error: unknown, checksum: Checksum, store: Store): SeamlessError {
    const known = isSeamlessError(error)
      ? error
      : new SeamlessError("STORE_FAILED", `${store.name}: ${oneLine(error)}`, {
          checksum,
          store: store.name,
          cause: error,
        });
    this.#count++;
    if (this.#first.length < MOST) this.#first.push(known);
    return known;
  }
}
