import type { IDBPDatabase, IDBPObjectStore } from "idb";
import type { Change, Connection, Content, Entry, Schema } from "./connection.ts";

/** An entry and its key. */
export interface KeyedEntry extends Entry {
  readonly hex: string;
}

/** A buffer to be removed: any that has this checksum, or only the one with this id, or only one that was put before. */
export interface Removal {
  readonly hex: string;
  readonly id?: string | undefined;
  /** In milliseconds since 1970. */
  readonly before?: number | undefined;
}

/**
 * What came of adding a buffer: `there` if another is there than the one to be replaced, `full` if all had too many bytes with
 * it. Nothing is changed then.
 */
export type Added = "added" | "there" | "full";

/** What adding a buffer depends on. */
export interface AddOptions {
  /** What all buffers may have together. */
  readonly maxBytes: number;
  /** The id of one that is of no use, whose place it takes. */
  readonly replaced?: string | undefined;
}

/** A transaction of those who ask for contents in one turn. */
interface Shared {
  readonly db: IDBPDatabase<Schema>;
  readonly contents: IDBPObjectStore<Schema, ["contents"], "contents", "readonly">;
}

/** Entries that are read at once. */
const PAGE = 256;

/** Which buffers there are, how long they are, when they were used last, and the content of those without a file. */
export class Database {
  readonly #connection: Connection;
  #shared: Shared | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async entry(hex: string, signal?: AbortSignal): Promise<Entry | undefined> {
    return (await this.entries([hex], signal))[0];
  }

  entries(wanted: readonly string[], signal?: AbortSignal): Promise<(Entry | undefined)[]> {
    return this.#connection.read((db) => {
      const entries = db.transaction("entries").store;
      return Promise.all(wanted.map((hex) => entries.get(hex)));
    }, signal);
  }

  /** The content; or the entry, if it has none here. What is small takes one request. */
  find(hex: string, signal?: AbortSignal): Promise<Content | Entry | undefined> {
    return this.#connection.read(async (db) => {
      const content = await this.#content(db, hex);
      if (content !== undefined) return content;
      const both = db.transaction(["entries", "contents"]);
      const [entry, late] = await Promise.all([
        both.objectStore("entries").get(hex),
        both.objectStore("contents").get(hex),
      ]);
      return late ?? entry;
    }, signal);
  }

  /**
   * Contents that are asked for at once share a transaction, which costs as much as a request: 1,000 gets take two thirds of the
   * time so. It takes no request once one of its own is answered: what went on for ever would keep writers waiting.
   */
  #content(db: IDBPDatabase<Schema>, hex: string): Promise<Content | undefined> {
    const shared = this.#shared;
    if (shared?.db === db) {
      try {
        return shared.contents.get(hex);
      } catch {
        // It takes requests only in the turn in which it was begun.
      }
    }
    const begun: Shared = { db, contents: db.transaction("contents").store };
    this.#shared = begun;
    const end = () => {
      if (this.#shared === begun) this.#shared = undefined;
    };
    const first = begun.contents.get(hex);
    first.then(end, end);
    return first;
  }

  /** The sum of all lengths, in bytes. */
  async total(): Promise<number> {
    return (await this.#connection.read((db) => db.get("totals", "bytes"))) ?? 0;
  }

  /**
   * Adds a buffer.
   *
   * @param content - `undefined` for one with a file.
   */
  add({ hex, ...entry }: KeyedEntry, content: Content | undefined, { maxBytes, replaced }: AddOptions): Promise<Added> {
    return this.#connection.change(async (change) => {
      const { entries, contents, totals } = objects(change);
      const [old, total = 0] = await Promise.all([entries.get(hex), totals.get("bytes")]);
      const sum = total + entry.length - (old?.length ?? 0);
      // The same again, by a connection that was closed before it could say so.
      if (old?.id === entry.id) return "added";
      if (old !== undefined && old.id !== replaced) return "there";
      if (sum > maxBytes) return "full";
      await Promise.all([
        entries.put(entry, hex),
        content === undefined ? contents.delete(hex) : contents.put(content, hex),
        totals.put(sum, "bytes"),
      ]);
      return "added";
    });
  }

  /** @returns what was removed. */
  remove(wanted: readonly Removal[]): Promise<KeyedEntry[]> {
    return this.#connection.change(async (change) => {
      const { entries, contents, totals } = objects(change);
      const removed: KeyedEntry[] = [];
      for (const { hex, id, before = Number.POSITIVE_INFINITY } of wanted) {
        const entry = await entries.get(hex);
        if (entry === undefined || (id !== undefined && entry.id !== id) || entry.put > before) continue;
        await Promise.all([entries.delete(hex), contents.delete(hex)]);
        removed.push({ ...entry, hex });
      }
      const bytes = removed.reduce((sum, { length }) => sum + length, 0);
      if (bytes > 0) await totals.put(((await totals.get("bytes")) ?? 0) - bytes, "bytes");
      return removed;
    });
  }

  /**
   * Makes buffers as young as if they had been put at a time.
   *
   * @returns which are there.
   */
  renew(wanted: readonly string[], time: number): Promise<boolean[]> {
    return this.#connection.change(async (change) => {
      const { entries } = objects(change);
      const renewOne = async (hex: string) => {
        const entry = await entries.get(hex);
        if (entry !== undefined) await entries.put({ ...entry, put: time, used: Math.max(entry.used, time) }, hex);
        return entry !== undefined;
      };
      return Promise.all(wanted.map(renewOne));
    });
  }

  /** Notes when buffers were used. */
  noteUses(times: readonly (readonly [hex: string, used: number])[]): Promise<void> {
    return this.#connection.change(async (change) => {
      const { entries } = objects(change);
      const note = async ([hex, used]: readonly [string, number]) => {
        const entry = await entries.get(hex);
        if (entry !== undefined && entry.used < used) await entries.put({ ...entry, used }, hex);
      };
      await Promise.all(times.map(note));
    });
  }

  /**
   * What was used least recently, until it is enough; not more than a page of it.
   *
   * @param bytes - How many they should have together.
   * @param except - What is left out, in hex.
   */
  leastRecentlyUsed(bytes: number, except: ReadonlySet<string>): Promise<KeyedEntry[]> {
    return this.#connection.read(async (db) => {
      const found: KeyedEntry[] = [];
      let sum = 0;
      let cursor = await db.transaction("entries").store.index("used").openCursor();
      while (cursor !== null && sum < bytes && found.length < PAGE) {
        const entry = { ...cursor.value, hex: cursor.primaryKey };
        if (!except.has(entry.hex)) {
          found.push(entry);
          sum += entry.length;
        }
        cursor = await cursor.continue();
      }
      return found;
    });
  }

  /**
   * A page of all buffers, in the order of their checksums.
   *
   * @param after - The last one of the page before, in hex; empty for the first page.
   */
  page(after: string, signal?: AbortSignal): Promise<KeyedEntry[]> {
    return this.#connection.read(async (db) => {
      const range = IDBKeyRange.lowerBound(after, true);
      const entries = db.transaction("entries").store;
      const [keys, values] = await Promise.all([entries.getAllKeys(range, PAGE), entries.getAll(range, PAGE)]);
      return keys.map((hex, i) => ({ ...values[i]!, hex }));
    }, signal);
  }
}

function objects(change: Change) {
  return {
    entries: change.objectStore("entries"),
    contents: change.objectStore("contents"),
    totals: change.objectStore("totals"),
  };
}
