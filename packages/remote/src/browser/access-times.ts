import { longTimeout } from "@seamless/internal/timers";
import type { Database } from "./database.ts";

/** In milliseconds. */
const NOTED_AFTER = 10_000;
/** Kept in memory at most: 1 MB. */
const MOST = 10_000;
/** Noted in one transaction, for which writers wait. */
const BATCH = 500;

/**
 * When buffers were used last, noted in the database for many at once, and before room is made: reading one takes no writing.
 * Another tab learns of it some seconds later. What a tab that dies has not noted makes no buffer wrong, but may make one go
 * before its time.
 */
export class AccessTimes {
  readonly #database: Database;
  #times = new Map<string, number>();
  #last = 0;
  #cancel: (() => void) | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Milliseconds since 1970, later than any before. */
  now(): number {
    this.#last = Math.max(Date.now(), this.#last + 1 / 1024);
    return this.#last;
  }

  /** @param hex - Of what was used. */
  use(hex: string): void {
    this.#times.set(hex, this.now());
    if (this.#times.size >= MOST) void this.note();
    else this.#cancel ??= longTimeout(() => void this.note(), NOTED_AFTER, true);
  }

  /** Writes down what is known. Resolves also if it fails: the times are not worth an error of a reader. */
  async note(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#times.size === 0) return;
    const times = [...this.#times];
    this.#times = new Map();
    for (let at = 0; at < times.length; at += BATCH) {
      await this.#database.noteUses(times.slice(at, at + BATCH)).catch(() => undefined);
    }
  }
}
