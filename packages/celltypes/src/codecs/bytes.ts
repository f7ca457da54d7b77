import type { BytesLike, Checksum } from "@seamless/checksum";
import { copyBytes } from "@seamless/internal/bytes";
import { NdArray } from "../array/ndarray.ts";
import type { Parser, Serializer } from "../celltypes.ts";
import { asBytes } from "../errors.ts";
import { pythonStr } from "../numbers/notation.ts";
import { encodeUtf8, stripNewlines } from "../text.ts";
import { type Float, type Kind, kindOf } from "../values.ts";
import { noFormError } from "./scalar.ts";

/** Kind → bytes; kinds that are missing have no form. */
const FORMS: Readonly<Partial<Record<Kind, (value: never) => Uint8Array>>> = {
  bytes: (value: BytesLike) => asBytes(value),
  array: (value: NdArray) => NdArray.from(value).bytes(),
  string: (value: string) => encodeUtf8(stripNewlines(value)),
  integer: (value: number | bigint) => encodeUtf8(pythonStr(value)),
  float: (value: number | Float) => encodeUtf8(pythonStr(value)),
  checksum: (value: Checksum) => encodeUtf8(value.hex()),
};

/** `bytes`: the bytes themselves; of an array, its elements in C order; of a string, UTF-8 without final newlines. */
export const serialize: Serializer = (value) => {
  const kind = kindOf(value);
  const write = kind && FORMS[kind];
  if (write === undefined) throw noFormError(value);
  return write(value as never);
};

/** Anything is bytes. */
export const parse: Parser<Uint8Array> = (bytes, { shared }) => (shared ? copyBytes(bytes) : bytes);
