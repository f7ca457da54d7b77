import type { Checksum, SeamlessError } from "@seamless/checksum";
import type { Entry } from "./entry.ts";

/** How many buffers that are not in every store, but in one, are remembered. */
const MAX_INCOMPLETE = 1000;

/** The accepted buffers that are not in every store: those under way, and those that failed. */
export class Ledger {
  /** Under way. */
  readonly pending = new Map<string, Entry>();
  /** In no store. As many as the cache holds, which keeps their buffers. */
  readonly lost = new Map<string, Entry>();
  /** In one store, but not in all; the oldest are forgotten, and counted. */
  readonly incomplete = new Map<string, Entry>();
  /** Bytes that are under way. */
  pendingBytes = 0;
  /** How many were forgotten. */
  forgotten = 0;

  find(checksum: Checksum): Entry | undefined {
    const hex = checksum.hex();
    return this.pending.get(hex) ?? this.lost.get(hex) ?? this.incomplete.get(hex);
  }

  failed(): Entry[] {
    return [...this.lost.values(), ...this.incomplete.values()];
  }

  begin(entry: Entry): void {
    const hex = entry.checksum.hex();
    this.lost.delete(hex);
    this.incomplete.delete(hex);
    this.pending.set(hex, entry);
    this.pendingBytes += entry.length;
  }

  /** All stores have answered. */
  end(entry: Entry): void {
    const hex = entry.checksum.hex();
    if (!this.pending.delete(hex)) return;
    this.pendingBytes -= entry.length;
    if (entry.failures.size === 0) return;
    if (entry.stored === 0) {
      this.lost.set(hex, entry);
      return;
    }
    this.incomplete.set(hex, entry);
    if (this.incomplete.size <= MAX_INCOMPLETE) return;
    const [oldest] = this.incomplete.keys();
    this.incomplete.delete(oldest!);
    this.forgotten++;
  }

  errors(): SeamlessError[] {
    return this.failed().flatMap(({ errors }) => errors);
  }

  /** Buffers that are in no store, as far as is known. */
  unwritten(): Checksum[] {
    const pending = [...this.pending.values()].filter(({ stored }) => stored === 0);
    return [...pending, ...this.lost.values()].map(({ checksum }) => checksum);
  }
}
