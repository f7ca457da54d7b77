import { SeamlessError } from "@seamless/checksum";
import { allocate } from "../array/shape.ts";
import { tooLarge } from "../errors.ts";
import { COMPACT, PRETTY, writePythonJson } from "../json/python-writer.ts";
import { writeNpy } from "../npy/write.ts";
import { kindOf } from "../values/kinds.ts";
import { type Gathered, gather, holdsBinary } from "./gather.ts";
import { DATA_MAGIC, MIXED_MAGIC, TOP_STORAGE } from "./layout.ts";
import { aloneArray, isBinary } from "./leaf.ts";
import { writeForm } from "./write-form.ts";

const STORAGE_NAME = new TextEncoder().encode(TOP_STORAGE);
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
    throw tooLarge("the form of this value is too large", `${MAX_FORM_LENGTH} bytes`);
  const json = jsonPart(value, gathered, maxBytes);
  const binaryLength = gathered.leaves.reduce((sum, leaf) => sum + leaf.byteLength, 0);
  const headLength = MIXED_MAGIC.byteLength + 1 + TOP_STORAGE.length + 4;
  const dataStart = headLength + form.byteLength + DATA_MAGIC.byteLength + 16;
  const out = allocate(dataStart + json.byteLength + binaryLength);
  const view = new DataView(out.buffer);
  let at = 0;
  const append = (bytes: Uint8Array) => {
    out.set(bytes, at);
    at += bytes.byteLength;
  };
  append(MIXED_MAGIC);
  out[at++] = TOP_STORAGE.length;
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
