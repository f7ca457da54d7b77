import type { SeamlessError } from "@seamless/checksum";
import { type Dtype, descrOf, MAX_ITEMSIZE, NUMERIC_SIZES, type PlainKind, parseDescr } from "../array/dtype.ts";
import { cLayout, type Shared } from "../array/memory.ts";
import { makeArray, type NdArray } from "../array/ndarray.ts";
import { byteLengthOf, checkAxes } from "../array/shape.ts";
import { invalidBufferError, type ToError } from "../errors.ts";
import { Float, isInteger, setOwn, sortKeys } from "../values.ts";

type ScalarType = "null" | "boolean" | "integer" | "number" | "string";

/** A form that was read and checked. */
export type ReadForm =
  | { readonly kind: "scalar"; readonly type: ScalarType }
  /** NaN or infinity: a float64 among the leaves. */
  | { readonly kind: "number" }
  | ArrayForm
  /** `items` has one form for all, or one for each. */
  | { readonly kind: "list"; readonly length: number; readonly items: readonly ReadForm[] }
  /** With its keys in the order of the leaves. */
  | { readonly kind: "dict"; readonly keys: readonly string[]; readonly fields: ReadonlyMap<string, ReadForm> };

const SCALAR_TYPES: ReadonlySet<unknown> = new Set(["null", "boolean", "integer", "number", "string"]);

/**
 * Check the form of a mixed buffer.
 *
 * @param form - Parsed JSON in lossless mode.
 * @param toError - Makes the error.
 */
export function readForm(form: unknown, toError: ToError): ReadForm {
  const top = new FormReader(toError).container(form, undefined);
  if (!top.binary) throw toError("the form has nothing binary in it, so that its storage cannot be mixed-plain");
  return top.form;
}

/** Recursion is bounded by the nesting that the JSON parser allows. */
class FormReader {
  readonly #error: ToError;

  constructor(toError: ToError) {
    this.#error = toError;
  }

