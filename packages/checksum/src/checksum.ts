import { hasBrand } from "@seamless/internal/brand";
import { type BytesLike, fromHex, isUint8Array, toHex } from "@seamless/internal/bytes";
import { describe, showPath } from "@seamless/internal/text";
import { createHasher, hashBytes, hashHex } from "#platform";
import { asBytes, SeamlessError } from "./errors.ts";
import { readChecksumFile, writeChecksumFile } from "./files.ts";
import {
  type BufferLike,
  type CelltypeName,
  type CelltypeValues,
  type Reference,
  type ReferenceOptions,
  type ResolveOptions,
  requireRuntime,
  type TempReferenceOptions,
} from "./runtime.ts";

// Registered symbols: a `Checksum` of another installed copy of this package is one too.
const BRAND = Symbol.for("@seamless/checksum");
/** For tables of checksums, also of other packages (see `Checksum[WORD]`). */
const WORD = Symbol.for("@seamless/checksum/word");
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** The hex digits computed last: known to be right. Checking them would cost half as much as hashing 32 bytes. */
let computed: string | undefined;

/** What a checksum can be made from: 64 hex digits of any case, 32 bytes, or a checksum. */
export type ChecksumLike = string | Uint8Array | Checksum;

/**
 * The SHA-256 of a buffer: its identity. Immutable.
 *
 * @example
 * import { Checksum } from "@seamless/checksum";
 * const checksum = Checksum.of(new TextEncoder().encode("hello\n"));
 * console.log(checksum.hex()); // → 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
 * console.log(checksum.equals(new Checksum(checksum.bytes()))); // → true
 */
export class Checksum {
  readonly #hex: string;
  readonly #word: number;

  /**
   * @param source - 64 hex digits of any case, 32 bytes, or a checksum.
   * @throws {SeamlessError} `INVALID_ARGUMENT` for anything else.
   */
  constructor(source: ChecksumLike) {
    // A string: `computed` is `undefined` at first, which is not a checksum.
    const known = typeof source === "string" && source === computed;
    this.#hex = known ? source : (readHex(source) ?? fail(source));
    this.#word = firstWord(this.#hex);
  }

  /**
   * The checksum of some bytes.
   *
   * @param bytes - At most what the platform can hold (4 GiB in Node 20).
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes.
   */
  static of(bytes: BytesLike): Checksum {
    computed = hashHex(asBytes(bytes));
    return new Checksum(computed);
  }

  /** Is it a checksum, of this or another installed copy of the package? */
  static isChecksum(value: unknown): value is Checksum {
    return hasBrand(value, BRAND);
  }

  /**
   * Order of the bytes, which is that of the hex digits; for `sort`.
   *
   * @throws {SeamlessError} `INVALID_ARGUMENT` if one is not a checksum.
   */
  static compare(a: ChecksumLike, b: ChecksumLike): -1 | 0 | 1 {
    const x = readHex(a) ?? fail(a);
    const y = readHex(b) ?? fail(b);
    return x < y ? -1 : x > y ? 1 : 0;
  }

  /**
   * Read a `.CHECKSUM` file: 64 hex digits on one line; white space around them, blank lines and lines that begin with `#`
   * do not count. Rejects in browsers.
   *
   * @param path - `.CHECKSUM` is appended when missing.
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not a path, `INVALID_CHECKSUM` if the file holds anything else, `NOT_FOUND` and other file codes.
   */
  static async load(path: string | URL): Promise<Checksum> {
    const { file, text, lines } = await readChecksumFile(path);
    const hex = lines.length === 1 ? readHex(lines[0]) : undefined;
    if (hex !== undefined) return new Checksum(hex);
    throw new SeamlessError(
      "INVALID_CHECKSUM",
      `${showPath(file)} should hold 64 hex digits, but holds ${describe(text)}`,
      { file },
    );
  }

