import { asBytes, type BytesLike, type Checksum } from "@seamless/checksum";
import { NdArray } from "../array/ndarray.ts";
import { pythonStr } from "../numbers/python.ts";
import { copyOf } from "../values/copy.ts";
import type { Float } from "../values/float.ts";
import { type Kind, kindOf } from "../values/kinds.ts";
import type { Parser, Serializer } from "./codec.ts";
import { refuse } from "./scalar.ts";
import { encodeText, stripNewlines } from "./text-buffer.ts";

/** Kind → bytes; kinds that are missing have no form. */
const FORMS: Readonly<Partial<Record<Kind, (value: never) => Uint8Array>>> = {
  bytes: (value: BytesLike) => asBytes(value),
  array: (value: NdArray) => NdArray.from(value).bytes(),
  string: (value: string) => encodeText(stripNewlines(value)),
  integer: (value: number | bigint) => encodeText(pythonStr(value)),
  float: (value: number | Float) => encodeText(pythonStr(value)),
  checksum: (value: Checksum) => encodeText(value.hex()),
};

/** `bytes`: the bytes themselves; of an array, its elements in C order; of a string, UTF-8 without final newlines. */
export const serializeBytes: Serializer = (value) => {
  const kind = kindOf(value);
  const write = kind && FORMS[kind];
  if (write === undefined) throw refuse(value);
  return write(value as never);
};

/** Anything is bytes. */
export const parseBytes: Parser<Uint8Array> = (bytes, { shared }) => (shared ? copyOf(bytes) : bytes);
