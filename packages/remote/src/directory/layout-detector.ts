import { lstat, opendir, stat } from "node:fs/promises";
import { join } from "node:path";
import { SeamlessError } from "@seamless/checksum";
import { fileError, makeFolder, writeAtomic } from "@seamless/checksum/node";
import { unlinkFile } from "@seamless/internal/files";
import { mapParallel } from "@seamless/internal/parallel";
import { isPrefixName, PREFIXES } from "../encoding/forms.ts";
import { type Place, PREFIX_MARKER } from "./layout.ts";
import type { DirectoryLayout } from "./types.ts";

/** How many names of a folder are read to detect its layout: a flat one may have millions. */
const NAMES = 4096;

/** Files that are looked for in parallel. */
const AT_ONCE = 8;

/** Names that begin like a buffer's: the buffer itself, compressed or not, its lock, or a temporary file. */
const BUFFER = /^\.?[0-9a-f]{64}(?![0-9a-f])/;

/** What was found of each layout in a folder. */
interface Signs {
  /** Whether there is the file by which hashservers recognise a folder with prefixes. */
  readonly marked: boolean;
  /** Number of buffers right in the folder, and of folders named like prefixes, among the names that were read. */
  readonly flat: number;
  readonly prefix: number;
  /** Whether all names were read. */
  readonly complete: boolean;
}

/**
 * Detects the layout of a folder by what is in it, unless the layout was given. The store goes on with the layout that other
 * programs have begun: none could read all of a folder that is half in one layout and half in the other.
 */
export class LayoutDetector {
  readonly #root: string;
  readonly #name: string;
  readonly #given: DirectoryLayout | undefined;
  /** Set once it is known; an empty folder may still get either layout. */
  #reading: Place | undefined;
  #writing: Promise<Place> | undefined;
  /** Whether the folder has prefixes, but not the marker yet. */
  #unmarked = false;
  /** Whether the folder was seen not to have the other layout than was given. */
  #agrees = false;

  constructor(root: string, name: string, given: DirectoryLayout | undefined) {
    this.#root = root;
    this.#name = name;
    this.#given = given;
    if (given !== undefined) this.#reading = { root, layout: given };
  }

  /** As far as it is known without reading the folder. */
  get layout(): DirectoryLayout {
    return this.#reading?.layout ?? "prefix";
  }

  /**
   * Where to look for buffers.
   *
   * @throws {SeamlessError} file codes for a folder that cannot be listed. A missing folder counts as empty.
   */
  async forReading(): Promise<Place> {
    if (this.#reading !== undefined) return this.#reading;
    const signs = await look(this.#root);
    const decided = decide(this.#root, signs);
    if (decided === undefined) return { root: this.#root, layout: "prefix", also: "flat", empty: signs.complete };
    this.#reading ??= decided;
    return this.#reading;
  }

  /**
   * Where to write buffers. Creates the folder, and puts the marker for prefixes into an empty one.
   *
   * @throws {SeamlessError} `INVALID_ARGUMENT` if the given layout is not the one that the folder has; file codes.
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

  /**
   * Requires of a folder that it does not have the other layout than was given: none of its buffers would be seen.
   *
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it has; file codes.
   */
  async requireGivenLayout(): Promise<void> {
    if (this.#given === undefined || this.#agrees) return;
    this.#failIfOther(decide(this.#root, await look(this.#root)), "searched");
    this.#agrees = true;
  }

  /** Detects the layout anew: the folder was removed, and the program that creates it again may choose another one. */
  forget(): void {
    this.#writing = undefined;
    if (this.#given === undefined) this.#reading = undefined;
  }

  async #settle(): Promise<Place> {
    const root = this.#root;
    await makeFolder(root);
    const signs = await look(root);
    const found = decide(root, signs);
    this.#failIfOther(found, "written");
    let place = this.#given === undefined ? (found ?? { root, layout: "prefix" }) : { root, layout: this.#given };
    this.#unmarked = place.layout === "prefix" && !signs.marked && signs.flat === 0;
    if (found === undefined) place = await this.mark(place);
    if (this.#given === undefined) this.#reading = place;
    return place;
  }

  /**
   * Creates the marker for prefixes: hashservers in Python take a folder without it for a flat one. To be called when the
   * first prefix was created; does nothing if the folder also has flat files.
   *
   * @returns the place, or another one if another program has begun to write flat files meanwhile.
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
    await unlinkFile(marker).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw fileError(error, marker, "remove");
    });
    return { root, layout: "flat" };
  }

  #failIfOther(found: Place | undefined, does: "written" | "searched"): void {
    const given = this.#given;
    if (given === undefined || found === undefined || found.layout === given || found.also !== undefined) return;
    const what = { flat: "has buffers right in it", prefix: "has folders of buffers in it" }[found.layout];
    const why = `it ${what}, so its layout is ${found.layout}: leave the option out, or say the same`;
    throw new SeamlessError("INVALID_ARGUMENT", `${this.#name} cannot be ${does} with the layout ${given}: ${why}`, {
      store: this.#name,
    });
  }
}

/** The layout by what was found; `undefined` for an empty folder. */
function decide(root: string, { marked, flat, prefix }: Signs): Place | undefined {
  // The marker decides: files in the other layout are strays.
  if (marked) return { root, layout: "prefix" };
  if (flat === 0 && prefix === 0) return undefined;
  // To hashservers, a folder without the marker is flat; but one stray file does not make a folder full of prefixes flat.
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
  return { marked, flat, prefix, complete: true };
}

/** For folders with very many names: looks for the marker and all prefixes by name instead of listing the folder. */
async function lookCloser(root: string, { marked, flat }: Omit<Signs, "complete">): Promise<Signs> {
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
  const count = found.slice(1).filter(Boolean).length;
  return { marked: marked || found[0] === true, flat, prefix: count, complete: false };
}

/** The permissions of what a store creates, as mode bits. */
interface Permissions {
  /** Of a prefix folder: those of the store's folder, so that the same users may write. */
  readonly folder: number;
  /** Of a buffer: readable for the group and for others if the store's folder is, and writable for the owner alone. */
  readonly buffer: number;
  /** Of the marker, which hashservers in Python open for writing even to read. */
  readonly marker: number;
}

/**
 * The permissions for new files and folders, derived from the store's folder and not from the umask of the process: users who
 * share a folder by its group have different umasks.
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
