import { descrOf } from "../array/descr.ts";
import { type Dtype, MAX_ITEMSIZE, NUMERIC_SIZES, type PlainKind } from "../array/dtype.ts";
import { parseDescr } from "../array/parse-descr.ts";
import { byteLengthOf, checkAxes } from "../array/shape.ts";
import { cLayout } from "./c-layout.ts";
import { checkFields, type Fault, type FormDict } from "./form-fields.ts";

/** The form of an array, read and checked. */
export interface ArrayForm {
  readonly kind: "array";
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly byteLength: number;
}

/**
 * The form of an array. Its leaf is in C order whatever its strides: they tell how it was laid out when it was written.
 *
 * @param fault - Makes the error.
 */
export function readArrayForm(form: FormDict, fault: Fault): ArrayForm {
  const contiguous = form.get("contiguous");
  const strided = contiguous === false ? ["strides"] : [];
  checkFields(form, ["type", "items", "identical", "shape", "contiguous", ...strided, "storage"], fault);
  if (form.get("type") !== "array" || form.get("identical") !== true || typeof contiguous !== "boolean") {
    throw fault("a binary leaf that is no array");
  }
  const shape = checkAxes(form.get("shape"), fault);
  const strides = form.get("strides");
  if (
    !contiguous &&
    !(Array.isArray(strides) && strides.length === shape.length && strides.every(Number.isSafeInteger))
  ) {
    throw fault("strides that do not fit the shape");
  }
  const dtype = readDtype(form.get("items"), fault);
  if (dtype.itemsize === 0) throw fault("elements of no bytes");
  // What has a form here must have a notation too: NumPy's has limits of its own, of nesting for one.
  parseDescr(descrOf(dtype), fault);
  return { kind: "array", dtype, shape, byteLength: byteLengthOf(shape, dtype.itemsize, fault) };
}

/** Recursion is bounded by the nesting that the JSON parser allows. */
function readDtype(form: unknown, fault: Fault): Dtype {
  if (!(form instanceof Map)) throw fault("the form of a dtype is not a dict");
  const type: unknown = form.get("type");
  const read = typeof type === "string" && Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (read === undefined) throw fault("a dtype of an unknown type");
  return read(form, fault);
}

const READERS: Readonly<Record<string, (form: FormDict, fault: Fault) => Dtype>> = {
  integer(form, fault) {
    checkFields(form, ["type", "bytesize", "unsigned"], fault);
    const unsigned = form.get("unsigned");
    if (typeof unsigned !== "boolean") throw fault("an integer is neither unsigned nor not");
    return plain(unsigned ? "uint" : "int", form, fault);
  },
  number: (form, fault) => plain("float", checkFields(form, ["type", "bytesize"], fault), fault),
  boolean: (form, fault) => plain("bool", checkFields(form, ["type", "bytesize"], fault), fault),
  string: (form, fault) => plain("bytes", checkFields(form, ["type", "bytesize"], fault), fault),
  object: readStruct,
};

function plain(kind: PlainKind, form: FormDict, fault: Fault): Dtype {
  const itemsize = form.get("bytesize");
  const sizes = NUMERIC_SIZES[kind];
  const fits = sizes === undefined ? isStringSize(itemsize) : sizes.includes(itemsize as number);
  if (!fits) throw fault("a dtype of impossible size");
  return { kind, itemsize: itemsize as number, littleEndian: true };
}

/** A field may be of no bytes, as NumPy's `S0`; an array of such is refused by its own reader. */
function isStringSize(size: unknown): boolean {
  return Number.isSafeInteger(size) && (size as number) >= 0 && (size as number) <= MAX_ITEMSIZE;
}

function readStruct(form: FormDict, fault: Fault): Dtype {
  checkFields(form, ["type", "properties", "bytesize", "order"], fault);
  const properties: unknown = form.get("properties");
  const order: unknown = form.get("order");
  if (!(properties instanceof Map) || !Array.isArray(order) || order.length === 0)
    throw fault("a struct without fields");
  if (order.length !== properties.size || new Set(order).size !== order.length) {
    throw fault("the order of a struct does not name each of its fields once");
  }
  const members = order.map((name: unknown) => {
    if (typeof name !== "string" || !properties.has(name)) throw fault("the order of a struct names no field of it");
    return { name, dtype: readMember(properties.get(name), fault) };
  });
  const { offsets, itemsize } = cLayout(members.map(({ dtype }) => dtype));
  if (form.get("bytesize") !== itemsize)
    throw fault(`a struct that has ${itemsize} bytes with C alignment says otherwise`);
  if (itemsize > MAX_ITEMSIZE) throw fault("a struct of impossible size");
  return {
    kind: "struct",
    itemsize,
    littleEndian: true,
    fields: members.map((member, i) => ({ ...member, offset: offsets[i]! })),
  };
}

/** A field is of a dtype, or a sub-array of one. */
function readMember(form: unknown, fault: Fault): Dtype {
  if (!(form instanceof Map) || form.get("type") !== "tuple") return readDtype(form, fault);
  checkFields(form, ["type", "items", "identical", "shape"], fault);
  const shape = checkAxes(form.get("shape"), fault);
  if (form.get("identical") !== true || shape.length === 0)
    throw fault("a sub-array without axes, or of several dtypes");
  const base = readMember(form.get("items"), fault);
  const itemsize = byteLengthOf(shape, base.itemsize, fault);
  if (itemsize > MAX_ITEMSIZE) throw fault("a sub-array of impossible size");
  return { kind: "subarray", itemsize, littleEndian: true, base, shape };
}
