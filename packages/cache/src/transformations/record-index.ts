import type { Checksum } from "@seamless/checksum";
import type { RecordEntry } from "./record.ts";

/** Entries in memory, found by transformation and by result. */
export class RecordIndex {
  readonly #limit: number;
  readonly #byTransformation = new Map<string, RecordEntry>();
  /** Result → its transformation, or several. Most results have one, and a set for each would take more than the rest. */
  readonly #byResult = new Map<string, string | Set<string>>();

  /** @param limit - Number of entries. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#byTransformation.size;
  }

  find(transformation: Checksum): RecordEntry | undefined {
    return this.#byTransformation.get(transformation.hex());
  }

  producers(result: Checksum): RecordEntry[] {
    const keys = this.#byResult.get(result.hex()) ?? [];
    const all = typeof keys === "string" ? [keys] : [...keys];
    return all.flatMap((key) => this.#byTransformation.get(key) ?? []);
  }

  values(): IterableIterator<RecordEntry> {
    return this.#byTransformation.values();
  }

  /** Is there room for this entry? One that replaces another needs none. */
  hasRoom(transformation: Checksum): boolean {
    return this.size < this.#limit || this.#byTransformation.has(transformation.hex());
  }

  /** Keep an entry, in the place of an earlier one of the same transformation. */
  set(entry: RecordEntry): void {
    const key = entry.transformation.getChecksum().hex();
    const earlier = this.#byTransformation.get(key);
    if (earlier !== undefined) this.#unlink(earlier.result.hex(), key);
    this.#byTransformation.set(key, entry);
    this.#link(entry.result.hex(), key);
  }

  #link(result: string, key: string): void {
    const keys = this.#byResult.get(result);
    if (keys === undefined) this.#byResult.set(result, key);
    else if (typeof keys === "string") this.#byResult.set(result, new Set([keys, key]));
    else keys.add(key);
  }

  #unlink(result: string, key: string): void {
    const keys = this.#byResult.get(result);
    if (keys === key) this.#byResult.delete(result);
    else if (typeof keys === "object" && keys.delete(key) && keys.size === 0) this.#byResult.delete(result);
  }
}
