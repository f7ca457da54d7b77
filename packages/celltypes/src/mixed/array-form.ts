import type { SeamlessError } from "@seamless/checksum";
import type { Dtype, StructDtype, SubarrayDtype } from "../array/dtype.ts";
import { dtypeOf, type NdArray } from "../array/ndarray.ts";
import { strides } from "../array/shape.ts";
import { quotePython } from "../json/python-string.ts";
import { cLayout } from "./c-layout.ts";
import type { Form, FormTable } from "./form.ts";

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
 * @param fault - Makes the error for a dtype without a form.
 */
export function arrayForm(table: FormTable, array: NdArray, fault: (message: string) => SeamlessError): Form {
  const { descr, shape, itemsize, fortranOrder } = array;
  const key = `${typeof descr === "string" ? descr : table.notation(descr)}${fortranOrder ? "F" : "C"}${shape.join()}`;
  return table.leaf(key, () => {
    const text = dtypeText(dtypeOf(array), fault);
    if (itemsize === 0) throw fault("an array with elements of no bytes has no form in mixed");
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

function dtypeText(dtype: Dtype, fault: (message: string) => SeamlessError): DtypeText {
  if (!dtype.littleEndian) throw fault("a big-endian array has no form in mixed, unless it is alone");
  switch (dtype.kind) {
    case "struct":
      return structText(dtype, fault);
    case "subarray":
      return subarrayText(dtype, fault);
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
      throw fault(`an array of ${dtype.kind} has no form in mixed, unless it is alone`);
  }
}

function structText({ fields, itemsize }: StructDtype, fault: (message: string) => SeamlessError): DtypeText {
  const layout = cLayout(fields.map((field) => field.dtype));
  if (fields.length === 0) throw fault("a struct without fields has no form in mixed");
  if (layout.itemsize !== itemsize || fields.some((field, i) => field.offset !== layout.offsets[i])) {
    throw fault("a struct has a form in mixed only with C alignment (NumPy's align=True)");
  }
  let properties = "";
  let depth = 0;
  for (const { name, dtype } of fields) {
    const field = dtypeText(dtype, fault);
    properties += `${properties === "" ? "" : ", "}${quotePython(name)}: ${field.text}`;
    depth = Math.max(depth, field.depth);
  }
  const order = fields.map(({ name }) => quotePython(name)).join(", ");
  return {
    text: `{"type": "object", "properties": {${properties}}, "bytesize": ${itemsize}, "order": [${order}]}`,
    depth: depth + 2,
  };
}

function subarrayText({ base, shape }: SubarrayDtype, fault: (message: string) => SeamlessError): DtypeText {
  const { text, depth } = dtypeText(base, fault);
  return { text: `{"type": "tuple", "items": ${text}, "identical": true, "shape": ${list(shape)}}`, depth: depth + 1 };
}

function scalarText(type: string, itemsize: number): string {
  return `{"type": "${type}", "bytesize": ${itemsize}}`;
}

function list(numbers: readonly number[]): string {
  return `[${numbers.join(", ")}]`;
}
