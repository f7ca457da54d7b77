import type { AbortOptions, Checksum } from "@seamless/checksum";
import { SeamlessError } from "@seamless/checksum";
import type { ListedBuffer, Store } from "../store.ts";
import { ChecksumTable } from "./checksum-table.ts";
import type { CollectProgress } from "./garbage.ts";

/** So many buffers, of so many bytes as they lie in the store. */
export interface Amount {
  readonly buffers: number;
  readonly bytes: number;
}

interface ListingOptions extends AbortOptions {
  readonly onProgress?: ((progress: CollectProgress) => void) | undefined;
}

/** What a store has, by number, and what of it is kept: about 70 bytes of memory for each. */
export class Listing {
  readonly table = new ChecksumTable();
  #stored = new Float64Array(1024);
  #modified = new Float64Array(1024);
  /** Numbers of what is kept, in the order in which it was found. */
  #order = new Uint32Array(1024);
  #kept = new Uint8Array(1024);
  #count = 0;

  /** @throws what the store throws. */
  static async of(store: Store, { signal, onProgress }: ListingOptions): Promise<Listing> {
    const listing = new Listing();
    for await (const buffer of store.list?.({ signal }) ?? []) {
      listing.#add(buffer);
      onProgress?.({ phase: "list", files: listing.size, totalFiles: 0, bytes: 0 });
    }
    return listing;
  }

  get size(): number {
    return this.table.size;
  }

  #add({ checksum, length, stored = length ?? 0, modified = 0 }: ListedBuffer): void {
    const at = this.table.add(checksum);
    if (at >= this.#stored.length) this.#grow();
    this.#stored[at] = stored;
    this.#modified[at] = modified;
  }

  #grow(): void {
    const size = this.#stored.length * 2;
    if (size > 2 ** 30) throw new SeamlessError("TOO_LARGE", `a store of more than ${2 ** 29} buffers is too large`);
    const [stored, modified, order, kept] = [
      new Float64Array(size),
      new Float64Array(size),
      new Uint32Array(size),
      new Uint8Array(size),
    ];
    stored.set(this.#stored);
    modified.set(this.#modified);
    order.set(this.#order);
    kept.set(this.#kept);
    [this.#stored, this.#modified, this.#order, this.#kept] = [stored, modified, order, kept];
  }

  /** In milliseconds since 1970; 0 if the store does not know. */
  modifiedOf(at: number): number {
    return this.#modified[at]!;
  }

  isKept(at: number): boolean {
    return this.#kept[at] === 1;
  }

  keep(at: number): void {
    if (this.#kept[at] === 1) return;
    this.#kept[at] = 1;
    this.#order[this.#count++] = at;
  }

  /** Some of what is kept: from one in the order on, `most` of them at most. */
  keptFrom(start: number, most: number): readonly number[] {
    return [...this.#order.subarray(start, Math.min(this.#count, start + most))];
  }

  amountOf(belongs: (at: number) => boolean): Amount {
    let [buffers, bytes] = [0, 0];
    for (let at = 0; at < this.size; at++) {
      if (!belongs(at)) continue;
      buffers++;
      bytes += this.#stored[at]!;
    }
    return { buffers, bytes };
  }

  /** What is not kept. */
  *garbage(): Generator<ListedBuffer & { readonly checksum: Checksum }, void, undefined> {
    for (let at = 0; at < this.size; at++) {
      if (this.isKept(at)) continue;
      const stored = this.#stored[at]!;
      yield { checksum: this.table.at(at), length: undefined, stored, modified: this.#modified[at] };
    }
  }
}