  child(form: unknown): { form: ReadForm; binary: boolean } {
    if (SCALAR_TYPES.has(form)) return { form: { kind: "scalar", type: form as ScalarType }, binary: false };
    if (!(form instanceof Map)) throw this.#error("a form is neither the name of a scalar nor a dict");
    const storage: unknown = form.get("storage");
    if (storage === "pure-binary") return { form: this.#leaf(form), binary: true };
    if (storage !== undefined && storage !== "mixed-plain") throw this.#error("a storage that does not exist");
    const read = this.container(form, storage);
    if (read.binary !== (storage === "mixed-plain")) {
      throw this.#error(`a form says ${read.binary ? "nothing" : "mixed-plain"} of its storage, against what is in it`);
    }
    return read;
  }

  container(form: unknown, storage: "mixed-plain" | undefined): { form: ReadForm; binary: boolean } {
    if (!(form instanceof Map)) throw this.#error("the form of a container is not a dict");
    const marks = storage === undefined ? [] : ["storage"];
    if (form.get("type") === "array") return this.#list(form, marks);
    if (form.get("type") === "object") return this.#dict(form, marks);
    throw this.#error("the type of a container is neither array nor object");
  }

  #leaf(form: FormDict): ReadForm {
    if (form.get("type") !== "number") return readArrayForm(form, this.#error);
    checkFields(form, ["type", "bytesize", "storage"], this.#error);
    if (form.get("bytesize") !== 8) throw this.#error("a number of other than 8 bytes");
    return { kind: "number" };
  }

  #list(form: FormDict, marks: readonly string[]) {
    checkFields(form, ["type", "items", "identical", "shape", ...marks], this.#error);
    const [length, ...others] = checkAxes(form.get("shape"), this.#error);
    if (length === undefined || others.length > 0) throw this.#error("the shape of a list has one number");
    const items = form.get("items");
    const identical = form.get("identical");
    if (length === 0 ? items !== null || identical !== true : typeof identical !== "boolean") {
      throw this.#error("a list's items, identical and shape do not fit together");
    }
    const forms: unknown = identical ? (length === 0 ? [] : [items]) : items;
    if (!Array.isArray(forms) || (!identical && forms.length !== length)) {
      throw this.#error(`a list of ${length} does not have as many forms`);
    }
    const children = forms.map((item) => this.child(item));
    const binary = children.some((child) => child.binary);
    return { form: { kind: "list", length, items: children.map((child) => child.form) } as const, binary };
  }

  #dict(form: FormDict, marks: readonly string[]) {
    const empty = !form.has("properties");
    checkFields(form, ["type", ...(empty ? [] : ["properties"]), ...marks], this.#error);
    const properties: unknown = empty ? new Map() : form.get("properties");
    if (!(properties instanceof Map)) throw this.#error("the properties of a form are not a dict");
    const fields = new Map<string, ReadForm>();
    let binary = false;
    for (const [key, child] of properties as FormDict) {
      const read = this.child(child);
      fields.set(key, read.form);
      binary ||= read.binary;
    }
    return { form: { kind: "dict", keys: sortKeys([...fields.keys()]), fields } as const, binary };
  }
}

/** The form of an array, read and checked. */
interface ArrayForm {
  readonly kind: "array";
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly byteLength: number;
}

/**
 * The form of an array. Its leaf is in C order whatever its strides: they tell how it was laid out when it was written.
 *
 * @param toError - Makes the error.
 */
function readArrayForm(form: FormDict, toError: ToError): ArrayForm {
  const contiguous = form.get("contiguous");
  const strided = contiguous === false ? ["strides"] : [];
  checkFields(form, ["type", "items", "identical", "shape", "contiguous", ...strided, "storage"], toError);
  if (form.get("type") !== "array" || form.get("identical") !== true || typeof contiguous !== "boolean") {
    throw toError("a binary leaf that is not an array");
  }
  const shape = checkAxes(form.get("shape"), toError);
  const strides = form.get("strides");
  if (
    !contiguous &&
    !(Array.isArray(strides) && strides.length === shape.length && strides.every(Number.isSafeInteger))
  ) {
    throw toError("strides that do not fit the shape");
  }
  const dtype = readDtype(form.get("items"), toError);
  if (dtype.itemsize === 0) throw toError("elements of no bytes");
  // What has a form here must have a notation too: NumPy's has limits of its own, of nesting for one.
  parseDescr(descrOf(dtype), toError);
  return { kind: "array", dtype, shape, byteLength: byteLengthOf(shape, dtype.itemsize, toError) };
}

/** Recursion is bounded by the nesting that the JSON parser allows. */
function readDtype(form: unknown, toError: ToError): Dtype {
  if (!(form instanceof Map)) throw toError("the form of a dtype is not a dict");
  const type: unknown = form.get("type");
  const read = typeof type === "string" && Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (read === undefined) throw toError("a dtype of an unknown type");
  return read(form, toError);
}

const READERS: Readonly<Record<string, (form: FormDict, toError: ToError) => Dtype>> = {
  integer(form, toError) {
    checkFields(form, ["type", "bytesize", "unsigned"], toError);
    const unsigned = form.get("unsigned");
    if (typeof unsigned !== "boolean") throw toError("an integer is neither unsigned nor not");
    return plain(unsigned ? "uint" : "int", form, toError);
  },
  number: (form, toError) => plain("float", checkFields(form, ["type", "bytesize"], toError), toError),
  boolean: (form, toError) => plain("bool", checkFields(form, ["type", "bytesize"], toError), toError),
  string: (form, toError) => plain("bytes", checkFields(form, ["type", "bytesize"], toError), toError),
  object: readStruct,
};

function plain(kind: PlainKind, form: FormDict, toError: ToError): Dtype {
  const itemsize = form.get("bytesize");
  const sizes = NUMERIC_SIZES[kind];
  const fits = sizes === undefined ? isStringSize(itemsize) : sizes.includes(itemsize as number);
  if (!fits) throw toError("a dtype of impossible size");
  return { kind, itemsize: itemsize as number, littleEndian: true };
}

/** A field may be of no bytes, as NumPy's `S0`; an array of such is refused by its own reader. */
function isStringSize(size: unknown): boolean {
  return Number.isSafeInteger(size) && (size as number) >= 0 && (size as number) <= MAX_ITEMSIZE;
}

function readStruct(form: FormDict, toError: ToError): Dtype {
  checkFields(form, ["type", "properties", "bytesize", "order"], toError);
  const properties: unknown = form.get("properties");
  const order: unknown = form.get("order");
  if (!(properties instanceof Map) || !Array.isArray(order) || order.length === 0)
    throw toError("a struct without fields");
  if (order.length !== properties.size || new Set(order).size !== order.length) {
    throw toError("the order of a struct does not name each of its fields once");
  }
  const members = order.map((name: unknown) => {
    if (typeof name !== "string" || !properties.has(name)) throw toError("the order of a struct names no field of it");
    return { name, dtype: readMember(properties.get(name), toError) };
  });
  const { offsets, itemsize } = cLayout(members.map(({ dtype }) => dtype));
  if (form.get("bytesize") !== itemsize)
    throw toError(`a struct that has ${itemsize} bytes with C alignment says otherwise`);
  if (itemsize > MAX_ITEMSIZE) throw toError("a struct of impossible size");
  return {
    kind: "struct",
    itemsize,
    littleEndian: true,
    fields: members.map((member, i) => ({ ...member, offset: offsets[i]! })),
  };
}

/** A field is of a dtype, or a sub-array of one. */
function readMember(form: unknown, toError: ToError): Dtype {
  if (!(form instanceof Map) || form.get("type") !== "tuple") return readDtype(form, toError);
  checkFields(form, ["type", "items", "identical", "shape"], toError);
  const shape = checkAxes(form.get("shape"), toError);
  if (form.get("identical") !== true || shape.length === 0)
    throw toError("a sub-array without axes, or of several dtypes");
  const base = readMember(form.get("items"), toError);
  const itemsize = byteLengthOf(shape, base.itemsize, toError);
  if (itemsize > MAX_ITEMSIZE) throw toError("a sub-array of impossible size");
  return { kind: "subarray", itemsize, littleEndian: true, base, shape };
}

/** A dict in a form, as the lossless JSON parser gives it. */
type FormDict = ReadonlyMap<string, unknown>;

/** A form has these fields, and no others. */
function checkFields(form: FormDict, names: readonly string[], toError: ToError): FormDict {
  for (const name of names) if (!form.has(name)) throw toError(`a form without ${name}`);
  if (form.size !== names.length) throw toError(`a form with other fields than ${names.join(", ")}`);
  return form;
}

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
  readonly shared: Shared;
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
    if (!Array.isArray(json) || json.length !== 2) throw this.#error("the json part is not a list of two");
    this.#offsets = this.#checkOffsets(json[0]);
    this.#skeleton = json[1];
  }

  assemble(form: ReadForm): unknown {
    const value = this.#value(form, this.#skeleton);
    const spare = this.#offsets.length - 1 - this.#next;
    if (spare > 0) throw this.#error(`there are ${spare} more offsets than the form has leaves`);
    return value;
  }

  #checkOffsets(offsets: unknown): readonly number[] {
    if (!Array.isArray(offsets) || offsets[0] !== 0) throw this.#error("the offsets are not a list that starts at 0");
    for (let i = 0; i < offsets.length; i++) {
      const offset: unknown = offsets[i];
      if (typeof offset !== "number" || !isInteger(offset) || (i > 0 && offset < offsets[i - 1])) {
        throw this.#error("the offsets are not integers that grow");
      }
    }
    const { byteLength } = this.#parts.binary;
    if (offsets.at(-1) !== byteLength) throw this.#error(`the last offset is not the ${byteLength} of the binary part`);
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
    if (!IS_SCALAR[type](part)) throw this.#error(`the form says ${type}, and the skeleton has something else`);
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
    if (part !== 0) throw this.#error("the form has a binary leaf where the skeleton has no 0");
    const start = this.#offsets[this.#next];
    const end = this.#offsets[++this.#next];
    if (end === undefined) throw this.#error("there are more leaves in the form than offsets");
    if (end - start! !== byteLength) {
      const message = `a leaf of ${end - start!} bytes, whose form needs ${byteLength}`;
      throw invalidBufferError(message, this.#parts.binaryStart + start!);
    }
    // Never Node's `Buffer`, since it is what an array gives out.
    const { buffer, byteOffset } = this.#parts.binary;
    return new Uint8Array(buffer, byteOffset + start!, byteLength);
  }

  /** Items are put in place: the skeleton is ours. */
  #list({ length, items }: ReadForm & { kind: "list" }, part: unknown): unknown[] {
    if (!Array.isArray(part) || part.length !== length) {
      throw this.#error(`the form says a list of ${length}, and the skeleton has something else`);
    }
    const shared = items.length === 1 ? items[0] : undefined;
    for (let i = 0; i < length; i++) part[i] = this.#value(shared ?? items[i]!, part[i]);
    return part;
  }

  #dict({ keys, fields }: ReadForm & { kind: "dict" }, part: unknown): unknown {
    if (!(part instanceof Map) || part.size !== fields.size) {
      throw this.#error(`the form says a dict of ${fields.size}, and the skeleton has something else`);
    }
    for (const key of keys) {
      if (!part.has(key)) throw this.#error("the form has a key that the skeleton does not have");
      part.set(key, this.#value(fields.get(key)!, part.get(key)));
    }
    return this.#parts.lossless ? part : toObject(part);
  }

  #error(message: string): SeamlessError {
    return invalidBufferError(message, this.#parts.jsonStart);
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
