import type { SeamlessError } from "@seamless/checksum";
import { checkAxes } from "../array/shape.ts";
import { sortKeys } from "../values/dict.ts";
import { checkFields, type Fault, type FormDict } from "./form-fields.ts";
import { type ArrayForm, readArrayForm } from "./read-array-form.ts";

export type ScalarType = "null" | "boolean" | "integer" | "number" | "string";

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
 * @param fault - Makes the error.
 */
export function readForm(form: unknown, fault: (message: string) => SeamlessError): ReadForm {
  const top = new FormReader(fault).container(form, undefined);
  if (!top.binary) throw fault("the form has nothing binary in it, so that its storage cannot be mixed-plain");
  return top.form;
}

/** Recursion is bounded by the nesting that the JSON parser allows. */
class FormReader {
  readonly #fault: Fault;

  constructor(fault: Fault) {
    this.#fault = fault;
  }

  child(form: unknown): { form: ReadForm; binary: boolean } {
    if (SCALAR_TYPES.has(form)) return { form: { kind: "scalar", type: form as ScalarType }, binary: false };
    if (!(form instanceof Map)) throw this.#fault("a form is neither the name of a scalar nor a dict");
    const storage: unknown = form.get("storage");
    if (storage === "pure-binary") return { form: this.#leaf(form), binary: true };
    if (storage !== undefined && storage !== "mixed-plain") throw this.#fault("a storage that does not exist");
    const read = this.container(form, storage);
    if (read.binary !== (storage === "mixed-plain")) {
      throw this.#fault(`a form says ${read.binary ? "nothing" : "mixed-plain"} of its storage, against what is in it`);
    }
    return read;
  }

  container(form: unknown, storage: "mixed-plain" | undefined): { form: ReadForm; binary: boolean } {
    if (!(form instanceof Map)) throw this.#fault("the form of a container is not a dict");
    const marks = storage === undefined ? [] : ["storage"];
    if (form.get("type") === "array") return this.#list(form, marks);
    if (form.get("type") === "object") return this.#dict(form, marks);
    throw this.#fault("the type of a container is neither array nor object");
  }

  #leaf(form: FormDict): ReadForm {
    if (form.get("type") !== "number") return readArrayForm(form, this.#fault);
    checkFields(form, ["type", "bytesize", "storage"], this.#fault);
    if (form.get("bytesize") !== 8) throw this.#fault("a number of other than 8 bytes");
    return { kind: "number" };
  }

  #list(form: FormDict, marks: readonly string[]) {
    checkFields(form, ["type", "items", "identical", "shape", ...marks], this.#fault);
    const [length, ...others] = checkAxes(form.get("shape"), this.#fault);
    if (length === undefined || others.length > 0) throw this.#fault("the shape of a list has one number");
    const items = form.get("items");
    const identical = form.get("identical");
    if (length === 0 ? items !== null || identical !== true : typeof identical !== "boolean") {
      throw this.#fault("a list's items, identical and shape do not fit together");
    }
    const forms: unknown = identical ? (length === 0 ? [] : [items]) : items;
    if (!Array.isArray(forms) || (!identical && forms.length !== length)) {
      throw this.#fault(`a list of ${length} does not have as many forms`);
    }
    const children = forms.map((item) => this.child(item));
    const binary = children.some((child) => child.binary);
    return { form: { kind: "list", length, items: children.map((child) => child.form) } as const, binary };
  }

  #dict(form: FormDict, marks: readonly string[]) {
    const empty = !form.has("properties");
    checkFields(form, ["type", ...(empty ? [] : ["properties"]), ...marks], this.#fault);
    const properties: unknown = empty ? new Map() : form.get("properties");
    if (!(properties instanceof Map)) throw this.#fault("the properties of a form are not a dict");
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
