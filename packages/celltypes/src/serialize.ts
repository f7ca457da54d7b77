import { type Celltype, lookUp, type Serializer, writeAs } from "./celltypes.ts";
import * as binary from "./codecs/binary.ts";
import * as bool from "./codecs/bool.ts";
import * as bytes from "./codecs/bytes.ts";
import * as checksum from "./codecs/checksum.ts";
import * as float from "./codecs/float.ts";
import * as int from "./codecs/int.ts";
import * as ipython from "./codecs/ipython.ts";
import * as mixed from "./codecs/mixed.ts";
import * as plain from "./codecs/plain.ts";
import * as python from "./codecs/python.ts";
import * as str from "./codecs/str.ts";
import * as text from "./codecs/text.ts";
import * as yaml from "./codecs/yaml.ts";

const serializers: Readonly<Record<Celltype, Serializer>> = {
  binary: binary.serialize,
  mixed: mixed.serialize,
  text: text.serialize,
  python: python.serialize,
  ipython: ipython.serialize,
  plain: plain.serialize,
  yaml: yaml.serialize,
  str: str.serialize,
  bytes: bytes.serialize,
  int: int.serialize,
  float: float.serialize,
  bool: bool.serialize,
  checksum: checksum.serialize,
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
  return writeAs(celltype, lookUp(serializers, celltype), value, options);
}
