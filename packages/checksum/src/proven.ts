import type { AbortOptions } from "@seamless/internal/abort";
import type { BytesLike } from "@seamless/internal/bytes";
import { hashElsewhere } from "#platform";
import { Checksum, createSha256 } from "./checksum.ts";
import { asBytes, SeamlessError } from "./errors.ts";
import { copyInSlices, hashInSlices, inSlices, TURN_BYTES, takeTurn } from "./slices.ts";

/** Marks what this module has hashed itself; never given to anybody, so that nobody else can make a proof. */
const MADE_HERE = Symbol("made here");

/** The memory of each proof: beside it, since what is in it could be asked for by anybody who has it. */
const memories = /* @__PURE__ */ new WeakMap<ProvenBytes, Uint8Array>();

/**
 * Bytes together with the proof that they have their checksum: this module has hashed them, in memory that nobody else can
 * reach. What has a proof need not be hashed again. To get at the bytes, copy them; `expose` gives out the memory itself,
 * and ends the proof for everybody who has it.
 *
 * A proof made by another installed copy of the package is not valid here, since anybody could imitate it: its bytes are copied, and
 * hashed again.
 *
 * @example
 * import { proveBytes } from "@seamless/checksum";
 * const proven = proveBytes(new TextEncoder().encode("hello\n"));
 * console.log(proven.checksum.hex()); // → 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
 * console.log(proven.copy().byteLength, proven.intact); // → 6 true
 * proven.expose()[0] = 72;
 * console.log(proven.intact); // → false
 */
export class ProvenBytes {
  readonly #checksum: Checksum;
  readonly #length: number;
  #intact = true;

  /** @throws {SeamlessError} `INVALID_ARGUMENT`: only `proveBytes` and its like make one. */
  constructor(madeHere: never, checksum: Checksum, memory: Uint8Array) {
    if ((madeHere as unknown) !== MADE_HERE) {
      throw new SeamlessError("INVALID_ARGUMENT", "proofs are not made by hand: call proveBytes() or proveInSlices()");
    }
    this.#checksum = checksum;
    this.#length = memory.byteLength;
    memories.set(this, memory);
    // Nobody may put another checksum in front of the right one.
    Object.freeze(this);
  }

  /** Is it one that this installed copy of the package has made? Says nothing of whether it still is a proof. */
  static isProvenBytes(value: unknown): value is ProvenBytes {
    return typeof value === "object" && value !== null && #checksum in value;
  }

  get checksum(): Checksum {
    return this.#checksum;
  }

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  /** False once the memory has been given out: the bytes may have been changed since. */
  get intact(): boolean {
    return this.#intact;
  }

  /**
   * A copy of some of the bytes, or all.
   *
   * @param start - In bytes.
   * @param end - In bytes; not included.
   */
  copy(start = 0, end = this.#length): Uint8Array<ArrayBuffer> {
    return new Uint8Array(readProven(this).subarray(start, end));
  }

  /**
   * A copy of all bytes, made in slices between which others run.
   *
   * @throws the signal's reason when it is aborted.
   */
  copyInSlices(options?: AbortOptions): Promise<Uint8Array<ArrayBuffer>> {
    return copyInSlices(readProven(this), options);
  }

  /** The memory itself, without a copy. From now on this is not a proof any more. */
  expose(): Uint8Array {
    this.#intact = false;
    return readProven(this);
  }

  get [Symbol.toStringTag](): string {
    return "ProvenBytes";
  }
}

/**
 * Hash a copy of bytes at once, and keep it with the proof.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes.
 */
export function proveBytes(bytes: BytesLike): ProvenBytes {
  return proveOwned(new Uint8Array(asBytes(bytes)));
}

/**
 * The same for bytes of any length, copied and hashed in slices between which others run.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes. The signal's reason when it is aborted.
 *
 * @example
 * import { proveInSlices } from "@seamless/checksum";
 * const proven = await proveInSlices(new Uint8Array(5_000_000));
 * console.log(proven.length); // → 5000000
 */
export async function proveInSlices(bytes: BytesLike, options: AbortOptions = {}): Promise<ProvenBytes> {
  const given = asBytes(bytes);
  if (given.byteLength <= TURN_BYTES && hashElsewhere === undefined) {
    options.signal?.throwIfAborted();
    await takeTurn(given.byteLength);
    options.signal?.throwIfAborted();
    return proveBytes(given);
  }
  // Where the whole can be hashed elsewhere, that is worth a second pass over the memory.
  if (hashElsewhere !== undefined) return proveOwnedInSlices(await copyInSlices(given, options), options);
  const memory = new Uint8Array(given.byteLength);
  const prover = createProver();
  const take = (start: number, end: number) => {
    memory.set(given.subarray(start, end), start);
    prover.update(memory.subarray(start, end));
  };
  await inSlices(given.byteLength, take, options);
  return prover.finish();
}

/**
 * Hash bytes at once, and keep them with the proof: without a copy, so only for memory that nobody else has, nor will have.
 *
 * @example
 * import { proveOwned } from "@seamless/checksum/unsafe";
 * const proven = proveOwned(new Uint8Array([104, 105]));
 * console.log(proven.length); // → 2
 */
export function proveOwned(memory: Uint8Array): ProvenBytes {
  return make(Checksum.of(memory), memory);
}

/**
 * The same, hashed in slices between which others run.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function proveOwnedInSlices(memory: Uint8Array, options?: AbortOptions): Promise<ProvenBytes> {
  return make(await hashInSlices(memory, options), memory);
}

/** The memory of proven bytes: to be read only, and never to be given on. What may be changed is `copy()`, or `expose()`. */
export function readProven(proven: ProvenBytes): Uint8Array {
  return memories.get(proven)!;
}

/** Proves bytes while they come into memory that nobody else has. */
export interface Prover {
  /**
   * Hash what has come.
   *
   * @param slice - Of one and the same memory as all others, next to the one before; not to be changed from then on.
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not.
   */
  update(slice: Uint8Array): void;
  /** The proof of all slices, whose memory it takes over. */
  finish(): ProvenBytes;
}

/** Prove bytes while they come: those of a file, for instance, which is hashed while its next part is read. */
export function createProver(): Prover {
  const hash = createSha256();
  let first: Uint8Array | undefined;
  let length = 0;
  return {
    update(slice) {
      first ??= slice;
      if (slice.buffer !== first.buffer || slice.byteOffset !== first.byteOffset + length) {
        throw new SeamlessError("INVALID_ARGUMENT", "a slice has to lie in memory where the one before it ends");
      }
      hash.update(slice);
      length += slice.byteLength;
    },
    finish() {
      const memory = first === undefined ? new Uint8Array() : new Uint8Array(first.buffer, first.byteOffset, length);
      return make(new Checksum(hash.digest()), memory);
    },
  };
}

function make(checksum: Checksum, memory: Uint8Array): ProvenBytes {
  return new ProvenBytes(MADE_HERE as never, checksum, memory);
}
