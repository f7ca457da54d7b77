import type { ChunkMemory } from "@seamless/store";

/**
 * Memory for chunks on their way out, used again as soon as a client has taken one. What is thrown away after each chunk is
 * collected when the engine sees fit: with many clients that was three times what they had left unread.
 */
export class ChunkPool {
  readonly #limit: number;
  /** By size, in bytes. */
  readonly #free = new Map<number, ArrayBuffer[]>();
  #kept = 0;
  #lent = 0;

  /** @param limit - Of what is lent and what is kept together, in bytes. What is asked for beyond is lent, and not kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Memory that is not lent at the moment, in bytes. */
  get kept(): number {
    return this.#kept;
  }

  /** In bytes. */
  get lent(): number {
    return this.#lent;
  }

  /** @internal */
  take(size: number): ArrayBuffer {
    this.#lent += size;
    const memory = this.#free.get(size)?.pop();
    if (memory === undefined) {
      this.#shrink();
      return new ArrayBuffer(size);
    }
    this.#kept -= size;
    return memory;
  }

  /** @internal */
  giveBack(memory: ArrayBuffer): void {
    const size = memory.byteLength;
    this.#lent -= size;
    const free = this.#free.get(size) ?? [];
    free.push(memory);
    this.#free.set(size, free);
    this.#kept += size;
    this.#shrink();
  }

  /** Kept memory of another size does not help the current request; once nothing is lent, little needs to be kept. */
  #shrink(): void {
    const limit = this.#lent > 0 ? this.#limit - this.#lent : this.#limit / 16;
    for (const [size, free] of this.#free) {
      while (this.#kept > limit && free.pop() !== undefined) this.#kept -= size;
      if (free.length === 0) this.#free.delete(size);
    }
  }
}

/**
 * Chunks that one stream may have at a time: one is read, one held back, one sent. More are never given back one by one, as
 * where something between the stream and the client keeps to itself what the client has taken.
 */
const MOST = 4;

/** What one stream has of a pool. */
export class LentMemory implements ChunkMemory {
  readonly #pool: ChunkPool;
  readonly #chunkSize: number;
  #lent: ArrayBuffer[] = [];
  #writing = 0;
  #ended = false;

  /** @param chunkSize - In bytes. Larger ones have memory of their own. */
  constructor(pool: ChunkPool, chunkSize: number) {
    this.#pool = pool;
    this.#chunkSize = chunkSize;
  }

  /** In bytes. */
  get held(): number {
    return this.#lent.length * this.#chunkSize;
  }

  async fill(size: number, write: (into: Uint8Array) => Promise<number>): Promise<Uint8Array> {
    if (this.#ended || size > this.#chunkSize || this.#lent.length === MOST) {
      const own = new Uint8Array(size);
      return own.subarray(0, await write(own));
    }
    const memory = this.#pool.take(this.#chunkSize);
    this.#lent.push(memory);
    this.#writing += 1;
    try {
      return new Uint8Array(memory, 0, await write(new Uint8Array(memory, 0, size)));
    } finally {
      this.#writing -= 1;
      this.#giveBackAll();
    }
  }

  /** The client has taken a chunk. One that is not of this memory is left to its owner. */
  release({ buffer }: Uint8Array): void {
    const at = this.#lent.indexOf(buffer as ArrayBuffer);
    if (at === -1) return;
    this.#lent.splice(at, 1);
    this.#pool.giveBack(buffer as ArrayBuffer);
  }

  /** The stream is no longer read: all that was read of it was sent, or never will be. */
  end(): void {
    this.#ended = true;
    this.#giveBackAll();
  }

  #giveBackAll(): void {
    // The system may still write into it.
    if (!this.#ended || this.#writing > 0) return;
    for (const memory of this.#lent) this.#pool.giveBack(memory);
    this.#lent = [];
  }
}
