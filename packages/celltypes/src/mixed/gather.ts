import type { BytesLike } from "@seamless/checksum";
import { NdArray, readInCOrder } from "../array/ndarray.ts";
import { asBytes, invalidValueError } from "../errors.ts";
import { MAX_PYTHON_DEPTH } from "../json/python-writer.ts";
import {
  type DictLike,
  dictKeys,
  dictValue,
  isMap,
  type Kind,
  kindOf,
  sameKeys,
  sortKeys,
  whyNoKind,
} from "../values.ts";
import { arrayForm, bytesForm, type Form, FormTable, type KeySet, NUMBER_FORM } from "./form.ts";

/** A container taken apart: what the frame of the mixed format needs besides the skeleton. */
export interface Gathered {
  readonly form: Form;
  /** Raw bytes of the binary leaves, in visiting order: lists in order, dicts by sorted key. */
  readonly leaves: readonly Uint8Array[];
}

/** The skeleton stands inside a list, which takes one level. */
const MAX_SKELETON_DEPTH = MAX_PYTHON_DEPTH - 1;

/**
 * The form of a value, and its binary leaves.
 *
 * @throws {SeamlessError} `INVALID_VALUE` with the path to what has no form, or an array whose dtype has none.
 */
export function gather(value: unknown): Gathered {
  const gatherer = new Gatherer(MAX_SKELETON_DEPTH);
  const form = gatherer.form(value);
  if (form.depth > MAX_PYTHON_DEPTH)
    throw invalidValueError(`the form of this value nests over ${MAX_PYTHON_DEPTH} levels`);
  return { form, leaves: gatherer.leaves };
}

/** Is there something binary in a container? Stops at the first; what is not a value at all is left to the writers. */
export function holdsBinary(value: unknown): boolean {
  return new Gatherer(MAX_PYTHON_DEPTH).holdsBinary(value);
}

class Gatherer {
  readonly leaves: Uint8Array[] = [];
  readonly #maxDepth: number;
  readonly #table = new FormTable();
  /** Keys and list indexes down to the value at hand; only the first `#depth` count. */
  readonly #path: (string | number)[] = [];
  #depth = 0;
  /** For each level the keys of the last dict there, and those in order: the next dict there often has the same. */
  readonly #lastKeys: (KeySet | undefined)[] = [];

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  form(value: unknown): Form {
    const kind = kindOf(value);
    if (kind === undefined) throw this.#error(`cannot write ${whyNoKind(value)} as mixed`);
    if (isBinary(kind, value)) return this.#leaf(kind, value);
    if (kind === "list") return this.#list(value as readonly unknown[]);
    if (kind === "dict") return this.#dict(value as DictLike);
    return this.#table.scalar(SCALARS[kind as keyof typeof SCALARS]);
  }

  holdsBinary(value: unknown): boolean {
    const kind = kindOf(value);
    if (kind !== "list" && kind !== "dict") return isBinary(kind, value);
    this.#enter();
    let found = false;
    if (kind === "list") {
      const list = value as readonly unknown[];
      for (let i = 0; i < list.length && !found; i++) found = this.#at(i).holdsBinary(list[i]);
    } else {
      const dict = value as DictLike;
      const keys = isMap(dict) ? [...dict.keys()] : Object.keys(dict);
      for (let i = 0; i < keys.length && !found; i++) found = this.#at(keys[i]!).holdsBinary(dictValue(dict, keys[i]!));
    }
    this.#depth--;
    return found;
  }

  #leaf(kind: Kind, value: unknown): Form {
    if (kind === "float") {
      this.leaves.push(floatBytes(Number(value)));
      return this.#table.leaf("float", () => NUMBER_FORM);
    }
    if (kind === "bytes") {
      const bytes = bytesContent(value as BytesLike);
      this.leaves.push(bytes);
      return bytesForm(this.#table, bytes.byteLength);
    }
    const array = asArray(value as NdArray);
    const form = arrayForm(this.#table, array, (message) => this.#error(message));
    this.leaves.push(readInCOrder(array));
    return form;
  }

  #list(list: readonly unknown[]): Form {
    this.#enter();
    const items: Form[] = [];
    for (let i = 0; i < list.length; i++) items.push(this.#at(i).form(list[i]));
    this.#depth--;
    return this.#table.list(items);
  }

  #dict(dict: DictLike): Form {
    const keys = dictKeys(dict, (found) => this.#error(`cannot write ${found} as mixed`));
    this.#enter();
    let last = this.#lastKeys[this.#depth];
    if (last === undefined || !sameKeys(keys, last.keys)) last = this.#lastKeys[this.#depth] = keySet(keys);
    const { sorted } = last;
    const fields: Form[] = [];
    for (const key of sorted) fields.push(this.#at(key).form(dictValue(dict, key)));
    this.#depth--;
    return this.#table.dict(last, fields);
  }

  #enter(): void {
    if (this.#depth === this.#maxDepth) {
      throw this.#error(`cannot write nesting over ${this.#maxDepth} levels, or a container that contains itself`);
    }
    this.#depth++;
  }

  #at(key: string | number): this {
    this.#path[this.#depth - 1] = key;
    return this;
  }

  #error(message: string) {
    return invalidValueError(message, this.#path.slice(0, this.#depth));
  }
}

function keySet(keys: readonly string[]): KeySet {
  const sorted = sortKeys(keys);
  return { keys, sorted: sameKeys(keys, sorted) ? keys : sorted, id: undefined };
}

/** Names of the forms of what JSON has; a checksum is written as its hex string. */
const SCALARS = {
  null: "null",
  boolean: "boolean",
  integer: "integer",
  float: "number",
  string: "string",
  checksum: "string",
} as const;

/** Empty bytes are one NUL: NumPy has no strings of no characters. */
const EMPTY = new Uint8Array(1);

/** Is it a value that JSON has no form for, but `mixed` has? */
export function isBinary(kind: Kind | undefined, value: unknown): boolean {
  return kind === "array" || kind === "bytes" || (kind === "float" && !Number.isFinite(Number(value)));
}

/** What a binary value is stored as where it stands alone: every one is an array there. */
export function aloneArray(kind: Kind | undefined, value: unknown): NdArray {
  if (kind === "array") return asArray(value as NdArray);
  if (kind === "float") return new NdArray(floatBytes(Number(value)), { descr: "<f8", shape: [] });
  const content = bytesContent(value as BytesLike);
  return new NdArray(content, { descr: `|S${content.byteLength}`, shape: [] });
}

function asArray(value: NdArray | Float64Array): NdArray {
  return NdArray.isNdArray(value) ? value : new NdArray(value);
}

function bytesContent(value: BytesLike): Uint8Array {
  const bytes = asBytes(value);
  return bytes.byteLength === 0 ? EMPTY : bytes;
}

/** NaN and infinity as NumPy stores them. */
function floatBytes(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  // A NaN that JavaScript got from elsewhere may have a sign and a payload: here there is one NaN only.
  new DataView(bytes.buffer).setFloat64(0, Number.isNaN(value) ? Number.NaN : value, true);
  return bytes;
}
