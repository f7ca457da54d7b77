import { dirname, join } from "node:path";
import { onAbort, type PutStreamOptions, type StoreOptions, verifiedPieces } from "@seamless/cache";
import { type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { makeFolder, writeAtomic } from "@seamless/checksum/node";
import { ahead } from "../ahead.ts";
import { fileOf, type Place, PREFIX_MARKER } from "./layout.ts";
import type { Reader } from "./reader.ts";
import { Sweeper } from "./sweeper.ts";

/** Bytes are hashed and written in slices of this, in bytes. */
const SLICE = 2 ** 20;

/** How many slices are hashed while one is written. */
const AHEAD = 4;

/** Writes the files of buffers: whole or not at all, and never over one that is right. */
export class Writer {
  readonly #place: Place;
  readonly #name: string;
  readonly #reader: Reader;
  readonly #sweeper = new Sweeper();
  /** Folders that have been made, or seen, since the store was opened: looking each time costs a tenth of a small put. */
  readonly #folders = new Set<string>();

  constructor(place: Place, name: string, reader: Reader) {
    this.#place = place;
    this.#name = name;
    this.#reader = reader;
  }

  /** Wrong bytes are refused also where the right ones lie already. */
  async put(checksum: Checksum, bytes: Uint8Array, options: StoreOptions): Promise<void> {
    const verified = () => verifiedPieces(checksum, slices(bytes), { ...options, store: this.#name });
    const there = await this.#reader.check(checksum, options);
    if (there === "right") {
      for await (const _ of verified());
      return;
    }
    if (await this.#write(checksum, verified(), there === "wrong", options)) return;
    // Taken meanwhile, by what is not the buffer.
    await this.#write(checksum, verified(), true, options);
  }

  /** A stream of a buffer that lies there already is not read. */
  async putStream(checksum: Checksum, source: AsyncIterable<Uint8Array>, options: PutStreamOptions): Promise<void> {
    const there = await this.#reader.check(checksum, options);
    if (there === "right") return;
    // A source that hangs must not keep us, should the disk fail.
    const stopper = new AbortController();
    const forget = onAbort(options.signal, () => stopper.abort(options.signal?.reason));
    try {
      const verified = verifiedPieces(checksum, source, { ...options, signal: stopper.signal, store: this.#name });
      if (await this.#write(checksum, verified, there === "wrong", options, () => stopper.abort())) return;
    } finally {
      forget();
    }
    const why = "somebody else has just written other bytes by its name: try again";
    throw new SeamlessError("STORE_FAILED", `${this.#name}: ${checksum.hex()} was not written: ${why}`, {
      checksum,
      store: this.#name,
    });
  }

  async close(): Promise<void> {
    await this.#sweeper.idle();
  }

  /** @returns false if the name was taken meanwhile, and not by the buffer. */
  async #write(
    checksum: Checksum,
    pieces: AsyncIterable<Uint8Array>,
    overwrite: boolean,
    options: StoreOptions,
    onStop?: () => void,
  ): Promise<boolean> {
    const file = fileOf(this.#place, checksum.hex());
    const { signal } = options;
    const { source, state } = watched(pieces);
    const write = async () => {
      await this.#makeFolder(dirname(file));
      return writeAtomic(file, ahead(source, AHEAD, onStop), { overwrite, signal });
    };
    const written = await write().catch((error: unknown) => {
      // Somebody has removed the folder. Not again if anything was taken from the source, which may have thrown this itself.
      if (state.begun || !this.#folders.delete(dirname(file)) || !isSeamlessError(error, "NOT_FOUND")) throw error;
      return write();
    });
    return written || (await this.#reader.check(checksum, options)) === "right";
  }

  async #makeFolder(folder: string): Promise<void> {
    this.#sweeper.touch(folder);
    if (this.#folders.has(folder)) return;
    if (await makeFolder(folder)) await this.#mark();
    this.#folders.add(folder);
  }

  /** Tell hashservers in Python, which read a folder without it as a flat one. */
  async #mark(): Promise<void> {
    const { root, layout } = this.#place;
    if (layout === "prefix") await writeAtomic(join(root, PREFIX_MARKER), "1\n", { overwrite: false });
  }
}

/** Tells whether anything has been asked for. */
function watched<T>(source: AsyncIterable<T>): { source: AsyncIterable<T>; state: { begun: boolean } } {
  const state = { begun: false };
  const iterable = {
    [Symbol.asyncIterator]() {
      state.begun = true;
      return source[Symbol.asyncIterator]();
    },
  };
  return { source: iterable, state };
}

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += SLICE) yield bytes.subarray(at, at + SLICE);
}
