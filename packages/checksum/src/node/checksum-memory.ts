import { lstat } from "node:fs/promises";
import { dirname } from "node:path";
import type { AbortOptions } from "@seamless/internal/abort";
import { nodeCrypto } from "@seamless/internal/builtins";
import { showPath } from "@seamless/internal/text";
import { isSeamlessError, SeamlessError } from "../errors.ts";
import { isSameStamp, STAMP } from "./file-stamp.ts";
import { makeFolder } from "./make-folder.ts";
import { readFile } from "./read-file.ts";
import { writeAtomic } from "./write-atomic.ts";

/*
 * The file: 16 bytes that name the format and its version; how many rows there are; the rows, each a stamp and the length of the
 * content; their SHA-256 checksums, 32 bytes each; and that of all before it. Numbers are doubles in the order of the
 * machine, so that the file is used as it is read: nothing is parsed, and no path is in it.
 */
const KIND = "seamless files ";
const FORMAT = `${KIND}1`;
const HEADER = FORMAT.length + 8;
const ROW = STAMP + 1;
const DIGEST = 32;
/** In bytes: 24 million files. */
const LARGEST = 2 ** 31;

/** A memory as threads share it. */
export interface MemoryParts {
  /** The rows. */
  readonly rows: Float64Array<SharedArrayBuffer>;
  readonly digests: Uint8Array<SharedArrayBuffer>;
}

/** What was remembered of files: by row, their stamps and checksums. Never changed. */
export class ChecksumMemory {
  readonly parts: MemoryParts;
  readonly #rows: Float64Array;
  readonly #digests: Buffer;
  #table: InodeTable | undefined;

  constructor(parts: MemoryParts) {
    this.parts = parts;
    this.#rows = parts.rows;
    this.#digests = Buffer.from(parts.digests.buffer);
  }

  static #from(rows: Float64Array, digests: Uint8Array): ChecksumMemory {
    const parts = {
      rows: new Float64Array(new SharedArrayBuffer(rows.byteLength)),
      digests: new Uint8Array(new SharedArrayBuffer(digests.byteLength)),
    };
    parts.rows.set(rows);
    parts.digests.set(digests);
    return new ChecksumMemory(parts);
  }

  /** Of no file. */
  static empty(): ChecksumMemory {
    return ChecksumMemory.#from(new Float64Array(0), new Uint8Array(0));
  }

  /**
   * Read what an earlier run has left; nothing, if none has.
   *
   * @throws {SeamlessError} `UNSUPPORTED` for what another version wrote, or another user; `CHECKSUM_MISMATCH` if it is damaged,
   * or something else; file codes.
   */
  static async load(file: string): Promise<ChecksumMemory> {
    const bytes = await readFile(file, LARGEST).catch((error) => {
      if (isSeamlessError(error, "NOT_FOUND")) return undefined;
      throw error;
    });
    if (bytes === undefined) return ChecksumMemory.empty();
    const refuse = (why: string) => new SeamlessError("UNSUPPORTED", `${showPath(file)} ${why}`, { file });
    // Whoever wrote it decides what checksums our files have.
    const { uid } = await lstat(file);
    if (process.getuid !== undefined && uid !== process.getuid()) throw refuse("belongs to another user");
    const format = Buffer.from(bytes.subarray(0, FORMAT.length)).toString("latin1");
    if (format !== FORMAT && format.startsWith(KIND)) throw refuse("is of another version");
    const count = bytes.byteLength < HEADER ? Number.NaN : new Float64Array(bytes.buffer, FORMAT.length, 1)[0]!;
    const end = HEADER + count * (ROW * 8 + DIGEST);
    const whole = bytes.byteLength === end + DIGEST && digestOf(bytes, end).equals(bytes.subarray(end));
    if (format !== FORMAT || !whole)
      throw new SeamlessError("CHECKSUM_MISMATCH", `${showPath(file)} is damaged`, { file });
    const rows = new Float64Array(bytes.buffer, HEADER, count * ROW);
    return ChecksumMemory.#from(rows, bytes.subarray(HEADER + rows.byteLength, end));
  }

  get size(): number {
    return this.#rows.length / ROW;
  }

  /**
   * The row with a stamp; `undefined` if there is none.
   *
   * @param guess - A row to look at first. Most files come in the order in which they came before: where nothing was added or
   * removed, no table of the inodes has to be made, which takes a tenth of all.
   */
  find(stamp: Float64Array, guess: number): number | undefined {
    if (guess >= 0 && guess < this.size && this.hasStamp(guess, stamp)) return guess;
    this.#table ??= new InodeTable(this.#rows);
    const row = this.#table.find(stamp);
    return row !== undefined && this.hasStamp(row, stamp) ? row : undefined;
  }

  hasStamp(row: number, stamp: Float64Array): boolean {
    return isSameStamp(this.#rows, row * ROW, stamp);
  }

  /** 64 hex digits. */
  hex(row: number): string {
    return this.#digests.toString("hex", row * DIGEST, (row + 1) * DIGEST);
  }

  /** Length of the content, in bytes. */
  length(row: number): number {
    return this.#rows[row * ROW + STAMP]!;
  }

  /** @param to - Which of the checksums there to replace. */
  copyDigest(row: number, digests: Uint8Array, to: number): void {
    // No call for each: a copy of so few bytes takes less time than that.
    const [from, at] = [row * DIGEST, to * DIGEST];
    for (let i = 0; i < DIGEST; i++) digests[at + i] = this.#digests[from + i]!;
  }
}

