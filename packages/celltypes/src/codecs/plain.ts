import type { Checksum } from "@seamless/checksum";
import { hasLoneSurrogate } from "@seamless/internal/code-points";
import type { Parser, Serializer } from "../celltypes.ts";
import { invalidValueError } from "../errors.ts";
import { ByteWriter } from "../json/byte-writer.ts";
import { MAX_READ_DEPTH, parseJson } from "../json/parse.ts";
import { orjsonFloat } from "../numbers/notation.ts";
import {
  type DictLike,
  dictKeys,
  type Float,
  isMap,
  KIND_NAMES,
  type Kind,
  kindOf,
  sameKeys,
  sortKeys,
  whyNoKind,
} from "../values.ts";

/** `plain`: JSON as orjson writes it. */
export const serialize: Serializer = (value, { maxBytes }) => writePlainJson(value, maxBytes);

/** Strict JSON. */
export const parse: Parser = (bytes, { lossless }) =>
  parseJson(bytes, { lossless, dialect: "plain", maxDepth: MAX_READ_DEPTH });

/** Containers in containers, as orjson allows. */
const MAX_WRITE_DEPTH = 254;

/** Dicts with more keys are sorted anew: they are tables rather than records. */
const MAX_KNOWN = 64;

/** Lists of fewer numbers are written one by one; of more, so many at a time. */
const FEW_NUMBERS = 16;
const MANY_NUMBERS = 4096;
/** Spaces that `JSON.stringify` writes before an item, at most. */
const MAX_INDENT = 10;

/**
 * JSON as orjson writes it (`OPT_INDENT_2 | OPT_SORT_KEYS`) and a final newline: the form of celltype `plain` and of the
 * scalar celltypes. Source: orjson 3, https://github.com/ijl/orjson; checked by the vectors.
 *
 * @param maxBytes - How long it may be; nothing much beyond it is written.
 * @throws {SeamlessError} `INVALID_VALUE` with the path to what JSON has no form for; `TOO_LARGE`.
 */
export function writePlainJson(value: unknown, maxBytes = Infinity): Uint8Array<ArrayBuffer> {
  const writer = new PlainWriter(maxBytes);
  writer.value(value);
  return writer.finish();
}

class PlainWriter {
  readonly #out: ByteWriter;
  /** Keys and list indexes down to the value being written; only the first `#depth` count. */
  readonly #path: (string | number)[] = [];
  #depth = 0;
  /** By number of keys, the last keys and these in order: dicts often have those of one before. */
  readonly #known: { keys: readonly string[]; sorted: readonly string[] }[] = [];

  constructor(maxBytes: number) {
    this.#out = new ByteWriter(maxBytes);
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.#out.byte(0x0a);
    return this.#out.finish();
  }

  value(value: unknown): void {
    // The frequent kinds first, without the detour over `kindOf`.
    if (typeof value === "string") this.#string(value);
    else if (typeof value === "number") this.#number(value);
    else {
      const kind = kindOf(value);
      if (kind === undefined) throw this.#error(whyNoKind(value));
      WRITERS[kind](this, value as never);
    }
  }

  literal(value: null | boolean): void {
    this.#out.ascii(String(value));
  }

  integer(value: number | bigint): void {
    if (typeof value === "number") {
      this.#number(value);
      return;
    }
    if (value < -(2n ** 63n) || value >= 2n ** 64n) {
      throw this.#error("an integer beyond 64 bits, which fits neither int64 nor uint64,");
    }
    this.#out.ascii(String(value));
  }

  float(value: number): void {
    if (!Number.isFinite(value)) throw this.#error(`the float ${value}, which JSON has no form for`);
    if (!this.#out.decimal(value)) this.#out.ascii(orjsonFloat(value));
  }

  list(list: readonly unknown[]): void {
    this.#enter();
    if (list.length === 0) {
      this.#leaveEmpty("[]");
      return;
    }
    for (let i = 0; i < list.length; ) {
      this.#out.byte(i === 0 ? 0x5b : 0x2c);
      const written = this.#numbers(list, i);
      i += written;
      if (written > 0) continue;
      this.#out.newLine(this.#depth);
      this.#path[this.#depth - 1] = i;
      this.value(list[i++]);
    }
    this.#leave(0x5d);
  }

  dict(dict: DictLike): void {
    const keys = this.#sortedKeys(dict);
    this.#enter();
    if (keys.length === 0) {
      this.#leaveEmpty("{}");
      return;
    }
    const map = isMap(dict) ? dict : undefined;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      this.#out.byte(i === 0 ? 0x7b : 0x2c);
      this.#out.newLine(this.#depth);
      this.#path[this.#depth - 1] = key;
      this.#string(key);
      this.#out.ascii(": ");
      this.value(map === undefined ? (dict as Readonly<Record<string, unknown>>)[key] : map.get(key));
    }
    this.#leave(0x7d);
  }

