import { SeamlessError } from "@seamless/checksum";
import type { Shared } from "../array/memory.ts";
import { allocate } from "../array/shape.ts";
import type { Parser, Serializer } from "../celltypes.ts";
import { invalidBufferError, tooLargeError } from "../errors.ts";
import { MAX_READ_DEPTH, parseJson } from "../json/parse.ts";
import { COMPACT, PRETTY, writePythonJson } from "../json/python-writer.ts";
import { writeForm } from "../mixed/form.ts";
import { aloneArray, type Gathered, gather, holdsBinary, isBinary } from "../mixed/gather.ts";
import { Assembler, readForm } from "../mixed/read.ts";
import { isNpy } from "../npy/format.ts";
import { kindOf } from "../values.ts";
import { readNpy, writeNpy } from "./binary.ts";

/** `mixed`: JSON as Python writes it, `.npy`, or both in one. */
export const serialize: Serializer = (value, { maxBytes }) => writeMixed(value, maxBytes);

/** Arrays lie on the memory of the buffer. */
export const parse: Parser = (bytes, options) => readMixed(bytes, options);

/**
 * The frame of the mixed format, as seamless-core's `silk/mixed/io` writes it:
 *
 *     \x94SEAMLESS-MIXED  u8 length, storage name  u32 LE length, form
 *     \x93SEAMLESS  u64 LE length of the json part  u64 LE length of the binary part  json part  binary part
 */
const MIXED_MAGIC = latin1("\x94SEAMLESS-MIXED");
const DATA_MAGIC = latin1("\x93SEAMLESS");
/** The storage of a container that holds something binary: the only one that needs this format. */
const TOP_STORAGE = "mixed-plain";
const STORAGE_NAME = latin1(TOP_STORAGE);

/** Is this text at this place? */
function hasBytes(bytes: Uint8Array, expected: Uint8Array, offset = 0): boolean {
  return offset + expected.byteLength <= bytes.byteLength && expected.every((byte, i) => bytes[offset + i] === byte);
}

function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export interface ReadMixedOptions {
  /** Whole floats as `Float`, dicts as `Map`. */
  readonly lossless: boolean;
  /**
   * Are the bytes those of a `Buffer` or a cache, so that no array may give them out for writing?
   *
   * @default false
   */
  readonly shared?: Shared;
}

/**
 * The value of a buffer of celltype `mixed`; its first bytes say what it is: `.npy`, the mixed format, or else JSON.
 * Arrays are views of the buffer.
 *
 * @throws {SeamlessError} `INVALID_BUFFER` with the offset of what breaks the format.
 */
export function readMixed(bytes: Uint8Array, { lossless, shared = false }: ReadMixedOptions): unknown {
  if (isNpy(bytes)) return readNpy(bytes, { shared });
  if (hasBytes(bytes, MIXED_MAGIC)) return readContainer(bytes, lossless, shared);
  return parseJson(bytes, { lossless, dialect: "mixed", maxDepth: MAX_READ_DEPTH });
}

function readContainer(bytes: Uint8Array, lossless: boolean, shared: Shared): unknown {
  const { form, json, binary } = readFrame(bytes);
  const offsetOf = (part: Uint8Array) => part.byteOffset - bytes.byteOffset;
  // Always lossless: the form tells 1 from 1.0.
  const parseLosslessly = (part: Uint8Array) =>
    parseJson(part, { lossless: true, dialect: "mixed", maxDepth: MAX_READ_DEPTH, base: offsetOf(part) });
  const structure = readForm(parseLosslessly(form), (message) => invalidBufferError(message, offsetOf(form)));
  const parts = { json: parseLosslessly(json), jsonStart: offsetOf(json), binary, binaryStart: offsetOf(binary) };
  return new Assembler({ ...parts, lossless, shared }).assemble(structure);
}

