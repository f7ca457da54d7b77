import { parsePlain } from "@seamless/celltypes/plain";

/** A part of a buffer's bytes. */
export interface Part {
  readonly label: string;
  /** Offsets of its first byte, and of the first one behind it. */
  readonly start: number;
  readonly end: number;
  /** Is it JSON, whose tokens can be told apart? */
  readonly isJson: boolean;
}

/** Some bytes from an offset on; fewer at the end. */
export type ReadAt = (start: number, length: number) => Promise<Uint8Array>;

/** In bytes: where leaves begin is read from JSON, which may be as long as it likes. */
const MAX_OFFSETS = 2 ** 22;
/** Leaves that are parts of their own; others are one part together. */
const MAX_LEAVES = 100;

const NPY = "\x93NUMPY";
const MIXED = "\x94SEAMLESS-MIXED";
const DATA = "\x93SEAMLESS";

/**
 * The parts that a buffer's bytes have, as its format says; of one that is cut off, those that are there.
 *
 * @param length - Of the whole buffer.
 * @param isJson - Whether it is JSON, where it begins as neither of the other formats.
 */
export async function layoutOf(readAt: ReadAt, length: number, isJson: boolean): Promise<readonly Part[]> {
  const head = latin1(await readAt(0, MIXED.length));
  const parts = new Parts(readAt, length);
  if (head.startsWith(NPY)) await addNpy(parts);
  else if (head.startsWith(MIXED)) await addMixed(parts);
  else if (isJson) parts.take("JSON", length, true);
  parts.rest(parts.count === 0 ? "bytes" : "too many bytes");
  return parts.list;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Takes parts one after the other, as long as there are bytes. */
class Parts {
  readonly list: Part[] = [];
  #at = 0;

  constructor(
    readonly readAt: ReadAt,
    readonly length: number,
  ) {}

  get count(): number {
    return this.list.length;
  }

  get left(): number {
    return this.length - this.#at;
  }

  take(label: string, length: number, isJson = false): Part {
    const end = Math.min(this.length, this.#at + length);
    const missing = this.#at + length - end;
    const part = { label: missing > 0 ? `${label}, cut off` : label, start: this.#at, end, isJson };
    if (end > this.#at) this.list.push(part);
    this.#at = end;
    return part;
  }

  /** Takes a number, least byte first; 0 where it is not there. */
  async number(label: string, length: 1 | 2 | 4 | 8): Promise<number> {
    const { start } = this.take(label, length);
    const bytes = await this.readAt(start, length);
    return bytes.reduceRight((number, byte) => number * 256 + byte, 0);
  }

  rest(label: string): void {
    if (this.left > 0) this.take(label, this.left);
  }
}

/** @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
async function addNpy(parts: Parts): Promise<void> {
  parts.take("magic", NPY.length);
  const version = await parts.number("version", 1);
  parts.take("minor version", 1);
  const length = await parts.number("length of the header", version === 1 ? 2 : 4);
  parts.take("header: type, order and shape", length);
  parts.rest("data: the elements");
}

/** The frame of seamless-core's mixed format. */
async function addMixed(parts: Parts): Promise<void> {
  parts.take("magic", MIXED.length);
  parts.take("storage", await parts.number("length of the storage", 1));
  parts.take("form: types and shapes", await parts.number("length of the form", 4), true);
  parts.take("second magic", DATA.length);
  const jsonLength = await parts.number("length of the JSON", 8);
  const binaryLength = await parts.number("length of the leaves", 8);
  const json = parts.take("JSON: offsets of leaves, and the value without them", jsonLength, true);
  const offsets = await offsetsIn(parts, json, binaryLength);
  if (offsets === undefined) parts.take("leaves", binaryLength);
  else {
    for (let i = 0; i < Math.min(MAX_LEAVES, offsets.length - 1); i++) {
      parts.take(`leaf ${i + 1} of ${offsets.length - 1}`, offsets[i + 1]! - offsets[i]!);
    }
    if (offsets.length - 1 > MAX_LEAVES) parts.take("more leaves", binaryLength - offsets[MAX_LEAVES]!);
  }
}

/** Where the leaves begin, and the last one ends; undefined where that cannot be known. */
async function offsetsIn(parts: Parts, { start, end }: Part, total: number): Promise<readonly number[] | undefined> {
  if (end - start > MAX_OFFSETS) return undefined;
  try {
    const json = parsePlain(await parts.readAt(start, end - start));
    const offsets: unknown = Array.isArray(json) ? json[0] : undefined;
    if (!Array.isArray(offsets) || offsets[0] !== 0 || offsets.at(-1) !== total) return undefined;
    const grow = offsets.every((offset, i) => Number.isSafeInteger(offset) && (i === 0 || offset >= offsets[i - 1]));
    return grow ? (offsets as number[]) : undefined;
  } catch {
    // It is broken, which is said elsewhere: its bytes are shown all the same.
    return undefined;
  }
}
