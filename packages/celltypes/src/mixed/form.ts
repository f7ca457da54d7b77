import type { Dtype, StructDtype, SubarrayDtype } from "../array/dtype.ts";
import { cLayout } from "../array/memory.ts";
import { dtypeOf, type NdArray } from "../array/ndarray.ts";
import { strides } from "../array/shape.ts";
import { type ToError, tooLargeError } from "../errors.ts";
import { ByteWriter } from "../json/byte-writer.ts";
import { quotePython } from "../json/python-writer.ts";

/** How a value is stored: as JSON, as raw bytes, or as JSON with raw bytes in it. */
type Storage = "pure-plain" | "mixed-plain" | "pure-binary";

/** The form of a value: its type and structure without its content. */
export type Form = ScalarForm | LeafForm | ListForm | DictForm;

interface FormBase {
  readonly storage: Storage;
  /** Levels of nesting in the JSON. */
  readonly depth: number;
  /** See `FormTable.id`. */
  id: number | undefined;
}

interface ScalarForm extends FormBase {
  readonly kind: "scalar";
  readonly name: string;
}

/** An array, bytes, NaN or infinity: the same object for the same form. */
interface LeafForm extends FormBase {
  readonly kind: "leaf";
  /** JSON without the final brace, so that the storage can follow. */
  readonly open: string;
}

interface ListForm extends FormBase {
  readonly kind: "list";
  readonly length: number;
  readonly identical: boolean;
  /** Of identical items the first only. */
  readonly items: readonly Form[];
}

interface DictForm extends FormBase {
  readonly kind: "dict";
  readonly keySet: KeySet;
  /** In the order of the sorted keys. */
  readonly fields: readonly Form[];
}

/** The keys of a dict, and of others where it is known that they have the same. */
export interface KeySet {
  /** In insertion order. */
  readonly keys: readonly string[];
  /** By code point; the same list where that is the same order. */
  readonly sorted: readonly string[];
  /** Set when it is needed: the same for the same keys in any order. */
  id: number | undefined;
}

/** Limits of the strings that tell forms apart, far below that of the platform. */
const MAX_UNEQUAL_ITEMS = 2 ** 25;
const MAX_KEYS_LENGTH = 2 ** 28;

/**
 * Makes forms, and numbers those that have to be compared: equality of forms is equality of numbers, so that a list of n
 * items costs n comparisons, however large the items are.
 */
export class FormTable {
  readonly #scalars = new Map<string, ScalarForm>();
  readonly #leaves = new Map<string, LeafForm>();
  readonly #ids = new Map<string, number>();
  readonly #notations = new Map<object, number>();

  /** A scalar that JSON has: `null`, `boolean`, `integer`, `number` or `string`. */
  scalar(name: string): ScalarForm {
    const known = this.#scalars.get(name);
    if (known !== undefined) return known;
    const form: ScalarForm = { kind: "scalar", name, storage: "pure-plain", depth: 0, id: undefined };
    this.#scalars.set(name, form);
    return form;
  }

  /** @param key - Tells the form of this leaf from those of all others. */
  leaf(key: string, make: () => Pick<LeafForm, "open" | "depth">): LeafForm {
    const known = this.#leaves.get(key);
    if (known !== undefined) return known;
    const form: LeafForm = { kind: "leaf", ...make(), storage: "pure-binary", id: undefined };
    this.#leaves.set(key, form);
    return form;
  }

  /**
   * A number for the notation of a struct: the same for equal ones. Arrays that were read from one buffer share theirs, so
   * that it is spelt out once, however many fields it has.
   */
  notation(descr: object): number {
    const number = this.#notations.get(descr) ?? this.#number(`d${JSON.stringify(descr)}`);
    this.#notations.set(descr, number);
    return number;
  }

  list(items: readonly Form[]): ListForm {
    const { length } = items;
    const first = items[0];
    const identical = items.every((item) => item === first || this.id(item) === this.id(first!));
    const { storage, depth } = around(items);
    // The shape is a list too; and so are items that are not identical.
    const levels = identical ? 1 + Math.max(depth, 1) : 2 + depth;
    const kept = identical ? items.slice(0, 1) : items;
    return { kind: "list", length, identical, items: kept, storage, depth: levels, id: undefined };
  }

