import { type Celltype, loadCodeSupport, NdArray, parse, serialize } from "@seamless/celltypes";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { amount, formatBytes } from "../program/format.ts";

/**
 * The value of a buffer as text, without a final line break.
 *
 * @param full - All of an array, in place of its type, shape and some elements.
 * @throws {SeamlessError} as `parse`.
 */
export async function renderText(bytes: Uint8Array, celltype: Celltype, full: boolean): Promise<string> {
  await loadFor(celltype);
  return TEXTS[celltype](bytes, full);
}

/**
 * The members of a JSON object that hold the value of a buffer, in one line: `"value":…`, and of an array `"dtype":…` too.
 * `NaN` and the infinities are strings.
 *
 * @throws {SeamlessError} as `parse`.
 */
export async function renderMembers(bytes: Uint8Array, celltype: Celltype): Promise<string> {
  await loadFor(celltype);
  return MEMBERS[celltype](bytes);
}

/**
 * Reading code needs a package that most do without.
 *
 * @throws {SeamlessError} `NO_CODE_SUPPORT` with the line that installs it.
 */
export async function loadFor(celltype: Celltype): Promise<void> {
  if (celltype !== "python" && celltype !== "ipython") return;
  await namingPackage(loadCodeSupport);
}

/** Runs work that may need that package. */
export async function namingPackage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSeamlessError(error, "NO_CODE_SUPPORT")) throw error;
    const fix = "npm install --global @seamless/python";
    const message = `reading code cells needs @seamless/python beside the commands: ${fix}`;
    throw new SeamlessError("NO_CODE_SUPPORT", message, { cause: error });
  }
}

