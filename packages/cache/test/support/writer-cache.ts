import type { Buffer } from "@seamless/celltypes";
import type { BufferLike, Checksum } from "@seamless/checksum";
import { type CostClass, manualClock, type Store } from "@seamless/store";
import type { WriterCache, WriterOptions } from "../../src/writer/options.ts";
import { BackgroundWriter } from "../../src/writer/writer.ts";
import { text } from "./stores.ts";

/** What a writer sees of a cache, and a test sees of a writer. */
export class FakeWriterCache implements WriterCache {
  readonly buffers = new Map<string, BufferLike>();
  readonly scratch = new Set<string>();
  readonly writing = new Set<string>();
  readonly stored = new Map<string, CostClass[]>();
  readonly #listeners = new Set<(checksum: Checksum) => void>();

  get(checksum: Checksum): BufferLike | undefined {
    return this.buffers.get(checksum.hex());
  }

  register(buffer: BufferLike): void {
    this.buffers.set(buffer.getChecksum().hex(), buffer);
  }

  isScratch(checksum: Checksum): boolean {
    return this.scratch.has(checksum.hex());
  }

  markWriting(checksum: Checksum, writing: boolean): void {
    if (writing) this.writing.add(checksum.hex());
    else this.writing.delete(checksum.hex());
  }

  markStored(checksum: Checksum, costClass: CostClass): void {
    this.stored.set(checksum.hex(), [...(this.stored.get(checksum.hex()) ?? []), costClass]);
  }

  onReferenced(listener: (checksum: Checksum) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** As if someone took a reference to each. */
  reference(...buffers: readonly Buffer[]): void {
    for (const buffer of buffers) {
      this.register(buffer);
      for (const listener of this.#listeners) listener(buffer.getChecksum());
    }
  }
}

/** A writer to these stores, with a clock that moves only when told to. */
export function setUp(stores: readonly Store[], options: Partial<WriterOptions> = {}) {
  const cache = new FakeWriterCache();
  const clock = manualClock();
  const writer = new BackgroundWriter({ cache, stores, clock, random: () => 0, ...options });
  return { cache, clock, writer };
}

/** Different buffers. */
export const texts = (count: number) => Array.from({ length: count }, (_, i) => text(`text ${i}`));
