import { opendir, readdir } from "node:fs/promises";
import { fileError } from "@seamless/checksum/node";
import { parseUpload } from "./layout.ts";

/** Checksum → the temporary names of its uploads that are under way in a folder. */
type Uploads = ReadonlyMap<string, readonly string[]>;

/** A folder of more names is not listed for every file: a listing is used for a millisecond for each so many names. */
const LARGE = 10_000;
const NAMES_PER_MS = 20;

/** How long a listing of so many names is used, in milliseconds. */
export function listingLife(count: number): number {
  return count > LARGE ? count / NAMES_PER_MS : 0;
}

/** The names of a folder of no more are read in one call, and kept; listing them takes as long as some looks at files. */
const SMALL = 500;

interface Listing {
  readonly uploads: Uploads;
  /** When it began. */
  readonly at: number;
  /** How many names the folder had. */
  readonly count: number;
  /** Those of a small folder. */
  readonly names: ReadonlySet<string> | undefined;
}

/**
 * Lists folders for writers: calls that come while a folder is being listed share its next listing. What a call learns is no
 * older than the call, but for large folders. With many puts under way, that is fewer calls of the system than a look at
 * each file: three looks and four calls for a listing were a third of what a small put took.
 */
export class FolderLister {
  readonly #now: () => number;
  /** Folder → the listing that has not begun yet, which all calls share that come before it begins. */
  readonly #next = new Map<string, Promise<Listing>>();
  readonly #running = new Map<string, Promise<Listing>>();
  readonly #last = new Map<string, Listing>();
  /** Folders that were small when they were last listed. */
  readonly #small = new Set<string>();

  /** @param now - In milliseconds, from any start. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @throws {SeamlessError} file codes. */
  async uploads(folder: string): Promise<Uploads> {
    const last = this.#last.get(folder);
    if (last !== undefined && this.#now() - last.at < listingLife(last.count)) return last.uploads;
    return (await this.#share(folder)).uploads;
  }

  /**
   * The names in a folder that is known to be small.
   *
   * @returns `undefined` if it is not.
   * @throws {SeamlessError} file codes.
   */
  async names(folder: string): Promise<ReadonlySet<string> | undefined> {
    return this.#small.has(folder) ? (await this.#share(folder)).names : undefined;
  }

  #share(folder: string): Promise<Listing> {
    const next = this.#next.get(folder) ?? this.#list(folder);
    this.#next.set(folder, next);
    return next;
  }

  async #list(folder: string): Promise<Listing> {
    // Waits for a turn even if none is running, so that all calls of this turn share one.
    await this.#running.get(folder)?.catch(() => undefined);
    this.#next.delete(folder);
    const running = list(folder, this.#now(), this.#small.has(folder));
    this.#running.set(folder, running);
    try {
      const listing = await running;
      if (listingLife(listing.count) > 0) this.#last.set(folder, listing);
      else this.#last.delete(folder);
      if (listing.names === undefined) this.#small.delete(folder);
      else this.#small.add(folder);
      return listing;
    } finally {
      if (this.#running.get(folder) === running) this.#running.delete(folder);
    }
  }
}

async function list(folder: string, at: number, isSmall: boolean): Promise<Listing> {
  const uploads = new Map<string, string[]>();
  const names = new Set<string>();
  let count = 0;
  try {
    for await (const name of isSmall ? await readdir(folder) : namesOf(folder)) {
      if (count++ < SMALL) names.add(name);
      const hex = parseUpload(name);
      if (hex !== undefined) uploads.set(hex, [...(uploads.get(hex) ?? []), name]);
    }
  } catch (error) {
    // We may be allowed to write to a folder that we may not list.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES") return { uploads, at, count, names: undefined };
    if (code !== "ENOENT") throw fileError(error, folder, "read");
  }
  return { uploads, at, count, names: count <= SMALL ? names : undefined };
}

async function* namesOf(folder: string): AsyncGenerator<string, void, undefined> {
  for await (const { name } of await opendir(folder, { bufferSize: 1024 })) yield name;
}
