import { dirname, join } from "node:path";
import { onAbort, type PutStreamOptions, type StoreOptions, verifiedPieces } from "@seamless/cache";
import { type Checksum, SeamlessError } from "@seamless/checksum";
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
    if (await makeFolder(dirname(file))) await this.#mark();
    this.#sweeper.touch(dirname(file));
    const { signal } = options;
    if (await writeAtomic(file, ahead(pieces, AHEAD, onStop), { overwrite, signal })) return true;
    return (await this.#reader.check(checksum, options)) === "right";
  }

  /** Tell hashservers in Python, which read a folder without it as a flat one. */
  async #mark(): Promise<void> {
    const { root, layout } = this.#place;
    if (layout === "prefix") await writeAtomic(join(root, PREFIX_MARKER), "1\n", { overwrite: false });
  }
}

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += SLICE) yield bytes.subarray(at, at + SLICE);
}
