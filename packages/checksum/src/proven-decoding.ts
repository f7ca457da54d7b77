import { Checksum, createSha256 } from "./checksum.ts";
import { SeamlessError } from "./errors.ts";

/** Decompresses chunks; throws for what it cannot read. */
export type Decode = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** Never given to anybody, so that nobody else can make a proof. */
const MADE_HERE = Symbol("made here");

/** What was seen of a decoder. */
interface Decoding {
  readonly decode: Decode;
  readonly encoded: Checksum;
  readonly checksum: Checksum;
  readonly length: number;
}

/**
 * The proof that a decoder has made the bytes of one checksum of those of another: this module has hashed both. Whoever trusts
 * the decoder, because it is his own, need not decode again what has the same checksum as it is encoded.
 *
 * A proof made by another installed copy of the package is not valid here, since anybody could imitate it.
 *
 * @example
 * import { proveDecoding } from "@seamless/checksum";
 * import { Readable } from "node:stream";
 * import { createGunzip, gzipSync } from "node:zlib";
 * const file = Readable.from([gzipSync("hello\n")]);
 * const { checksum, length } = await proveDecoding((chunks) => Readable.from(chunks).pipe(createGunzip()), file);
 * console.log(checksum.hex(), length); // → 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 6
 */
export class ProvenDecoding {
  readonly #seen: Decoding;

  /** @throws {SeamlessError} `INVALID_ARGUMENT`: only `proveDecoding` makes one. */
  constructor(madeHere: never, seen: Decoding) {
    if ((madeHere as unknown) !== MADE_HERE) {
      throw new SeamlessError("INVALID_ARGUMENT", "proofs are not made by hand: call proveDecoding()");
    }
    this.#seen = seen;
    Object.freeze(this);
  }

  /** Is it one that this installed copy of the package has made? */
  static isProvenDecoding(value: unknown): value is ProvenDecoding {
    return typeof value === "object" && value !== null && #seen in value;
  }

  /** The decoder. */
  get decode(): Decode {
    return this.#seen.decode;
  }

  /** The checksum of what it was given. */
  get encoded(): Checksum {
    return this.#seen.encoded;
  }

  /** The checksum of what it has made of that. */
  get checksum(): Checksum {
    return this.#seen.checksum;
  }

  /** Of what it has made, in bytes. */
  get length(): number {
    return this.#seen.length;
  }

  get [Symbol.toStringTag](): string {
    return "ProvenDecoding";
  }
}

/**
 * Decodes chunks in constant memory, and hashes them before and after.
 *
 * @param chunks - One may be changed once the next is asked for.
 * @throws what `decode` and `chunks` throw.
 */
export async function proveDecoding(decode: Decode, chunks: AsyncIterable<Uint8Array>): Promise<ProvenDecoding> {
  const [before, after] = [createSha256(), createSha256()];
  const hashed = async function* () {
    for await (const chunk of chunks) {
      // A decoder may keep it for longer than its source does, and must not change what was hashed.
      const copy = chunk.slice();
      before.update(copy);
      yield copy;
    }
  };
  let length = 0;
  for await (const chunk of decode(hashed())) {
    after.update(chunk);
    length += chunk.byteLength;
  }
  const [encoded, checksum] = [new Checksum(before.digest()), new Checksum(after.digest())];
  return new ProvenDecoding(MADE_HERE as never, { decode, encoded, checksum, length });
}
