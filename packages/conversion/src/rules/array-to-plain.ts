import { NdArray, serialize } from "@seamless/celltypes";
import { orjsonFloat } from "@seamless/celltypes/numbers";
import { SeamlessError } from "@seamless/checksum";
import { checkMade } from "../limit.ts";
import { elementsOf } from "./elements.ts";
import { singleDigits } from "./single-digits.ts";

/** How one number is written. */
type Format = (value: never) => string;

/** NumPy's notation without the byte order → how an element is written. What is missing here, but `U`, has no JSON form. */
const FORMATS: Readonly<Record<string, Format>> = {
  b1: String,
  i1: String,
  i2: String,
  i4: String,
  i8: String,
  u1: String,
  u2: String,
  u4: String,
  u8: String,
  f2: (value: number) => finite(singleDigits(value)),
  f4: (value: number) => finite(singleDigits(value)),
  f8: (value: number) => finite(value),
};

/** In UTF-16 units. */
const CHUNK = 2 ** 15;
const ENCODER = new TextEncoder();

/**
 * Nested lists as `plain`.
 *
 * @param maxBytes - How long the JSON may be: what lists alone take is counted before anything is made.
 * @throws {SeamlessError} `INVALID_VALUE` for NaN, infinity, and elements that JSON has no form for; `TOO_LARGE`.
 */
export function arrayToPlain(array: NdArray, maxBytes: number): Uint8Array {
  const { descr, shape } = array;
  const type = typeof descr === "string" ? descr.slice(1) : "structs";
  const format = Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined;
  if (format === undefined && !/^U\d+$/.test(type)) {
    throw new SeamlessError("INVALID_VALUE", `an array of ${elementsOf(array)} has no JSON form`);
  }
  checkMade(lengthOfLists(shape), maxBytes);
  // Strings need escapes; and lists without elements have a form of their own.
  if (format === undefined || shape.includes(0)) {
    return serialize(array.toArray({ maxBytes: Infinity }), "plain", { maxBytes });
  }
  return writeNumbers(flat(array), shape, format, maxBytes);
}

/** How long the JSON of nested lists is without their elements, each of which takes a byte at least. */
function lengthOfLists(shape: readonly number[]): number {
  let lists = 1;
  let length = 0;
  for (const [depth, items] of shape.entries()) {
    // Brackets; for each item a comma or, once, the last line break; and a line break with its indent.
    length += lists * (2 + (items === 0 ? 0 : items * (2 + 2 * (depth + 1)) + 2 * depth));
    lists *= items;
  }
  return length + lists;
}

function finite(value: number): string {
  if (Number.isFinite(value)) return orjsonFloat(value);
  throw new SeamlessError("INVALID_VALUE", `the float ${value} has no JSON form`);
}

/** The elements in C order. */
function flat(array: NdArray): ArrayLike<unknown> {
  const { descr, size } = array;
  return array.typedArray() ?? (new NdArray(array.bytes(), { descr, shape: [size] }).toArray() as unknown[]);
}

/**
 * JSON with an indent of 2, as `plain` has it. `serialize` would need an object for every whole float, to tell `1.0`
 * from `1`: measured on a million of them, 260 ms instead of 85.
 */
function writeNumbers(
  numbers: ArrayLike<unknown>,
  shape: readonly number[],
  format: Format,
  maxBytes: number,
): Uint8Array {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let text = "";
  let at = 0;
  const level = (axis: number, margin: string): void => {
    if (axis === shape.length) {
      text += format(numbers[at++] as never);
      // A text that grows to the end would be a chain of a million pieces, and could not pass 512 MiB.
      if (text.length > CHUNK) flush();
      return;
    }
    const inner = `${margin}  `;
    for (let i = 0; i < shape[axis]!; i++) {
      text += i === 0 ? `[${inner}` : `,${inner}`;
      level(axis + 1, inner);
    }
    text += `${margin}]`;
  };
  const flush = () => {
    length += text.length;
    checkMade(length, maxBytes);
    chunks.push(ENCODER.encode(text));
    text = "";
  };
  level(0, "\n");
  text += "\n";
  flush();
  return join(chunks);
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const bytes = allocate(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function allocate(length: number): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new SeamlessError("TOO_LARGE", `JSON of ${length} bytes is more than JavaScript holds in one array`, {
      cause,
    });
  }
}
