import type { Cursor } from "./cursor.ts";
import { YamlFault } from "./fault.ts";

/** A key without `?` fits one line and this many characters. */
const MAX_KEY = 1024;

interface SimpleKey {
  readonly at: number;
  readonly line: number;
  readonly column: number;
  /** Nothing but a key may start where its collection's keys do. */
  readonly required: boolean;
}

/** Where a key without `?` may have started: one place for each level of brackets, as in PyYAML's scanner. */
export class SimpleKeys {
  readonly #cursor: Cursor;
  readonly #keys: (SimpleKey | undefined)[] = [];
  /** May a key start at the cursor? */
  allowed = true;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  save(level: number, indent: number): void {
    if (!this.allowed) return;
    this.forget(level);
    const { at, line, column } = this.#cursor;
    this.#keys[level] = { at, line, column, required: level === 0 && indent === column };
  }

  forget(level: number): void {
    const key = this.#keys[level];
    if (key?.required) throw new YamlFault("a key without a colon", key.at);
    this.#keys[level] = undefined;
  }

  /** Only a key outside of brackets can be required; those inside are looked at when they are asked for. */
  dropStale(): void {
    const key = this.#keys[0];
    if (key !== undefined && this.#isStale(key)) this.forget(0);
  }

  /** The key that the colon at the cursor belongs to. */
  take(level: number): SimpleKey | undefined {
    const key = this.#keys[level];
    this.#keys[level] = undefined;
    return key !== undefined && this.#isStale(key) ? undefined : key;
  }

  #isStale({ at, line }: SimpleKey): boolean {
    const cursor = this.#cursor;
    if (line !== cursor.line) return true;
    if (cursor.at - at <= MAX_KEY) return false;
    return cursor.at - at > 2 * MAX_KEY || [...cursor.text.slice(at, cursor.at)].length > MAX_KEY;
  }
}
