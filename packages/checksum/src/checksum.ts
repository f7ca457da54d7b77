import { describe, showPath } from "@seamless/internal/text";
import { hashHex, readFile, writeFile } from "#platform";
import { asBytes, type BytesLike, isUint8Array } from "./bytes.ts";
import { SeamlessError } from "./errors.ts";
import { fromHex, isChecksumHex, toHex } from "./hex.ts";
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
const INSPECT = Symbol.for("nodejs.util.inspect.custom");
const EXTENSION = ".CHECKSUM";
/** A byte order mark is kept, and refused. */
const TEXT = new TextDecoder("utf-8", { ignoreBOM: true });
/** In bytes; far more than a checksum with any white space behind it needs. */
const MAX_FILE = 4096;

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

  /**
   * @param source - 64 hex digits of any case, 32 bytes, or a checksum.
   * @throws {SeamlessError} `INVALID_ARGUMENT` for anything else.
   */
  constructor(source: ChecksumLike) {
    // A string, since nothing has been computed at first, and `undefined` is no checksum.
    const known = typeof source === "string" && source === computed;
    this.#hex = known ? source : (readHex(source) ?? refuse(source));
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
    return typeof value === "object" && value !== null && (value as Record<PropertyKey, unknown>)[BRAND] === true;
  }

  /**
   * Order of the bytes, which is that of the hex digits; for `sort`.
   *
   * @throws {SeamlessError} `INVALID_ARGUMENT` if one is no checksum.
   */
  static compare(a: ChecksumLike, b: ChecksumLike): -1 | 0 | 1 {
    const x = readHex(a) ?? refuse(a);
    const y = readHex(b) ?? refuse(b);
    return x < y ? -1 : x > y ? 1 : 0;
  }

  /**
   * Read a `.CHECKSUM` file: 64 hex digits on one line; white space around them, blank lines and lines that begin with `#`
   * do not count. Rejects in browsers.
   *
   * @param path - `.CHECKSUM` is appended when missing.
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is no path, `INVALID_CHECKSUM` if the file holds anything else, `NOT_FOUND` and other file codes.
   */
  static async load(path: string | URL): Promise<Checksum> {
    const file = checksumPath(path);
    const text = TEXT.decode(await readFile(file, MAX_FILE));
    const [line, ...more] = meaningfulLines(text);
    const hex = more.length === 0 ? readHex(line) : undefined;
    if (hex !== undefined) return new Checksum(hex);
    const name = String(file);
    throw new SeamlessError(
      "INVALID_CHECKSUM",
      `${showPath(name)} should hold 64 hex digits, but holds ${describe(text)}`,
      { file: name },
    );
  }

  /**
   * Write a `.CHECKSUM` file, whole or not at all: 64 hex digits and a newline. Rejects in browsers.
   *
   * @param path - `.CHECKSUM` is appended when missing.
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is no path; `DISK_FULL`, `PERMISSION_DENIED` and other file codes.
   */
  async save(path: string | URL): Promise<void> {
    await writeFile(checksumPath(path), `${this.#hex}\n`);
  }

  /** 64 lowercase hex digits; the key to use in a `Map` or `Set`. */
  hex(): string {
    return this.#hex;
  }

  /** 32 bytes, a fresh copy. */
  bytes(): Uint8Array<ArrayBuffer> {
    return fromHex(this.#hex);
  }

  /** Is it the same checksum? Takes hex and bytes too; what is no checksum is not equal. */
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
   * As `resolve`, and if nobody has the buffer, by computing it again.
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

/** Without blank lines and comments. White space is ASCII: a byte order mark is something else. */
function meaningfulLines(text: string): string[] {
  const lines = text.split(/[\r\n]+/).map((line) => line.replace(/^[ \t\v\f]+|[ \t\v\f]+$/g, ""));
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
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

function refuse(source: unknown): never {
  const found = typeof source === "string" ? `${describe(source)} (${source.length} characters)` : describe(source);
  throw new SeamlessError("INVALID_ARGUMENT", `a checksum is 64 hex digits or 32 bytes, got ${found}`);
}

function checksumPath(path: string | URL): string | URL {
  if (typeof path === "string") return path.endsWith(EXTENSION) ? path : path + EXTENSION;
  if (!(path instanceof URL)) {
    throw new SeamlessError("INVALID_ARGUMENT", `expected a path (a string or a file URL), got ${describe(path)}`);
  }
  if (path.pathname.endsWith(EXTENSION)) return path;
  const url = new URL(path);
  url.pathname += EXTENSION;
  return url;
}
