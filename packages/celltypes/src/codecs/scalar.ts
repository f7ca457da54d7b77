import type { BytesLike, Checksum } from "@seamless/checksum";
import { asBytes, invalidBufferError, invalidValueError } from "../errors.ts";
import { parseJson } from "../json/parse.ts";
import { decodeUtf8 } from "../text.ts";
import { type Float, KIND_NAMES, type Kind, kindOf, whyNoKind } from "../values.ts";

/** What text and scalar celltypes are written from. */
export type Scalar = null | boolean | number | bigint | string | Float;

type ScalarReader = (value: never) => Scalar;
const AS_IT_IS: ScalarReader = (value) => value;

/** Kind → scalar; other kinds have no scalar. */
const SCALARS: Readonly<Partial<Record<Kind, ScalarReader>>> = {
  null: AS_IT_IS,
  boolean: AS_IT_IS,
  integer: AS_IT_IS,
  float: AS_IT_IS,
  string: AS_IT_IS,
  bytes: (value: BytesLike) => decodeValue(asBytes(value)),
  checksum: (value: Checksum) => value.hex(),
};

/**
 * The scalar that a value is: bytes are decoded, and a checksum is its hex string.
 *
 * @throws {SeamlessError} `INVALID_VALUE` for lists, dicts, arrays, and bytes that are not UTF-8.
 */
export function toScalar(value: unknown): Scalar {
  const kind = kindOf(value);
  const read = kind && SCALARS[kind];
  if (read === undefined) throw noFormError(value);
  return read(value as never);
}

/** The error for a value that a celltype has no form for. */
export function noFormError(value: unknown): Error {
  const kind = kindOf(value);
  return invalidValueError(`there is no form for ${kind === undefined ? whyNoKind(value) : KIND_NAMES[kind]}`);
}

function decodeValue(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw invalidValueError(`bytes that are not UTF-8 have no form as text: ${(cause as Error).message}`);
  }
}

/** Is it exactly `null`, with or without one newline? */
export function isNull(bytes: Uint8Array): boolean {
  return isWord(bytes, NULL);
}

/** Is it exactly this word, with or without one newline? */
export function isWord(bytes: Uint8Array, word: Uint8Array): boolean {
  const { length } = word;
  if (bytes.length !== length && !(bytes.length === length + 1 && bytes[length] === 0x0a)) return false;
  return word.every((byte, i) => bytes[i] === byte);
}

const NULL = new TextEncoder().encode("null");

/**
 * The one scalar of a JSON buffer, losslessly.
 *
 * @throws {SeamlessError} `INVALID_BUFFER` if it is a container, or null with other white space than one newline.
 */
export function parseScalar(bytes: Uint8Array): Scalar {
  if (isNull(bytes)) return null;
  const start = bytes.findIndex((byte) => !SPACE.has(byte));
  const container = CONTAINERS.get(bytes[start]);
  if (container !== undefined) throw invalidBufferError(`expected one scalar, found ${KIND_NAMES[container]}`, start);
  const value = parseJson(bytes, { lossless: true, dialect: "plain", maxDepth: 0 });
  if (value === null) throw invalidBufferError("null with white space around it is not null here", 0);
  return value as Scalar;
}

const CONTAINERS: ReadonlyMap<number | undefined, Kind> = new Map([
  [0x5b, "list"],
  [0x7b, "dict"],
]);
/** White space of JSON. */
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