/** Row of each device and inode. */
class InodeTable {
  readonly #rows: Float64Array;
  /** Open addressing: row + 1, or 0. A power of two that is larger than the number of rows. */
  readonly #slots: Int32Array;
  readonly #shift: number;

  constructor(rows: Float64Array) {
    const count = rows.length / ROW;
    const bits = Math.ceil(Math.log2(2 * count + 2));
    this.#rows = rows;
    this.#slots = new Int32Array(2 ** bits);
    this.#shift = 32 - bits;
    // Of two names of one file, which is the same in both, the last one.
    for (let row = 0; row < count; row++) this.#slots[this.#slot(rows, row * ROW)] = row + 1;
  }

  /** The row of a stamp's device and inode. */
  find(stamp: Float64Array): number | undefined {
    const row = this.#slots[this.#slot(stamp, 0)]! - 1;
    return row >= 0 ? row : undefined;
  }

  /** Where the inode of a stamp is, or where it would be. */
  #slot(numbers: Float64Array, at: number): number {
    const [slots, rows] = [this.#slots, this.#rows];
    const [device, high, low] = [numbers[at], numbers[at + 1]!, numbers[at + 2]!];
    let slot = Math.imul(low ^ high, 0x9e3779b1) >>> this.#shift;
    for (; slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
      const start = (slots[slot]! - 1) * ROW;
      if (rows[start] === device && rows[start + 1] === high && rows[start + 2] === low) break;
    }
    return slot;
  }
}

function digestOf(bytes: Uint8Array, end: number): Buffer {
  return nodeCrypto().hash("sha256", bytes.subarray(0, end), "buffer");
}

/** Puts rows together, as many as were announced at most, and writes them. */
export class MemoryWriter {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #rows: Float64Array;
  readonly #digests: Uint8Array;
  #count = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(HEADER + capacity * (ROW * 8 + DIGEST) + DIGEST);
    this.#rows = new Float64Array(this.#bytes.buffer, HEADER, capacity * ROW);
    this.#digests = this.#bytes.subarray(HEADER + this.#rows.byteLength, -DIGEST);
  }

  /** @param index - Where the stamp and the checksum are in the arrays. */
  add(index: number, stamps: Float64Array, length: number, digests: Uint8Array): void {
    const row = this.#count++;
    this.#rows.set(stamps.subarray(index * STAMP, (index + 1) * STAMP), row * ROW);
    this.#rows[row * ROW + STAMP] = length;
    this.#digests.set(digests.subarray(index * DIGEST, (index + 1) * DIGEST), row * DIGEST);
  }

  /** A row of an earlier memory. */
  keep({ rows, digests }: MemoryParts, row: number): void {
    const to = this.#count++;
    this.#rows.set(rows.subarray(row * ROW, (row + 1) * ROW), to * ROW);
    this.#digests.set(digests.subarray(row * DIGEST, (row + 1) * DIGEST), to * DIGEST);
  }

  /**
   * Write the file, whole or not at all, for this user alone. Of several runs, the last one's stays.
   *
   * @throws {SeamlessError} file codes.
   */
  async save(file: string, { signal }: AbortOptions = {}): Promise<void> {
    const [bytes, count] = [this.#bytes, this.#count];
    bytes.set(Buffer.from(FORMAT, "latin1"));
    new Float64Array(bytes.buffer, FORMAT.length, 1)[0] = count;
    const end = HEADER + count * (ROW * 8 + DIGEST);
    bytes.set(this.#digests.subarray(0, count * DIGEST), HEADER + count * ROW * 8);
    bytes.set(digestOf(bytes, end), end);
    await makeFolder(dirname(file), { mode: 0o700 });
    await writeAtomic(file, bytes.subarray(0, end + DIGEST), { mode: 0o600, signal });
  }
}
