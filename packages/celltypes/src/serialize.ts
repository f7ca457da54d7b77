import type { Celltype } from "./celltypes.ts";
import { serializeBinary } from "./codecs/binary.ts";
import { serializeBool } from "./codecs/bool.ts";
import { serializeBytes } from "./codecs/bytes.ts";
import { serializeChecksum } from "./codecs/checksum.ts";
import type { Serializer } from "./codecs/codec.ts";
import { serializeFloat } from "./codecs/float.ts";
import { serializeInt } from "./codecs/int.ts";
import { serializeIpython } from "./codecs/ipython.ts";
import { serializeMixed } from "./codecs/mixed.ts";
import { serializePlain } from "./codecs/plain.ts";
import { serializePython } from "./codecs/python.ts";
import { serializeStr } from "./codecs/str.ts";
import { serializeText } from "./codecs/text.ts";
import { serializeYaml } from "./codecs/yaml.ts";
import { lookUp, within } from "./dispatch.ts";
import { checkMaxBytes, checkSize } from "./proportion.ts";

const serializers: Readonly<Record<Celltype, Serializer>> = {
  binary: serializeBinary,
  mixed: serializeMixed,
  text: serializeText,
  python: serializePython,
  ipython: serializeIpython,
  plain: serializePlain,
  yaml: serializeYaml,
  str: serializeStr,
  bytes: serializeBytes,
  int: serializeInt,
  float: serializeFloat,
  bool: serializeBool,
  checksum: serializeChecksum,
};

export interface SerializeOptions {
  /**
   * How long the buffer may be, in bytes; over it is `TOO_LARGE`. A value whose parts are in it many times, or a long string
   * among many short ones that become an array, makes a buffer out of all proportion to what they take.
   *
   * @default none, but for arrays that are made of strings: see `NdArray.from`
   */
  readonly maxBytes?: number | undefined;
}

/**
 * The buffer of a value: the same bytes, and so the same checksum, as in Python.
 *
 * @param value - Any value that the celltype has a form for.
 * @param options - `maxBytes`: how long the buffer may be.
 * @returns bytes that the caller owns; for `bytes` and `binary` they may be those that were given.
 * @throws {SeamlessError} `INVALID_VALUE` with the `path` to what has no form; `TOO_LARGE` over the limit, or that of the
 * platform; `INVALID_ARGUMENT` for an unknown celltype.
 *
 * @example
 * import { serialize } from "@seamless/celltypes";
 * console.log(new TextDecoder().decode(serialize({ b: 1, a: [2.5, null] }, "plain")));
 * // → {
 * // →   "a": [
 * // →     2.5,
 * // →     null
 * // →   ],
 * // →   "b": 1
 * // → }
 */
export function serialize(value: unknown, celltype: Celltype, options: SerializeOptions = {}): Uint8Array {
  const write = lookUp(serializers, celltype);
  const maxBytes = checkMaxBytes(options.maxBytes);
  return within(celltype, "write", () => {
    const bytes = write(value, { maxBytes });
    if (maxBytes !== undefined) checkSize(bytes.byteLength, maxBytes, "a buffer");
    return bytes;
  });
}