  /** @param fields - In the order of the sorted keys. */
  dict(keySet: KeySet, fields: readonly Form[]): DictForm {
    const { storage, depth } = around(fields);
    return { kind: "dict", keySet, fields, storage, depth: fields.length === 0 ? 1 : 2 + depth, id: undefined };
  }

  /** Two forms have the same number where they and their storage are equal. The order of keys does not count. */
  id(form: Form): number {
    form.id ??= this.#number(this.#describe(form));
    return form.id;
  }

  /** Begins differently for each kind. */
  #describe(form: Form): string {
    switch (form.kind) {
      case "scalar":
        return form.name;
      case "leaf":
        return `#${form.open}`;
      case "list":
        if (form.identical) return `[${form.length}=${form.items.map((item) => this.id(item)).join()}`;
        if (form.length > MAX_UNEQUAL_ITEMS) {
          throw tooLargeError(
            "a list in a list is too long for celltype mixed",
            `${MAX_UNEQUAL_ITEMS} items of unequal forms`,
          );
        }
        return `[${form.items.map((item) => this.id(item)).join()}`;
      case "dict":
        return `{${this.#keys(form.keySet)}:${form.fields.map((field) => this.id(field)).join()}`;
    }
  }

  #keys(keySet: KeySet): number {
    if (keySet.id !== undefined) return keySet.id;
    const { sorted } = keySet;
    if (sorted.reduce((sum, key) => sum + key.length, 0) > MAX_KEYS_LENGTH) {
      throw tooLargeError(
        "the keys of a dict in a list are too long for celltype mixed",
        `${MAX_KEYS_LENGTH} characters`,
      );
    }
    // Each key behind its length, lest two of them be taken for one.
    keySet.id = this.#number(`k${sorted.map((key) => `${key.length}:${key}`).join("")}`);
    return keySet.id;
  }

  #number(description: string): number {
    const known = this.#ids.get(description);
    if (known !== undefined) return known;
    this.#ids.set(description, this.#ids.size);
    return this.#ids.size - 1;
  }
}

/** Storage of a container of these, and depth within it. */
function around(children: readonly Form[]): Pick<Form, "storage" | "depth"> {
  let depth = 0;
  let storage: Storage = "pure-plain";
  for (const child of children) {
    if (child.depth > depth) depth = child.depth;
    if (child.storage !== "pure-plain") storage = "mixed-plain";
  }
  return { storage, depth };
}

/** The form of the top value as JSON: unmarked, while every form in it is marked with a storage that is not pure-plain. */
export function writeForm(form: Form): ByteWriter {
  const out = new ByteWriter();
  write(out, form, true);
  return out;
}

/** Recursion is bounded by the depth of the form, which has been checked. */
function write(out: ByteWriter, form: Form, isTop: boolean): void {
  if (form.kind === "scalar") {
    out.ascii(`"${form.name}"`);
    return;
  }
  if (form.kind === "leaf") out.ascii(form.open);
  else if (form.kind === "list") openList(out, form);
  else openDict(out, form);
  out.ascii(isTop || form.storage === "pure-plain" ? "}" : `, "storage": "${form.storage}"}`);
}

function openList(out: ByteWriter, { items, identical, length }: ListForm): void {
  out.ascii('{"type": "array", "items": ');
  if (length === 0) out.ascii("null");
  else if (identical) write(out, items[0]!, false);
  else {
    for (let i = 0; i < length; i++) {
      out.ascii(i === 0 ? "[" : ", ");
      write(out, items[i]!, false);
    }
    out.ascii("]");
  }
  out.ascii(`, "identical": ${identical}, "shape": [${length}]`);
}

function openDict(out: ByteWriter, { keySet: { keys, sorted }, fields }: DictForm): void {
  out.ascii('{"type": "object"');
  if (keys.length === 0) return;
  const places = keys === sorted ? undefined : new Map(sorted.map((key, i) => [key, i]));
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    out.ascii(i === 0 ? ', "properties": {' : ", ");
    if (!out.quotedAscii(key)) out.quotedPython(key);
    out.ascii(": ");
    write(out, fields[places === undefined ? i : places.get(key)!]!, false);
  }
  out.ascii("}");
}

/** JSON of the form of a dtype, and its levels of nesting. */
interface DtypeText {
  readonly text: string;
  readonly depth: number;
}

