import { invalidBuffer } from "../errors.ts";
import { MAX_READ_DEPTH, parseJson } from "../json/parse.ts";
import { readNpy } from "../npy/read.ts";
import { Assembler } from "./assemble.ts";
import { DATA_MAGIC, hasBytes, MIXED_MAGIC, TOP_STORAGE } from "./layout.ts";
import { readForm } from "./read-form.ts";

const NPY_MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);

export interface ReadMixedOptions {
  /** Whole floats as `Float`, dicts as `Map`. */
  readonly lossless: boolean;
  /**
   * Are the bytes those of a `Buffer` or a cache, so that no array may give them out for writing?
   *
   * @default false
   */
  readonly shared?: boolean;
}

/**
 * The value of a buffer of celltype `mixed`; its first bytes say what it is: `.npy`, the mixed format, or else JSON.
 * Arrays are views of the buffer.
 *
 * @throws {SeamlessError} `INVALID_BUFFER` with the offset of what breaks the format.
 */
export function readMixed(bytes: Uint8Array, { lossless, shared = false }: ReadMixedOptions): unknown {
  if (hasBytes(bytes, NPY_MAGIC)) return readNpy(bytes, { shared });
  if (hasBytes(bytes, MIXED_MAGIC)) return readContainer(bytes, lossless, shared);
  return parseJson(bytes, { lossless, dialect: "mixed", maxDepth: MAX_READ_DEPTH });
}

function readContainer(bytes: Uint8Array, lossless: boolean, shared: boolean): unknown {
  const { form, json, binary } = readFrame(bytes);
  const offsetOf = (part: Uint8Array) => part.byteOffset - bytes.byteOffset;
  // Always lossless: the form tells 1 from 1.0.
  const parse = (part: Uint8Array) =>
    parseJson(part, { lossless: true, dialect: "mixed", maxDepth: MAX_READ_DEPTH, base: offsetOf(part) });
  const structure = readForm(parse(form), (message) => invalidBuffer(message, offsetOf(form)));
  const parts = { json: parse(json), jsonStart: offsetOf(json), binary, binaryStart: offsetOf(binary) };
  return new Assembler({ ...parts, lossless, shared }).assemble(structure);
}

/** Cut the buffer into its parts; each length is checked against the bytes that are there. */
function readFrame(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = MIXED_MAGIC.byteLength;
  const take = (length: number | bigint, what: string): number => {
    if (length > bytes.byteLength - at) {
      throw invalidBuffer(`${what} needs ${length} bytes, but ${bytes.byteLength - at} are left`, at);
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
  if (nameLength !== TOP_STORAGE.length || !hasBytes(bytes, ascii(TOP_STORAGE), nameStart)) {
    throw invalidBuffer(`the storage of a mixed buffer must be ${TOP_STORAGE}`, nameStart);
  }
  const form = part(view.getUint32(take(4, "the length of the form"), true), "the form");
  const magicStart = take(DATA_MAGIC.byteLength, "the second magic");
  if (!hasBytes(bytes, DATA_MAGIC, magicStart)) throw invalidBuffer("the second magic is not there", magicStart);
  const jsonLength = view.getBigUint64(take(8, "the length of the json part"), true);
  const binaryLength = view.getBigUint64(take(8, "the length of the binary part"), true);
  const json = part(jsonLength, "the json part");
  const binary = part(binaryLength, "the binary part");
  if (at !== bytes.byteLength) throw invalidBuffer(`there are ${bytes.byteLength - at} bytes too many`, at);
  return { form, json, binary };
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
