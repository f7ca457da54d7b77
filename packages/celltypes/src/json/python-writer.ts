import type { Checksum } from "@seamless/checksum";
import { invalidValueError } from "../errors.ts";
import { pythonFloat } from "../numbers/notation.ts";
import { exceedsDigits, MAX_INT_DIGITS } from "../numbers/parse.ts";
import {
  type DictLike,
  dictKeys,
  dictValue,
  type Float,
  KIND_NAMES,
  type Kind,
  kindOf,
  sameKeys,
  sortKeys,
  whyNoKind,
} from "../values.ts";
import { ByteWriter } from "./byte-writer.ts";

/** Containers in containers: what the reader of `mixed` accepts, so that all that is written can be read. */
export const MAX_PYTHON_DEPTH = 1024;

/** The two ways of `json.dumps` that `mixed` uses. */
export interface PythonLayout {
  /** Sort by code point; else insertion order. */
  readonly sortKeys: boolean;
  /** Each item on a line of its own, indented by two spaces a level; else all on one line, separated by `, `. */
  readonly indent: boolean;
}

export interface PythonJsonOptions {
  /** Called for every array, bytes, NaN and infinity, which are then written as `0`; without it they are errors. */
  readonly onBinary?: () => void;
  /** How long the text may be; nothing much beyond it is written. @default Infinity */
  readonly maxBytes?: number;
}

/** `json.dumps(value, sort_keys=True, indent=2)`. */
export const PRETTY: PythonLayout = { sortKeys: true, indent: true };
/** `json.dumps(value)`. */
export const COMPACT: PythonLayout = { sortKeys: false, indent: false };

/**
 * JSON as Python's `json.dumps` writes it: ASCII only, floats as `repr` writes them, integers of up to 4,300
 * digits.
 * Source: `json/encoder.py` of CPython 3.13; checked by the vectors.
 *
 * @returns the text without a final newline.
 * @throws {SeamlessError} `INVALID_VALUE` with the path to what JSON has no form for; `TOO_LARGE`.
 */
export function writePythonJson(value: unknown, layout: PythonLayout, options: PythonJsonOptions = {}): ByteWriter {
  const writer = new PythonWriter(layout, options);
  writer.value(value);
  return writer.out;
}

class PythonWriter {
  readonly out: ByteWriter;
  readonly #layout: PythonLayout;
  readonly #onBinary: (() => void) | undefined;
  /** Keys and list indexes down to the value being written; only the first `#depth` count. */
  readonly #path: (string | number)[] = [];
  #depth = 0;
  /** The keys of the last dict, and those in order: the next dict often has the same. */
  #keys: readonly string[] = [];
  #sorted: readonly string[] = [];

  constructor(layout: PythonLayout, { onBinary, maxBytes }: PythonJsonOptions) {
    this.out = new ByteWriter(maxBytes);
    this.#layout = layout;
    this.#onBinary = onBinary;
  }

  value(value: unknown): void {
    // The most frequent kind first, without the detour over the table.
    if (typeof value === "string") {
      this.string(value);
      return;
    }
    const kind = kindOf(value);
    if (kind === undefined) throw this.#error(whyNoKind(value));
    WRITERS[kind](this, value as never);
  }

  /** Digits or a literal. */
  token(text: string): void {
    this.out.ascii(text);
  }

  integer(value: number | bigint): void {
    if (exceedsDigits(value))
      throw this.#error(`an integer of over ${MAX_INT_DIGITS} digits, which Python does not write,`);
    this.token(String(value));
  }

  float(value: number): void {
    // Python has an exponent below 1e-4.
    if (Number.isFinite(value)) {
      if (Math.abs(value) < 1e-4 || !this.out.decimal(value)) this.out.ascii(pythonFloat(value));
    } else this.binary(`the float ${value}`);
  }

  string(text: string): void {
    if (!this.out.quotedAscii(text)) this.out.quotedPython(text);
  }

  binary(name: string): void {
    if (this.#onBinary === undefined) throw this.#error(`${name}, which JSON has no form for,`);
    this.#onBinary();
    this.out.byte(0x30);
  }

  list(list: readonly unknown[]): void {
    if (list.length === 0) {
      this.out.ascii("[]");
      return;
    }
    this.out.byte(0x5b);
    this.#enter();
    for (let i = 0; i < list.length; i++) {
      this.#startItem(i, i);
      this.value(list[i]);
    }
    this.#leave(0x5d);
  }

  dict(dict: DictLike): void {
    const keys = this.#keysOf(dict);
    if (keys.length === 0) {
      this.out.ascii("{}");
      return;
    }
    this.out.byte(0x7b);
    this.#enter();
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      this.#startItem(i, key);
      this.string(key);
      this.out.ascii(": ");
      this.value(dictValue(dict, key));
    }
    this.#leave(0x7d);
  }

  #keysOf(dict: DictLike): readonly string[] {
    const keys = dictKeys(dict, (found) => this.#error(found));
    if (!this.#layout.sortKeys) return keys;
    if (!sameKeys(keys, this.#keys)) {
      this.#keys = keys;
      this.#sorted = sortKeys(keys);
    }
    return this.#sorted;
  }

  #startItem(position: number, key: string | number): void {
    this.#path[this.#depth - 1] = key;
    if (this.#layout.indent) {
      if (position > 0) this.out.byte(0x2c);
      this.out.newLine(this.#depth);
    } else if (position > 0) this.out.ascii(", ");
  }

  #enter(): void {
    if (this.#depth === MAX_PYTHON_DEPTH) {
      throw this.#error(`nesting over ${MAX_PYTHON_DEPTH} levels, or a container that contains itself,`);
    }
    this.#depth++;
  }

  #leave(bracket: number): void {
    this.#depth--;
    if (this.#layout.indent) this.out.newLine(this.#depth);
    this.out.byte(bracket);
  }

  #error(found: string) {
    return invalidValueError(`cannot write ${found} as JSON`, this.#path.slice(0, this.#depth));
  }
}

/** How each kind is written. */
const WRITERS: Readonly<Record<Kind, (writer: PythonWriter, value: never) => void>> = {
  null: (writer) => writer.token("null"),
  boolean: (writer, value: boolean) => writer.token(String(value)),
  integer: (writer, value: number | bigint) => writer.integer(value),
  float: (writer, value: number | Float) => writer.float(Number(value)),
  string: (writer, value: string) => writer.string(value),
  list: (writer, value: readonly unknown[]) => writer.list(value),
  dict: (writer, value: DictLike) => writer.dict(value),
  checksum: (writer, value: Checksum) => writer.string(value.hex()),
  bytes: (writer) => writer.binary(KIND_NAMES.bytes),
  array: (writer) => writer.binary(KIND_NAMES.array),
};

/** A short string in quotes, such as a name, as Python's `json.dumps` writes it. `ByteWriter` has the same for strings of any length. */
export function quotePython(text: string): string {
  // The two agree on everything below U+007F, and escape each unit by itself.
  return JSON.stringify(text).replace(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
