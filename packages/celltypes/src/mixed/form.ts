import { tooLarge } from "../errors.ts";

/** How a value is stored: as JSON, as raw bytes, or as JSON with raw bytes in it. */
export type Storage = "pure-plain" | "mixed-plain" | "pure-binary";

/** The form of a value: its type and structure without its content. */
export type Form = ScalarForm | LeafForm | ListForm | DictForm;

interface FormBase {
  readonly storage: Storage;
  /** Levels of nesting in the JSON. */
  readonly depth: number;
  /** See `FormTable.id`. */
  id: number | undefined;
}

export interface ScalarForm extends FormBase {
  readonly kind: "scalar";
  readonly name: string;
}

/** An array, bytes, NaN or infinity: the same object for the same form. */
export interface LeafForm extends FormBase {
  readonly kind: "leaf";
  /** JSON without the final brace, so that the storage can follow. */
  readonly open: string;
}

export interface ListForm extends FormBase {
  readonly kind: "list";
  readonly length: number;
  readonly identical: boolean;
  /** Of identical items the first only. */
  readonly items: readonly Form[];
}

export interface DictForm extends FormBase {
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
          throw tooLarge(
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
      throw tooLarge("the keys of a dict in a list are too long for celltype mixed", `${MAX_KEYS_LENGTH} characters`);
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
