import type { ChunkMemory } from "@seamless/store";

/** In bytes: memory is taken from the engine in blocks, and cut into chunks. A chunk that is larger is a block by itself. */
const BLOCK = 2 ** 20;

/** Memory that is cut into chunks of one size, for as long as one of them is lent. */
interface Block {
  readonly memory: ArrayBuffer;
  /** Of its chunks, in bytes. */
  readonly chunkSize: number;
  /** Where those begin that are not lent. */
  readonly free: number[];
  /** How many are. */
  lent: number;
}

/**
 * Memory for chunks on their way out, used again as soon as a client has taken one, for chunks of any size. What is thrown
 * away after each chunk is collected when the engine sees fit: with many clients that was three times what they had left
 * unread.
 */
export class ChunkPool {
  readonly #limit: number;
  /** Those that nobody has a chunk of. */
  readonly #whole: ArrayBuffer[] = [];
  readonly #cut = new Map<ArrayBufferLike, Block>();
  /** Those that have a chunk left, by the size of their chunks, in bytes. The oldest is used first, so that others empty. */
  readonly #open = new Map<number, Set<Block>>();
  #total = 0;
  #lent = 0;

  /** @param limit - Of what is lent and what is kept together, in bytes. What is asked for beyond is lent, and not kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Memory that is not lent at the moment, in bytes. */
  get kept(): number {
    return this.#total - this.#lent;
  }

  /** In bytes. */
  get lent(): number {
    return this.#lent;
  }

  /** @internal */
  take(size: number): Uint8Array {
    const open = this.#openOf(size);
    const [block = this.#cutBlock(size)] = open;
    const chunk = new Uint8Array(block.memory, block.free.pop(), size);
    if (block.free.length === 0) open.delete(block);
    else open.add(block);
    block.lent += 1;
    this.#lent += size;
    return chunk;
  }

  /** @internal */
  giveBack({ buffer, byteOffset }: Uint8Array): void {
    const block = this.#cut.get(buffer)!;
    block.free.push(byteOffset);
    block.lent -= 1;
    this.#lent -= block.chunkSize;
    const open = this.#openOf(block.chunkSize);
    if (block.lent > 0) {
      open.add(block);
      return;
    }
    open.delete(block);
    this.#cut.delete(block.memory);
    this.#whole.push(block.memory);
    this.#shrink();
  }

  #openOf(chunkSize: number): Set<Block> {
    const open = this.#open.get(chunkSize) ?? new Set();
    this.#open.set(chunkSize, open);
    return open;
  }

  #cutBlock(chunkSize: number): Block {
    const memory = (chunkSize <= BLOCK ? this.#whole.pop() : undefined) ?? this.#allocate(Math.max(BLOCK, chunkSize));
    const free = Array.from({ length: Math.floor(memory.byteLength / chunkSize) }, (_, i) => i * chunkSize);
    const block = { memory, chunkSize, free, lent: 0 };
    this.#cut.set(memory, block);
    return block;
  }

  #allocate(size: number): ArrayBuffer {
    this.#total += size;
    return new ArrayBuffer(size);
  }

  /** Once nothing is lent, little needs to be kept; but what the next one begins with. */
  #shrink(): void {
    const limit = this.#lent > 0 ? this.#limit : Math.max(BLOCK, this.#limit / 16);
    while (this.#total > limit) {
      const memory = this.#whole.pop();
      if (memory === undefined) return;
      this.#total -= memory.byteLength;
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
  #lent: Uint8Array[] = [];
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
    const chunk = this.#pool.take(this.#chunkSize);
    this.#lent.push(chunk);
    this.#writing += 1;
    try {
      return chunk.subarray(0, await write(chunk.subarray(0, size)));
    } finally {
      this.#writing -= 1;
      this.#giveBackAll();
    }
  }

  /** The client has taken a chunk. One that is not of this memory is left to its owner. */
  release({ buffer, byteOffset }: Uint8Array): void {
    const at = this.#lent.findIndex((chunk) => chunk.buffer === buffer && chunk.byteOffset === byteOffset);
    if (at !== -1) for (const chunk of this.#lent.splice(at, 1)) this.#pool.giveBack(chunk);
  }

  /** The stream is no longer read: all that was read of it was sent, or never will be. */
  end(): void {
    this.#ended = true;
    this.#giveBackAll();
  }

  #giveBackAll(): void {
    // The system may still write into it.
    if (!this.#ended || this.#writing > 0) return;
    for (const chunk of this.#lent) this.#pool.giveBack(chunk);
    this.#lent = [];
  }
}
