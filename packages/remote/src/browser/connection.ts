import { SeamlessError } from "@seamless/checksum";
import { untilAborted } from "@seamless/internal/abort";
import { longTimeout } from "@seamless/internal/timers";
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from "idb";
import { exceptionName, storageError } from "./errors.ts";

/** What is known of a buffer without reading it. */
export interface Entry {
  /** In bytes. */
  readonly length: number;
  /** When it was put or read last, in milliseconds since 1970, with fractions that keep the order. */
  readonly used: number;
  /** When it was put or touched last, in milliseconds since 1970. */
  readonly put: number;
  /** A new one each time that the buffer is written. */
  readonly id: string;
  /** The file with the content; without one, the content is in the database. */
  readonly file?: string | undefined;
}

/** The content of a buffer in the database: bytes, or a blob of them, which is not in memory before it is read. */
export type Content = Uint8Array | Blob;

/** Keys are checksums in hex. Contents lie apart, so that lengths and times are looked at without them. */
export interface Schema extends DBSchema {
  entries: { key: string; value: Entry; indexes: { used: number } };
  contents: { key: string; value: Content };
  /** Under `bytes`, the sum of all lengths: changed in the transaction of each change, so that many tabs agree on it. */
  totals: { key: "bytes"; value: number };
}

type StoreName = "entries" | "contents" | "totals";
/** A transaction over all that a change concerns. */
export type Change = IDBPTransaction<Schema, StoreName[], "readwrite">;

const STORES: StoreName[] = ["entries", "contents", "totals"];
const VERSION = 1;
/** Names of exceptions of a connection that was closed meanwhile: another one may work. */
const CLOSED: ReadonlySet<string> = new Set(["AbortError", "InvalidStateError", "UnknownError"]);

/**
 * The connection to a database of buffers. One that the browser closes, because the user clears the storage or another tab
 * wants to change the database, is opened again when it is next needed.
 */
export class Connection {
  readonly #database: string;
  readonly #store: string;
  readonly #openTimeout: number;
  #opening: Promise<IDBPDatabase<Schema>> | undefined;

  /**
   * @param database - Its name.
   * @param store - Name of the store, for messages.
   * @param openTimeout - How long opening may take, in milliseconds.
   */
  constructor(database: string, store: string, openTimeout: number) {
    this.#database = database;
    this.#store = store;
    this.#openTimeout = openTimeout;
  }

  /**
   * Reads. Tried once more if the connection was closed meanwhile.
   *
   * @throws {SeamlessError} as `storageError` makes it; the signal's reason.
   */
  read<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#run("read", work, signal);
  }

  /**
   * Changes something, in one transaction: other tabs, and those that die midway, see all of it or nothing. What a crash
   * of the machine takes is missing then; to wait for the disk would take ten times as long.
   */
  change<T>(work: (change: Change) => Promise<T>): Promise<T> {
    return this.#run("write", async (db) => {
      const change = db.transaction(STORES, "readwrite", { durability: "relaxed" });
      const done = change.done.then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      let result: T;
      try {
        result = await work(change);
      } catch (error) {
        // Not half of it. Fails if it is aborted already.
        await Promise.resolve()
          .then(() => change.abort())
          .catch(() => undefined);
        // Requests only say that the transaction was aborted; it says why.
        throw exceptionName(error) === "AbortError" ? ((await done)?.error ?? error) : error;
      }
      const failure = await done;
      if (failure !== undefined) throw failure.error;
      return result;
    });
  }

  /** Closes it once what is under way is done. The next call opens another. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    // What could not be opened need not be closed.
    (await opening?.catch(() => undefined))?.close();
  }

  async #run<T>(action: string, work: (db: IDBPDatabase<Schema>) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    for (let attempt = 0; ; attempt++) {
      try {
        const db = await untilAborted(this.#open(), signal);
        return await untilAborted(work(db), signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (attempt > 0 || !CLOSED.has(exceptionName(error))) throw storageError(error, { action, store: this.#store });
        await this.close();
      }
    }
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    if (this.#opening !== undefined) return this.#opening;
    const opening = this.#connect();
    this.#opening = opening;
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = undefined;
    });
    return opening;
  }

  async #connect(): Promise<IDBPDatabase<Schema>> {
    if (!hasIndexedDb()) {
      const message = `${this.#store}: there is no IndexedDB here; in Node use directoryStore(), in a private window no store`;
      throw new SeamlessError("UNSUPPORTED", message, { store: this.#store });
    }
    const db = await this.#untilTimeout(
      openDB<Schema>(this.#database, VERSION, {
        upgrade(db) {
          db.createObjectStore("entries").createIndex("used", "used");
          db.createObjectStore("contents");
          db.createObjectStore("totals");
        },
        // Another tab wants to delete the database, or to upgrade it, and waits until all have closed it.
        blocking: () => void this.close(),
        terminated: () => void this.close(),
      }),
    );
    if (STORES.every((name) => db.objectStoreNames.contains(name))) return db;
    db.close();
    const message = `${this.#store}: the database of that name holds no buffers; choose another name`;
    throw new SeamlessError("INVALID_ARGUMENT", message, { store: this.#store });
  }

  /** A database that another tab deletes or upgrades cannot be opened, as long as a third does not let go of it. */
  async #untilTimeout(opening: Promise<IDBPDatabase<Schema>>): Promise<IDBPDatabase<Schema>> {
    let cancel = () => {};
    const late = new Promise<never>((_, reject) => {
      const giveUp = () => {
        // Should it open after all.
        opening.then((db) => db.close()).catch(() => undefined);
        const message = `${this.#store}: not opened within ${this.#openTimeout} ms: another page keeps the database from it`;
        reject(new SeamlessError("STORE_FAILED", message, { store: this.#store }));
      };
      cancel = longTimeout(giveUp, this.#openTimeout, false);
    });
    try {
      return await Promise.race([opening, late]);
    } catch (error) {
      // That it may not be opened at all, in private windows of some browsers.
      if (exceptionName(error) !== "InvalidStateError") throw error;
      const message = `${this.#store}: the browser keeps no databases here, as in a private window`;
      throw new SeamlessError("UNSUPPORTED", message, { cause: error, store: this.#store });
    } finally {
      cancel();
    }
  }
}

/** Where the page has no origin of its own, even asking throws. */
function hasIndexedDb(): boolean {
  try {
    return globalThis.indexedDB !== undefined && globalThis.indexedDB !== null;
  } catch {
    return false;
  }
}
