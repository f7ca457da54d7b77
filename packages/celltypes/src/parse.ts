import { type Celltype, type LosslessValueOf, lookUp, type Parser, readAs, type ValueOf } from "./celltypes.ts";

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

const parsers: Readonly<Record<Celltype, Parser>> = {
  binary: binary.parse,
  mixed: mixed.parse,
  text: text.parse,
  python: python.parse,
  ipython: ipython.parse,
  plain: plain.parse,
  yaml: yaml.parse,
  str: str.parse,
  bytes: bytes.parse,
  int: int.parse,
  float: float.parse,
  bool: bool.parse,
  checksum: checksum.parse,
};

/** Celltypes whose value is all bytes of the buffer, which `parseShared` copies at once. */
export const givesAllBytes: ReadonlySet<Celltype> = new Set(["bytes"]);

export interface ParseOptions {
  /**
   * Whole floats as `Float`, and dicts as `Map` in the order of the source, so that read-then-write gives the same buffer.
   * @default false
   */
  readonly lossless?: boolean | undefined;
}

/**
 * The value of a buffer.
 *
 * @param bytes - The whole buffer. Arrays, and `bytes`, lie on its memory: the caller owns both.
 * @throws {SeamlessError} `INVALID_BUFFER` with the `offset` of what is wrong; `TOO_LARGE`; `NO_CODE_SUPPORT` for code
 * cells before `loadCodeSupport()`; `INVALID_ARGUMENT` for an unknown celltype.
 *
 * @example
 * import { parse } from "@seamless/celltypes";
 * const bytes = new TextEncoder().encode('{"id": 9007199254740993}\n');
 * console.log(parse(bytes, "plain")); // → { id: 9007199254740993n }
 */
export function parse<C extends Celltype>(
  bytes: Uint8Array,
  celltype: C,
  options: ParseOptions & { readonly lossless: true },
): LosslessValueOf<C>;
export function parse<C extends Celltype>(bytes: Uint8Array, celltype: C, options?: ParseOptions): ValueOf<C>;
export function parse(bytes: Uint8Array, celltype: Celltype, options: ParseOptions = {}): unknown {
  return readAs(celltype, lookUp(parsers, celltype), bytes, { lossless: options.lossless });
}

/**
 * As `parse`, for bytes that belong to others too: nothing that is given out lets anyone change them.
 *
 * @param onExposed - Called when somebody asks for them all the same, by `unsafeShared`.
 */
export function parseShared(
  bytes: Uint8Array,
  celltype: Celltype,
  options: ParseOptions = {},
  onExposed: () => void = () => {},
): unknown {
  return readAs(celltype, lookUp(parsers, celltype), bytes, { lossless: options.lossless, shared: onExposed });
}