  /**
   * Write a `.CHECKSUM` file, whole or not at all: 64 hex digits and a newline. Rejects in browsers.
   *
   * @param path - `.CHECKSUM` is appended when missing.
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not a path; `DISK_FULL`, `PERMISSION_DENIED` and other file codes.
   */
  async save(path: string | URL): Promise<void> {
    await writeChecksumFile(path, this.#hex);
  }

  /** 64 lowercase hex digits; the key to use in a `Map` or `Set`. */
  hex(): string {
    return this.#hex;
  }

  /** 32 bytes, a fresh copy. */
  bytes(): Uint8Array<ArrayBuffer> {
    return fromHex(this.#hex);
  }

  /** Is it the same checksum? Takes hex digits and bytes too; anything else is not equal. */
  equals(other: unknown): boolean {
    return readHex(other) === this.#hex;
  }

  toString(): string {
    return this.#hex;
  }

  toJSON(): string {
    return this.#hex;
  }

  get [Symbol.toStringTag](): string {
    return "Checksum";
  }

  get [BRAND](): true {
    return true;
  }

  /** The first 32 bits, for hash tables: to read them from the digits would take as long as the rest of a search. */
  get [WORD](): number {
    return this.#word;
  }

  [INSPECT](): string {
    return `Checksum(${this.#hex})`;
  }

  /**
   * The buffer, or its value as a celltype, through the installed runtime: from its cache or a store.
   *
   * @param celltype - Without it, the buffer.
   * @throws {SeamlessError} `NO_RUNTIME`, `CACHE_MISS`, and what reading the celltype throws.
   */
  async resolve(celltype?: undefined, options?: ResolveOptions): Promise<BufferLike>;
  async resolve<C extends CelltypeName>(celltype: C, options?: ResolveOptions): Promise<CelltypeValues[C]>;
  async resolve(celltype?: CelltypeName, options?: ResolveOptions): Promise<unknown> {
    return requireRuntime("checksum.resolve()").resolve(this, celltype as never, options);
  }

  /**
   * As `resolve`; if no cache or store has the buffer, it is computed again.
   *
   * @throws {SeamlessError} `NO_RUNTIME`, `CACHE_MISS`, and what reading the celltype throws.
   */
  async fingertip(celltype?: undefined, options?: ResolveOptions): Promise<BufferLike>;
  async fingertip<C extends CelltypeName>(celltype: C, options?: ResolveOptions): Promise<CelltypeValues[C]>;
  async fingertip(celltype?: CelltypeName, options?: ResolveOptions): Promise<unknown> {
    return requireRuntime("checksum.fingertip()").fingertip(this, celltype as never, options);
  }

  /**
   * Take a counted reference: the buffer stays while there is one.
   *
   * @throws {SeamlessError} `NO_RUNTIME`.
   */
  incref(options?: ReferenceOptions): Reference {
    return requireRuntime("checksum.incref()").incref(this, options);
  }

  /**
   * Give one counted reference back.
   *
   * @throws {SeamlessError} `NO_RUNTIME`.
   */
  decref(): void {
    requireRuntime("checksum.decref()").decref(this);
  }

  /**
   * Take or refresh the one fading reference: the buffer stays for a while.
   *
   * @throws {SeamlessError} `NO_RUNTIME`.
   */
  tempref(options?: TempReferenceOptions): void {
    requireRuntime("checksum.tempref()").tempref(this, options);
  }
}

function firstWord(hex: string): number {
  let word = 0;
  for (let i = 0; i < 8; i++) {
    const code = hex.charCodeAt(i);
    // 0 to 9 of digits, 10 to 15 of letters: a fifth of the time that `parseInt` takes.
    word = (word << 4) | ((code + (code >> 6) * 9) & 15);
  }
  return word;
}

/** Is it a checksum as it is written: 64 lowercase hex digits? */
export function isChecksumHex(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Hex digits of what is a checksum; `undefined` of what is not. */
function readHex(source: unknown): string | undefined {
  if (typeof source === "string") {
    if (isChecksumHex(source)) return source;
    // ASCII only: the `i` flag with `u` would let other characters fold into a–f.
    return /^[0-9a-fA-F]{64}$/.test(source) ? source.toLowerCase() : undefined;
  }
  if (Checksum.isChecksum(source)) return source.hex();
  return isUint8Array(source) && source.byteLength === 32 ? toHex(source) : undefined;
}

function fail(source: unknown): never {
  const found = typeof source === "string" ? `${describe(source)} (${source.length} characters)` : describe(source);
  throw new SeamlessError("INVALID_ARGUMENT", `a checksum is 64 hex digits or 32 bytes, got ${found}`);
}

/** An incremental SHA-256. */
export interface Sha256 {
  /**
   * Add bytes; they may be changed afterwards.
   *
   * @returns this, for chaining.
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes, `INVALID_STATE` after `digest`.
   */
  update(bytes: BytesLike): this;
  /**
   * Finish.
   *
   * @returns 32 bytes.
   * @throws {SeamlessError} `INVALID_STATE` when called twice.
   */
  digest(): Uint8Array<ArrayBuffer>;
}

/**
 * SHA-256 (FIPS 180-4) of some bytes: OpenSSL in Node, `@noble/hashes` in browsers, synchronous in both.
 *
 * @param bytes - Any number of bytes that the platform can hold.
 * @returns 32 bytes.
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes.
 *
 * @example
 * import { sha256 } from "@seamless/checksum";
 * console.log(sha256(new Uint8Array()).slice(0, 4)); // → Uint8Array(4) [ 227, 176, 196, 66 ]
 */
export function sha256(bytes: BytesLike): Uint8Array<ArrayBuffer> {
  return hashBytes(asBytes(bytes));
}

/**
 * SHA-256 of bytes that come in chunks.
 *
 * @example
 * import { Checksum, createSha256 } from "@seamless/checksum";
 * const hash = createSha256();
 * for (const chunk of ["hello", "\n"]) hash.update(new TextEncoder().encode(chunk));
 * console.log(new Checksum(hash.digest()).hex()); // → 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
 */
export function createSha256(): Sha256 {
  const hasher = createHasher();
  let finished = false;
  const failIfFinished = () => {
    if (finished) throw new SeamlessError("INVALID_STATE", "this hash is finished; make a new one with createSha256()");
  };
  return {
    update(bytes) {
      failIfFinished();
      hasher.update(asBytes(bytes));
      return this;
    },
    digest() {
      failIfFinished();
      finished = true;
      return new Uint8Array(hasher.digest());
    },
  };
}