/** Is it JSON that says itself that it is: an object or a list? A bare number or word may be any text. */
export function isJsonContainer(bytes: Uint8Array): boolean {
  if (!/^[ \t\r\n]*[{[]/.test(Buffer.from(bytes.subarray(0, HEAD)).toString("latin1"))) return false;
  try {
    parse(bytes, "plain");
    return true;
  } catch (error) {
    if (isSeamlessError(error)) return false;
    throw error;
  }
}

/** In bytes: no more white space is expected before a value. */
const HEAD = 4096;

type Row<T> = Readonly<Record<Celltype, T>>;

/** Celltypes whose value is text: it is shown as it is. */
const asText = (celltype: Celltype) => (bytes: Uint8Array) => {
  const value = parse(bytes, celltype);
  return typeof value === "string" ? value.replace(/\n$/, "") : String(value);
};

/** Celltypes whose buffer is JSON: it is shown as Seamless writes it, digit for digit. */
const asWritten = (celltype: Celltype) => (bytes: Uint8Array) =>
  write(parse(bytes, celltype, { lossless: true }), celltype);

const TEXTS: Row<(bytes: Uint8Array, full: boolean) => string> = {
  text: asText("text"),
  python: asText("python"),
  ipython: asText("ipython"),
  yaml: asText("yaml"),
  str: asText("str"),
  plain: asWritten("plain"),
  int: asWritten("int"),
  float: asWritten("float"),
  bool: asWritten("bool"),
  checksum: asWritten("checksum"),
  bytes: describeBytes,
  binary(bytes, full) {
    const value = parse(bytes, "binary");
    if (value === null) return "null";
    return full ? joinNumbers(write(listsOf(value), "plain")) : describeArray(value).join("\n");
  },
  mixed(bytes, full) {
    const value = parse(bytes, "mixed", { lossless: true });
    if (!full && NdArray.isNdArray(value)) return describeArray(value).join("\n");
    return joinNumbers(write(mapArrays(value, full ? listsOf : showArray), "plain"));
  },
};

const textMember = (celltype: Celltype) => (bytes: Uint8Array) => `"value":${JSON.stringify(parse(bytes, celltype))}`;
const writtenMember = (celltype: Celltype) => (bytes: Uint8Array) =>
  `"value":${inOneLine(TEXTS[celltype](bytes, true))}`;

const MEMBERS: Row<(bytes: Uint8Array) => string> = {
  text: textMember("text"),
  python: textMember("python"),
  ipython: textMember("ipython"),
  yaml: textMember("yaml"),
  str: textMember("str"),
  plain: writtenMember("plain"),
  int: writtenMember("int"),
  float: writtenMember("float"),
  bool: writtenMember("bool"),
  checksum: (bytes) => `"value":${inOneLine(write(parse(bytes, "checksum", { lossless: true }), "plain"))}`,
  mixed: writtenMember("mixed"),
  bytes: (bytes) => `"base64":${JSON.stringify(Buffer.from(bytes).toString("base64"))}`,
  binary(bytes) {
    const value = parse(bytes, "binary");
    if (value === null) return '"value":null';
    const lists = inOneLine(write(listsOf(value), "plain"));
    return `"dtype":${JSON.stringify(value.descr)},"shape":${JSON.stringify(value.shape)},"value":${lists}`;
  },
};

/** The text of a value as a celltype writes it, without the final line break. */
function write(value: unknown, celltype: Celltype): string {
  return Buffer.from(serialize(value, celltype)).toString().replace(/\n$/, "");
}

/** JSON without its line breaks, which are never within strings. */
function inOneLine(json: string): string {
  return json.replace(/\n */g, "");
}

/** Puts lists of nothing but numbers, `NaN` and infinities on one line each: rows of an array. */
function joinNumbers(json: string): string {
  return json.replace(/\[\n[\s\d.eE+\-,"NaInfity]+\]/g, (list) =>
    list.replace(/\n */g, " ").replace("[ ", "[").replace(" ]", "]"),
  );
}

/** Puts something else in the place of each array of a value. */
function mapArrays(value: unknown, map: (array: NdArray) => unknown): unknown {
  if (NdArray.isNdArray(value)) return map(value);
  if (Array.isArray(value)) return value.map((item) => mapArrays(item, map));
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, mapArrays(item, map)]));
  return value;
}

/** All elements of an array, as nested lists that JSON can hold. */
function listsOf(array: NdArray): unknown {
  return jsonable(array.toArray());
}

function jsonable(value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  if (Array.isArray(value)) return value.map(jsonable);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, jsonable(item)]));
}

function showArray(array: NdArray): string {
  return (array as unknown as Record<symbol, () => string>)[Symbol.for("nodejs.util.inspect.custom")]!();
}

/** Type, shape, first elements, and of numbers their range, a line each. */
export function describeArray(array: NdArray): readonly string[] {
  const bytes = array.size * array.itemsize;
  return [showArray(array), amount(array.size, "element", bytes), ...describeRange(array)];
}

/** Above this size, in elements, looking at all of them would be felt. */
const MAX_RANGE = 2 ** 24;

function describeRange(array: NdArray): readonly string[] {
  const numbers = array.size > MAX_RANGE ? undefined : array.typedArray();
  if (numbers === undefined || numbers.length === 0) return [];
  let [min, max, sum, nans] = [numbers[0]!, numbers[0]!, 0, 0];
  for (const number of numbers as Iterable<number | bigint>) {
    if (Number.isNaN(number)) nans++;
    else {
      if (number < min || Number.isNaN(min)) min = number;
      if (number > max || Number.isNaN(max)) max = number;
      sum += Number(number);
    }
  }
  const mean = sum / (numbers.length - nans);
  return [`min ${min}, max ${max}, mean ${mean}${nans > 0 ? `, ${nans} NaN` : ""}`];
}

/** Bytes that are no text: how many, and which come first. */
function describeBytes(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, 16))
    .toString("hex")
    .replace(/..(?!$)/g, "$& ");
  const length = bytes.byteLength;
  return `bytes, ${formatBytes(length)}${length === 0 ? "" : `: ${shown}${length > 16 ? " …" : ""}`}`;
}