/** The form of NaN and infinity, still open. */
export const NUMBER_FORM = { open: '{"type": "number", "bytesize": 8', depth: 1 } as const;

/** The form of bytes: a string without axes. */
export function bytesForm(table: FormTable, length: number): Form {
  return table.leaf(`bytes${length}`, () => open({ text: scalarText("string", length), depth: 1 }, [], undefined));
}

/**
 * The form of an array.
 *
 * @param toError - Makes the error for a dtype without a form.
 */
export function arrayForm(table: FormTable, array: NdArray, toError: ToError): Form {
  const { descr, shape, itemsize, fortranOrder } = array;
  const key = `${typeof descr === "string" ? descr : table.notation(descr)}${fortranOrder ? "F" : "C"}${shape.join()}`;
  return table.leaf(key, () => {
    const text = dtypeText(dtypeOf(array), toError);
    if (itemsize === 0) throw toError("an array with elements of no bytes has no form in mixed");
    return open(text, shape, stridesOf(shape, itemsize, fortranOrder));
  });
}

/** NumPy calls an array without elements contiguous too, but seamless-core goes by the strides, which it sees as 0. */
function stridesOf(shape: readonly number[], itemsize: number, fortranOrder: boolean): readonly number[] | undefined {
  if (shape.includes(0)) return shape.map(() => 0);
  return fortranOrder ? strides(shape, true).map((step) => step * itemsize) : undefined;
}

/** @param steps - The strides, if they are not those of C order. */
function open(
  { text, depth }: DtypeText,
  shape: readonly number[],
  steps: readonly number[] | undefined,
): { open: string; depth: number } {
  const layout = steps === undefined ? "true" : `false, "strides": ${list(steps)}`;
  return {
    open: `{"type": "array", "items": ${text}, "identical": true, "shape": ${list(shape)}, "contiguous": ${layout}`,
    depth: depth + 1,
  };
}

function dtypeText(dtype: Dtype, toError: ToError): DtypeText {
  if (!dtype.littleEndian) throw toError("a big-endian array has no form in mixed, unless it is alone");
  switch (dtype.kind) {
    case "struct":
      return structText(dtype, toError);
    case "subarray":
      return subarrayText(dtype, toError);
    case "int":
    case "uint": {
      const text = `{"type": "integer", "bytesize": ${dtype.itemsize}, "unsigned": ${dtype.kind === "uint"}}`;
      return { text, depth: 1 };
    }
    case "float":
      return { text: scalarText("number", dtype.itemsize), depth: 1 };
    case "bool":
      return { text: scalarText("boolean", dtype.itemsize), depth: 1 };
    case "bytes":
      return { text: scalarText("string", dtype.itemsize), depth: 1 };
    default:
      throw toError(`an array of ${dtype.kind} has no form in mixed, unless it is alone`);
  }
}

function structText({ fields, itemsize }: StructDtype, toError: ToError): DtypeText {
  const layout = cLayout(fields.map((field) => field.dtype));
  if (fields.length === 0) throw toError("a struct without fields has no form in mixed");
  if (layout.itemsize !== itemsize || fields.some((field, i) => field.offset !== layout.offsets[i])) {
    throw toError("a struct has a form in mixed only with C alignment (NumPy's align=True)");
  }
  let properties = "";
  let depth = 0;
  for (const { name, dtype } of fields) {
    const field = dtypeText(dtype, toError);
    properties += `${properties === "" ? "" : ", "}${quotePython(name)}: ${field.text}`;
    depth = Math.max(depth, field.depth);
  }
  const order = fields.map(({ name }) => quotePython(name)).join(", ");
  return {
    text: `{"type": "object", "properties": {${properties}}, "bytesize": ${itemsize}, "order": [${order}]}`,
    depth: depth + 2,
  };
}

function subarrayText({ base, shape }: SubarrayDtype, toError: ToError): DtypeText {
  const { text, depth } = dtypeText(base, toError);
  return { text: `{"type": "tuple", "items": ${text}, "identical": true, "shape": ${list(shape)}}`, depth: depth + 1 };
}

function scalarText(type: string, itemsize: number): string {
  return `{"type": "${type}", "bytesize": ${itemsize}}`;
}

function list(numbers: readonly number[]): string {
  return `[${numbers.join(", ")}]`;
}
