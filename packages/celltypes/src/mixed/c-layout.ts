import type { Dtype, StructDtype } from "../array/dtype.ts";

/** Where C puts the members of a struct, and how large it makes the whole: what NumPy does with `align=True`. */
export interface CLayout {
  readonly offsets: readonly number[];
  readonly itemsize: number;
}

/** Each member at a multiple of its alignment; the whole a multiple of the largest. */
export function cLayout(members: readonly Dtype[]): CLayout {
  let end = 0;
  const offsets = members.map((dtype) => {
    const offset = roundUp(end, alignmentOf(dtype));
    end = offset + dtype.itemsize;
    return offset;
  });
  return { offsets, itemsize: roundUp(end, largestAlignment(members)) };
}

/** Of structs that have been asked for: each level of nesting asks for all below it. */
const known = new WeakMap<StructDtype, number>();

function alignmentOfStruct(dtype: StructDtype): number {
  const alignment = known.get(dtype) ?? largestAlignment(dtype.fields.map((field) => field.dtype));
  known.set(dtype, alignment);
  return alignment;
}

/** Numbers are aligned to their size, strings to nothing. */
function alignmentOf(dtype: Dtype): number {
  switch (dtype.kind) {
    case "struct":
      return alignmentOfStruct(dtype);
    case "subarray":
      return alignmentOf(dtype.base);
    case "bytes":
    case "void":
      return 1;
    case "string":
      return 4;
    case "complex":
      return dtype.itemsize / 2;
    default:
      return dtype.itemsize;
  }
}

function largestAlignment(members: readonly Dtype[]): number {
  return members.reduce((largest, dtype) => Math.max(largest, alignmentOf(dtype)), 1);
}

function roundUp(size: number, multiple: number): number {
  return Math.ceil(size / multiple) * multiple;
}