  fail(kind: Kind): never {
    throw this.#error(KIND_NAMES[kind]);
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && !(value === 0 && Object.is(value, -0))) this.#out.ascii(String(value));
    else this.float(value);
  }

  /**
   * Numbers of a list from an index on, by the engine's `JSON.stringify`, which takes two thirds of the time that they take
   * one by one.
   *
   * @returns how many; 0 if there are few before one that it writes in another way.
   */
  #numbers(list: readonly unknown[], start: number): number {
    const indent = 2 * this.#depth;
    if (list.length - start < FEW_NUMBERS || indent > MAX_INDENT) return 0;
    const end = Math.min(list.length, start + MANY_NUMBERS);
    // A copy, so that each is looked at as it is written.
    const numbers: number[] = [];
    for (let i = start; i < end; i++) {
      const item = list[i];
      if (typeof item !== "number" || !isWrittenAlike(item)) break;
      numbers.push(item);
    }
    if (numbers.length < FEW_NUMBERS || "toJSON" in numbers) return 0;
    // Without its brackets, and the line break before the last.
    this.#out.longAscii(JSON.stringify(numbers, null, indent).slice(1, -2));
    return numbers.length;
  }

  #string(text: string): void {
    if (this.#out.quotedAscii(text)) return;
    if (hasLoneSurrogate(text)) throw this.#error("a string with a lone surrogate, which has no UTF-8 form");
    this.#out.quotedUtf8(text);
  }

  #enter(): void {
    if (this.#depth === MAX_WRITE_DEPTH) {
      throw this.#error(`nesting over ${MAX_WRITE_DEPTH} levels, or a container that contains itself`);
    }
    this.#depth++;
  }

  #leaveEmpty(brackets: string): void {
    this.#depth--;
    this.#out.ascii(brackets);
  }

  #leave(bracket: number): void {
    this.#depth--;
    this.#out.newLine(this.#depth);
    this.#out.byte(bracket);
  }

  #sortedKeys(dict: DictLike): readonly string[] {
    const keys = dictKeys(dict, (found) => this.#error(found));
    if (keys.length > MAX_KNOWN) return sortKeys(keys);
    const known = this.#known[keys.length];
    if (known !== undefined && sameKeys(keys, known.keys)) return known.sorted;
    const sorted = sortKeys(keys);
    this.#known[keys.length] = { keys, sorted };
    return sorted;
  }

  #error(found: string) {
    return invalidValueError(`cannot write ${found} as JSON`, this.#path.slice(0, this.#depth));
  }
}

/** Does `JSON.stringify` write the number as orjson does? */
function isWrittenAlike(value: number): boolean {
  if (Number.isInteger(value)) return Number.isSafeInteger(value) && !Object.is(value, -0);
  const magnitude = Math.abs(value);
  return magnitude >= 1e-5 && magnitude < 1e16;
}

/** How each kind is written. */
const WRITERS: Readonly<Record<Kind, (writer: PlainWriter, value: never) => void>> = {
  null: (writer, value) => writer.literal(value),
  boolean: (writer, value) => writer.literal(value),
  integer: (writer, value) => writer.integer(value),
  float: (writer, value: number | Float) => writer.float(Number(value)),
  string: (writer, value) => writer.value(value),
  list: (writer, value) => writer.list(value),
  dict: (writer, value) => writer.dict(value),
  checksum: (writer, value: Checksum) => writer.value(value.hex()),
  bytes: (writer) => writer.fail("bytes"),
  array: (writer) => writer.fail("array"),
};
