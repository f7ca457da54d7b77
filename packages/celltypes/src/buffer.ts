import {
  type AbortOptions,
  type BufferLike,
  type BytesLike,
  Checksum,
  copyInSlices,
  currentRuntime,
  hashInSlices,
  ProvenBytes,
  type Reference,
  type ReferenceOptions,
  type Runtime,
  readFileBytes,
  SeamlessError,
  type TempReferenceOptions,
  writeFileBytes,
} from "@seamless/checksum";
import { proveOwned, proveOwnedInSlices, readProven } from "@seamless/checksum/unsafe";
import { hasBrand } from "@seamless/internal/brand";
import { copyBytes } from "@seamless/internal/bytes";
import { noRuntimeMessage } from "@seamless/internal/text";
import type { Celltype, LosslessValueOf, ValueOf } from "./celltypes.ts";
import { loadCodeSupport } from "./code-support.ts";
import { asBytes } from "./errors.ts";
import { givesAllBytes, type ParseOptions, parse, parseShared } from "./parse.ts";
import { serialize } from "./serialize.ts";
import { kindOf } from "./values.ts";

const BRAND = Symbol.for("@seamless/buffer");
/** Reading these needs `loadCodeSupport`. */
const CODE_CELLTYPES: ReadonlySet<Celltype> = new Set(["python", "ipython"]);
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

export interface BufferOptions {
  /**
   * Copy the bytes. Without a copy they belong to the buffer from then on: a change to them makes it wrong, and since
   * one may come at any time, they are hashed again before they are written.
   * @default true
   */
  readonly copy?: boolean | undefined;
}

/**
 * Bytes and their checksum, which is computed once, when first asked for. Values read from it are the reader's own:
 * changing them does not change the buffer.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * const buffer = new Buffer({ a: 1 }, "plain");
 * console.log(buffer.getChecksum().hex()); // → 5e36b6560513586ced65eca0e8b025fe88edbcab82ba2cb67a5fcb2d7b202383
 * console.log(await buffer.getValue("plain")); // → { a: 1 }
 */
export class Buffer implements BufferLike {
  readonly #bytes: Uint8Array;
  #checksum: Checksum | undefined;
  #proven: ProvenBytes | undefined;
  /** Can somebody else write to the memory? */
  #exposed = false;

  /**
   * @param bytes - Copied, unless `copy` is false. Those that are proven are taken as they are, and not hashed again.
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes.
   */
  constructor(bytes: BytesLike | ProvenBytes, options?: BufferOptions);
  /**
   * The buffer of a value.
   *
   * @throws {SeamlessError} as `serialize`.
   */
  constructor(value: unknown, celltype: Celltype);
  constructor(source: unknown, how?: Celltype | BufferOptions) {
    if (typeof how === "string") {
      // Of bytes and arrays, the serialized form may be their own memory.
      this.#bytes = own(serialize(source, how), source);
    } else if (ProvenBytes.isProvenBytes(source) && source.intact) {
      this.#bytes = readProven(source);
      this.#proven = source;
      this.#checksum = source.checksum;
    } else {
      const bytes = asBytes(isForeignProof(source) ? source.copy() : (source as BytesLike));
      const copy = how?.copy ?? true;
      this.#bytes = copy ? copyBytes(bytes) : bytes;
      this.#exposed = !copy;
    }
  }

  /** Is it a `Buffer`, of this or another installed copy of the package? */
  static isBuffer(value: unknown): value is Buffer {
    return hasBrand(value, BRAND);
  }

  /**
   * The bytes of a file. Rejects in browsers.
   *
   * @throws {SeamlessError} `TOO_LARGE`, `FILE_CHANGED`, `NOT_FOUND` and other file codes; `UNSUPPORTED` in browsers.
   */
  static async load(path: string | URL): Promise<Buffer> {
    const buffer = new Buffer(await readFileBytes(path), { copy: false });
    buffer.#exposed = false;
    return buffer;
  }