/** Cut the buffer into its parts; each length is checked against the bytes that are there. */
function readFrame(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = MIXED_MAGIC.byteLength;
  const take = (length: number | bigint, what: string): number => {
    if (length > bytes.byteLength - at) {
      throw invalidBufferError(`${what} needs ${length} bytes, but ${bytes.byteLength - at} are left`, at);
    }
    const start = at;
    at += Number(length);
    return start;
  };
  const part = (length: number | bigint, what: string) => {
    const start = take(length, what);
    return bytes.subarray(start, at);
  };
  const nameLength = view.getUint8(take(1, "the length of the storage name"));
  const nameStart = take(nameLength, "the storage name");
  if (nameLength !== STORAGE_NAME.length || !hasBytes(bytes, STORAGE_NAME, nameStart)) {
    throw invalidBufferError(`the storage of a mixed buffer must be ${TOP_STORAGE}`, nameStart);
  }
  const form = part(view.getUint32(take(4, "the length of the form"), true), "the form");
  const magicStart = take(DATA_MAGIC.byteLength, "the second magic");
  if (!hasBytes(bytes, DATA_MAGIC, magicStart)) throw invalidBufferError("the second magic is not there", magicStart);
  const jsonLength = view.getBigUint64(take(8, "the length of the json part"), true);
  const binaryLength = view.getBigUint64(take(8, "the length of the binary part"), true);
  const json = part(jsonLength, "the json part");
  const binary = part(binaryLength, "the binary part");
  if (at !== bytes.byteLength) throw invalidBufferError(`there are ${bytes.byteLength - at} bytes too many`, at);
  return { form, json, binary };
}

/** The format counts the bytes of the form in 32 bits. */
const MAX_FORM_LENGTH = 2 ** 32 - 1;

/**
 * A buffer of celltype `mixed`: JSON as Python writes it for a value without a binary part, `.npy` for an array, bytes or
 * NaN alone, the mixed format for both together.
 *
 * @param maxBytes - How long its JSON may be; nothing much beyond it is written.
 * @throws {SeamlessError} `INVALID_VALUE` with the path to what has no form; `TOO_LARGE`.
 */
export function writeMixed(value: unknown, maxBytes = Infinity): Uint8Array<ArrayBuffer> {
  const kind = kindOf(value);
  if (isBinary(kind, value)) return writeNpy(aloneArray(kind, value));
  if (holdsBinary(value)) return writeContainer(value, maxBytes);
  const json = writePythonJson(value, PRETTY, { maxBytes });
  json.byte(0x0a);
  return json.finish();
}

/** Measure all parts first, then fill one allocation. */
function writeContainer(value: unknown, maxBytes: number): Uint8Array<ArrayBuffer> {
  const gathered = gather(value);
  const form = writeForm(gathered.form).finish();
  if (form.byteLength > MAX_FORM_LENGTH)
    throw tooLargeError("the form of this value is too large", `${MAX_FORM_LENGTH} bytes`);
  const json = jsonPart(value, gathered, maxBytes);
  const binaryLength = gathered.leaves.reduce((sum, leaf) => sum + leaf.byteLength, 0);
  const headLength = MIXED_MAGIC.byteLength + 1 + STORAGE_NAME.length + 4;
  const dataStart = headLength + form.byteLength + DATA_MAGIC.byteLength + 16;
  const out = allocate(dataStart + json.byteLength + binaryLength);
  const view = new DataView(out.buffer);
  let at = 0;
  const append = (bytes: Uint8Array) => {
    out.set(bytes, at);
    at += bytes.byteLength;
  };
  append(MIXED_MAGIC);
  out[at++] = STORAGE_NAME.length;
  append(STORAGE_NAME);
  view.setUint32(at, form.byteLength, true);
  at += 4;
  append(form);
  append(DATA_MAGIC);
  view.setBigUint64(at, BigInt(json.byteLength), true);
  view.setBigUint64(at + 8, BigInt(binaryLength), true);
  at += 16;
  append(json);
  gathered.leaves.forEach(append);
  return out;
}

/** `[offsets, skeleton]`, the skeleton being the value with every binary leaf replaced by 0. */
function jsonPart(value: unknown, { leaves }: Gathered, maxBytes: number): Uint8Array {
  const offsets = [0];
  for (const leaf of leaves) offsets.push(offsets.at(-1)! + leaf.byteLength);
  let found = 0;
  const json = writePythonJson([offsets, value], COMPACT, { onBinary: () => found++, maxBytes });
  if (found !== leaves.length) {
    throw new SeamlessError("INVALID_VALUE", "this value changes while it is written: it has a getter or is a proxy");
  }
  return json.finish();
}
