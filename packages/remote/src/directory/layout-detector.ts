import { lstat, opendir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { SeamlessError } from "@seamless/checksum";
import { fileError, makeFolder, writeAtomic } from "@seamless/checksum/node";
import { mapParallel } from "@seamless/internal/parallel";
import { isPrefixName, type Place, PREFIX_MARKER, PREFIXES } from "./layout.ts";
import type { DirectoryLayout } from "./types.ts";

/** So many names of a folder are looked at to tell its layout: one of a million flat files is not listed whole. */
const NAMES = 4096;

/** Files that are looked for at a time. */
const AT_ONCE = 8;

/** What begins like a buffer: the buffer itself, in any form, its lock, or somebody writing it. */
const BUFFER = /^\.?[0-9a-f]{64}(?![0-9a-f])/;

/** What of each layout lies in a folder. */
interface Signs {
  /** The file by which hashservers know a folder with prefixes. */
  readonly marked: boolean;
  /** Files that begin like a buffer, right in the folder, and folders with the names of prefixes: as many as were seen. */
  readonly flat: number;
  readonly prefix: number;
}

/**
 * Finds out how a folder is laid out, by what lies there, unless it is told. What others have begun is gone on with: a
 * folder half in one layout and half in the other would be read by nobody.
 */
export class LayoutDetector {
  readonly #root: string;
  readonly #name: string;
  readonly #given: DirectoryLayout | undefined;
  /** Once it is known; an empty folder may still become any. */
  #reading: Place | undefined;
  #writing: Promise<Place> | undefined;
  /** Is it one with prefixes, and does nothing say so yet? */
  #unmarked = false;

  constructor(root: string, name: string, given: DirectoryLayout | undefined) {
    this.#root = root;
    this.#name = name;
    this.#given = given;
    if (given !== undefined) this.#reading = { root, layout: given };
  }

  /** As far as it is known without a look. */
  get layout(): DirectoryLayout {
    return this.#reading?.layout ?? "prefix";
  }

  /**
   * Where buffers are looked for.
   *
   * @throws {SeamlessError} file codes for a folder that cannot be listed; one that is not there is an empty one.
   */
  async forReading(): Promise<Place> {
    if (this.#reading !== undefined) return this.#reading;
    const decided = decide(this.#root, await look(this.#root));
    if (decided === undefined) return { root: this.#root, layout: "prefix", also: "flat" };
    this.#reading ??= decided;
    return this.#reading;
  }

  /**
   * Where buffers are written; makes the folder, and marks one that is empty as one with prefixes.
   *
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it was told another layout than the folder has; file codes.
   */
  async forWriting(): Promise<Place> {
    this.#writing ??= this.#settle();
    try {
      return await this.#writing;
    } catch (error) {
      this.#writing = undefined;
      throw error;
    }
  }

  /** Somebody has removed the folder: whoever makes it again may lay it out in another way. */
  forget(): void {
    this.#writing = undefined;
    if (this.#given === undefined) this.#reading = undefined;
  }

  async #settle(): Promise<Place> {
    const root = this.#root;
    await makeFolder(root);
    const signs = await look(root);
    const found = decide(root, signs);
    if (this.#given !== undefined && found !== undefined && found.layout !== this.#given && found.also === undefined) {
      throw this.#contrary(found.layout, this.#given);
    }
    let place = this.#given === undefined ? (found ?? { root, layout: "prefix" }) : { root, layout: this.#given };
    this.#unmarked = place.layout === "prefix" && !signs.marked && signs.flat === 0;
    if (found === undefined) place = await this.mark(place);
    if (this.#given === undefined) this.#reading = place;
    return place;
  }

  /**
   * Tell hashservers in Python, which read a folder without the mark as a flat one, that it is one with prefixes. To be
   * called when a folder was made in it; not where others have flat files.
   *
   * @returns the place, or another: somebody may have begun to fill the folder flat while it was marked.
   */
  async mark(place: Place): Promise<Place> {
    if (!this.#unmarked) return place;
    const { root } = place;
    const marker = join(root, PREFIX_MARKER);
    const { marker: mode } = await permissionsOf(root);
    const made = await writeAtomic(marker, "1\n", { overwrite: false, mode, umask: false });
    this.#unmarked = false;
    const { flat, prefix } = await look(root);
    if (!made || flat === 0 || prefix > 0 || this.#given !== undefined) return place;
    await unlink(marker).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw fileError(error, marker, "remove");
    });
    return { root, layout: "flat" };
  }

  #contrary(found: DirectoryLayout, given: DirectoryLayout): SeamlessError {
    const what = { flat: "has buffers right in it", prefix: "has folders of buffers in it" }[found];
    const why = `it ${what}, so its layout is ${found}: leave the option out, or say the same`;
    return new SeamlessError("INVALID_ARGUMENT", `${this.#name} cannot be written with the layout ${given}: ${why}`, {
      store: this.#name,
    });
  }
}

/** `undefined` for a folder that is still empty. */
function decide(root: string, { marked, flat, prefix }: Signs): Place | undefined {
  // It says so: files of another layout are strays.
  if (marked) return { root, layout: "prefix" };
  if (flat === 0 && prefix === 0) return undefined;
  // Hashservers read a folder as a flat one unless it is marked; but a stray file makes none of a folder full of prefixes.
  if (prefix > flat) return { root, layout: "prefix", also: flat > 0 ? "flat" : undefined };
  return { root, layout: "flat", also: prefix > 0 ? "prefix" : undefined };
}

async function look(root: string): Promise<Signs> {
  let [seen, flat, prefix, marked] = [0, 0, 0, false];
  try {
    for await (const entry of await opendir(root, { bufferSize: 256 })) {
      if (++seen > NAMES) return await lookCloser(root, { marked, flat, prefix });
      if (entry.name === PREFIX_MARKER) marked = true;
      else if (isPrefixName(entry.name)) prefix += entry.isDirectory() || entry.isSymbolicLink() ? 1 : 0;
      else if (BUFFER.test(entry.name) && !entry.isDirectory()) flat++;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(error, root, "read");
  }
  return { marked, flat, prefix };
}

/** Among a million files, the marker and the prefixes are asked for by name. */
async function lookCloser(root: string, { marked, flat }: Signs): Promise<Signs> {
  const names = [PREFIX_MARKER, ...PREFIXES];
  const found = await mapParallel(names, { limit: AT_ONCE }, async (name) => {
    try {
      const stats = await lstat(join(root, name));
      return name === PREFIX_MARKER || stats.isDirectory() || stats.isSymbolicLink();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw fileError(error, join(root, name), "read");
    }
  });
  return { marked: marked || found[0] === true, flat, prefix: found.slice(1).filter(Boolean).length };
}

/** The permissions of what a store makes. */
export interface Permissions {
  /** Of a folder: those of the store's own. Where others may write there, they may write here. */
  readonly folder: number;
  /** Of a buffer: whoever may look into the folder, by its group or as anybody, may read it; nobody changes it. */
  readonly buffer: number;
  /** Of the marker, which hashservers in Python open for writing whenever they read. */
  readonly marker: number;
}

/**
 * The permissions of what is made in a folder, by its own, and not by the umask of whoever writes: several users share a
 * folder by its group, and each of them has an umask.
 *
 * @throws {SeamlessError} `NOT_FOUND` and other file codes.
 */
export async function permissionsOf(root: string): Promise<Permissions> {
  try {
    const { mode } = await stat(root);
    return { folder: mode & 0o7777, buffer: 0o640 | (mode & 0o044), marker: 0o640 | (mode & 0o066) };
  } catch (error) {
    throw fileError(error, root, "read");
  }
}