  /**
   * Write the bytes to a file, whole or not at all. Rejects in browsers.
   *
   * @throws {SeamlessError} `DISK_FULL`, `PERMISSION_DENIED` and other file codes; `UNSUPPORTED` in browsers.
   */
  async save(path: string | URL): Promise<void> {
    await writeFileBytes(path, this.#bytes);
  }

  /**
   * The bytes themselves; not to be changed. Since somebody who has them could, they are hashed again before they are
   * written; `getValue("bytes")` gives a copy.
   */
  get content(): Uint8Array {
    this.#expose();
    return this.#bytes;
  }

  /** The bytes with the proof that they have the checksum: once that is known, and while nobody else can write to them. */
  get proven(): ProvenBytes | undefined {
    return this.#proven?.intact ? this.#proven : undefined;
  }

  /** In bytes. */
  get length(): number {
    return this.#bytes.byteLength;
  }

  /** The checksum, if it has been computed. */
  get checksum(): Checksum | undefined {
    return this.#checksum;
  }

  /** The checksum, computed when first asked for: at once, whatever the length. */
  getChecksum(): Checksum {
    if (this.#checksum !== undefined) return this.#checksum;
    if (this.#exposed) this.#checksum = Checksum.of(this.#bytes);
    else this.#prove(proveOwned(this.#bytes));
    return this.#checksum!;
  }

  /**
   * The checksum, computed in slices between which others run unless it has been already; `getChecksum` and `incref` then
   * take no time. For buffers of some MiB and more, whose hashing would hold up the event loop.
   *
   * @throws the signal's reason when it is aborted.
   */
  async computeChecksum({ signal }: AbortOptions = {}): Promise<Checksum> {
    signal?.throwIfAborted();
    if (this.#checksum !== undefined) return this.#checksum;
    if (this.#exposed) this.#checksum ??= await hashInSlices(this.#bytes, { signal });
    else this.#prove(await proveOwnedInSlices(this.#bytes, { signal }));
    return this.#checksum!;
  }

  /**
   * The value as a celltype; loads what reading code cells needs. Reading is synchronous, whatever the length; only the
   * copy that `bytes` is, is made in slices between which others run.
   *
   * @throws {SeamlessError} as `parse`; `NO_CODE_SUPPORT` if `@seamless/python` is not installed.
   */
  async getValue<C extends Celltype>(
    celltype: C,
    options: ParseOptions & { readonly lossless: true },
  ): Promise<LosslessValueOf<C>>;
  async getValue<C extends Celltype>(celltype: C, options?: ParseOptions): Promise<ValueOf<C>>;
  async getValue(celltype: Celltype, options?: ParseOptions): Promise<unknown> {
    if (givesAllBytes.has(celltype)) return parse(await copyInSlices(this.#bytes), celltype, options);
    if (CODE_CELLTYPES.has(celltype)) await loadCodeSupport();
    return this.getValueSync(celltype, options);
  }

  /**
   * The value as a celltype.
   *
   * @throws {SeamlessError} as `parse`; `NO_CODE_SUPPORT` for code cells before `loadCodeSupport()`.
   */
  getValueSync<C extends Celltype>(
    celltype: C,
    options: ParseOptions & { readonly lossless: true },
  ): LosslessValueOf<C>;
  getValueSync<C extends Celltype>(celltype: C, options?: ParseOptions): ValueOf<C>;
  getValueSync(celltype: Celltype, options?: ParseOptions): unknown {
    return parseShared(this.#bytes, celltype, options, () => this.#expose());
  }

  /**
   * Register the buffer with the runtime and take a counted reference.
   *
   * @throws {SeamlessError} `NO_RUNTIME`.
   */
  incref(options?: ReferenceOptions): Reference {
    const runtime = requireRuntime("buffer.incref()");
    runtime.register(this);
    return runtime.incref(this.getChecksum(), options);
  }

  /**
   * Give one counted reference back.
   *
   * @throws {SeamlessError} `NO_RUNTIME`.
   */
  decref(): void {
    requireRuntime("buffer.decref()").decref(this.getChecksum());
  }

  /**
   * Register the buffer with the runtime and take, or refresh, the one fading reference.
   *
   * @throws {SeamlessError} `NO_RUNTIME`.
   */
  tempref(options?: TempReferenceOptions): void {
    const runtime = requireRuntime("buffer.tempref()");
    runtime.register(this);
    runtime.tempref(this.getChecksum(), options);
  }

  /**
   * Write the buffer to the stores of the runtime.
   *
   * @throws {SeamlessError} `NO_RUNTIME`, and what the stores say.
   */
  async write(options?: AbortOptions): Promise<void> {
    await requireRuntime("buffer.write()").write(this, options);
  }

  #prove(proven: ProvenBytes): void {
    this.#checksum ??= proven.checksum;
    // Somebody may have been given the memory while it was hashed.
    if (!this.#exposed) this.#proven ??= proven;
  }

  /** From now on somebody else can write to the memory. */
  #expose(): void {
    this.#exposed = true;
    this.#proven?.expose();
    this.#proven = undefined;
  }

  get [Symbol.toStringTag](): string {
    return "SeamlessBuffer";
  }

  get [BRAND](): true {
    return true;
  }

  [INSPECT](): string {
    return `Buffer(${this.length} bytes${this.#checksum === undefined ? "" : `, ${this.#checksum.hex()}`})`;
  }
}

/** Is it a proof of another installed copy, or one that has ended: bytes like others, but in no array? */
function isForeignProof(source: unknown): source is ProvenBytes {
  return Object.prototype.toString.call(source) === "[object ProvenBytes]";
}

/** Bytes that share no memory with what they were made from: only bytes and arrays can be passed on as they are. */
function own(bytes: Uint8Array, source: unknown): Uint8Array {
  const kind = kindOf(source);
  return kind === "bytes" || kind === "array" ? copyBytes(bytes) : bytes;
}

/** @throws {SeamlessError} `NO_RUNTIME` if none is installed. */
function requireRuntime(call: string): Runtime {
  const runtime = currentRuntime();
  if (runtime === undefined) throw new SeamlessError("NO_RUNTIME", noRuntimeMessage(call));
  return runtime;
}
