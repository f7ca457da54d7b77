import { asBytes } from "@seamless/checksum";
import type { Celltype, LosslessValueOf, ValueOf } from "./celltypes.ts";
import { parseBinary } from "./codecs/binary.ts";
import { parseBool } from "./codecs/bool.ts";
import { parseBytes } from "./codecs/bytes.ts";
import { parseChecksum } from "./codecs/checksum.ts";
import type { Parser, ReadOptions } from "./codecs/codec.ts";
import { parseFloatBuffer } from "./codecs/float.ts";
import { parseIntBuffer } from "./codecs/int.ts";
import { parseIpython } from "./codecs/ipython.ts";
import { parseMixed } from "./codecs/mixed.ts";
import { parsePlain } from "./codecs/plain.ts";
import { parsePython } from "./codecs/python.ts";
import { parseStr } from "./codecs/str.ts";
import { parseText } from "./codecs/text.ts";
import { parseYamlText } from "./codecs/yaml.ts";
import { lookUp, within } from "./dispatch.ts";

const parsers: Readonly<Record<Celltype, Parser>> = {
  binary: parseBinary,
  mixed: parseMixed,
  text: parseText,
  python: parsePython,
  ipython: parseIpython,
  plain: parsePlain,
  yaml: parseYamlText,
  str: parseStr,
  bytes: parseBytes,
  int: parseIntBuffer,
  float: parseFloatBuffer,
  bool: parseBool,
  checksum: parseChecksum,
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
  return read(bytes, celltype, { lossless: options.lossless ?? false, shared: false });
}

/** As `parse`, for bytes that belong to others too: nothing that is given out lets anyone change them. */
export function parseShared(bytes: Uint8Array, celltype: Celltype, options: ParseOptions = {}): unknown {
  return read(bytes, celltype, { lossless: options.lossless ?? false, shared: true });
}

function read(bytes: Uint8Array, celltype: Celltype, options: ReadOptions): unknown {
  const parser = lookUp(parsers, celltype);
  return within(celltype, "read", () => parser(asBytes(bytes), options));
}
