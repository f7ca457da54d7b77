import type { SeamlessError } from "@seamless/checksum";
import { makeArray, type NdArray } from "../array/ndarray.ts";
import { invalidBuffer } from "../errors.ts";
import { isInteger } from "../numbers/python.ts";
import { Float } from "../values/float.ts";
import { setOwn } from "../values/set-own.ts";
import type { ArrayForm } from "./read-array-form.ts";
import type { ReadForm, ScalarType } from "./read-form.ts";

export interface Parts {
  /** The json part, parsed in lossless mode: `[offsets, skeleton]`. */
  readonly json: unknown;
  /** Its offset in the whole buffer, for messages. */
  readonly jsonStart: number;
  readonly binary: Uint8Array;
  /** Its offset in the whole buffer. */
  readonly binaryStart: number;
  readonly lossless: boolean;
  /** Is the memory that of a `Buffer` or a cache? */
  readonly shared: boolean;
}

/** Puts skeleton, leaves and form together again, and checks each against the others. */
export class Assembler {
  readonly #offsets: readonly number[];
  readonly #skeleton: unknown;
  readonly #parts: Parts;
  /** The leaf that comes next. */
  #next = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { json } = parts;
    if (!Array.isArray(json) || json.length !== 2) throw this.#fault("the json part is not a list of two");
    this.#offsets = this.#checkOffsets(json[0]);
    this.#skeleton = json[1];
  }

  assemble(form: ReadForm): unknown {
    const value = this.#value(form, this.#skeleton);
    const spare = this.#offsets.length - 1 - this.#next;
    if (spare > 0) throw this.#fault(`there are ${spare} more offsets than the form has leaves`);
    return value;
  }

  #checkOffsets(offsets: unknown): readonly number[] {
    if (!Array.isArray(offsets) || offsets[0] !== 0) throw this.#fault("the offsets are not a list that starts at 0");
    for (let i = 0; i < offsets.length; i++) {
      const offset: unknown = offsets[i];
      if (typeof offset !== "number" || !isInteger(offset) || (i > 0 && offset < offsets[i - 1])) {
        throw this.#fault("the offsets are not integers that grow");
      }
    }
    const { byteLength } = this.#parts.binary;
    if (offsets.at(-1) !== byteLength) throw this.#fault(`the last offset is not the ${byteLength} of the binary part`);
    return offsets as number[];
  }

  #value(form: ReadForm, part: unknown): unknown {
    switch (form.kind) {
      case "scalar":
        return this.#scalar(form.type, part);
      case "number":
        return this.#number(this.#leaf(part, 8));
      case "array":
        return this.#array(form, part);
      case "list":
        return this.#list(form, part);
      case "dict":
        return this.#dict(form, part);
    }
  }

  #scalar(type: ScalarType, part: unknown): unknown {
    if (!IS_SCALAR[type](part)) throw this.#fault(`the form says ${type}, and the skeleton has something else`);
    return Float.isFloat(part) && !this.#parts.lossless ? part.value : part;
  }

  #number(bytes: Uint8Array): unknown {
    const value = new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
    return this.#parts.lossless && Number.isInteger(value) ? new Float(value) : value;
  }

  #array({ dtype, shape, byteLength }: ArrayForm, part: unknown): NdArray {
    return makeArray({ memory: this.#leaf(part, byteLength), dtype, shape, shared: this.#parts.shared });
  }

  /** The bytes of the next leaf, a view. */
  #leaf(part: unknown, byteLength: number): Uint8Array {
    if (part !== 0) throw this.#fault("the form has a binary leaf where the skeleton has no 0");
    const start = this.#offsets[this.#next];
    const end = this.#offsets[++this.#next];
    if (end === undefined) throw this.#fault("there are more leaves in the form than offsets");
    if (end - start! !== byteLength) {
      const message = `a leaf of ${end - start!} bytes, whose form needs ${byteLength}`;
      throw invalidBuffer(message, this.#parts.binaryStart + start!);
    }
    // Never Node's `Buffer`, since it is what an array gives out.
    const { buffer, byteOffset } = this.#parts.binary;
    return new Uint8Array(buffer, byteOffset + start!, byteLength);
  }

  /** Items are put in place: the skeleton is ours. */
  #list({ length, items }: ReadForm & { kind: "list" }, part: unknown): unknown[] {
    if (!Array.isArray(part) || part.length !== length) {
      throw this.#fault(`the form says a list of ${length}, and the skeleton has something else`);
    }
    const shared = items.length === 1 ? items[0] : undefined;
    for (let i = 0; i < length; i++) part[i] = this.#value(shared ?? items[i]!, part[i]);
    return part;
  }

  #dict({ keys, fields }: ReadForm & { kind: "dict" }, part: unknown): unknown {
    if (!(part instanceof Map) || part.size !== fields.size) {
      throw this.#fault(`the form says a dict of ${fields.size}, and the skeleton has something else`);
    }
    for (const key of keys) {
      if (!part.has(key)) throw this.#fault("the form has a key that the skeleton does not have");
      part.set(key, this.#value(fields.get(key)!, part.get(key)));
    }
    return this.#parts.lossless ? part : toObject(part);
  }

  #fault(message: string): SeamlessError {
    return invalidBuffer(message, this.#parts.jsonStart);
  }
}

const IS_SCALAR: Readonly<Record<ScalarType, (part: unknown) => boolean>> = {
  null: (part) => part === null,
  boolean: (part) => typeof part === "boolean",
  integer: (part) => typeof part === "bigint" || (typeof part === "number" && isInteger(part)),
  number: (part) => Float.isFloat(part) || (typeof part === "number" && !isInteger(part)),
  string: (part) => typeof part === "string",
};

/** In the order of the source, as far as a plain object keeps it; own properties only, `__proto__` included. */
function toObject(dict: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [key, value] of dict) setOwn(object, key, value);
  return object;
}
