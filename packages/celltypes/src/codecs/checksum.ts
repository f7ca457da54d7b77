import { Checksum, isSeamlessError, type NestedChecksum, toNestedChecksum } from "@seamless/checksum";
import type { Parser, Serializer } from "../celltypes.ts";
import { invalidBufferError, invalidValueError } from "../errors.ts";
import { MAX_READ_DEPTH, parseJson } from "../json/parse.ts";
import { decodeUtf8 } from "../text.ts";
import { kindOf } from "../values.ts";
import { writePlainJson } from "./plain.ts";

const HEX = /^[0-9a-f]{64}$/;
/** 64 digits and any newlines behind: longer ones are not worth decoding twice. */
const HEX_BUFFER = /^[0-9a-f]{64}\n*$/;

/** `checksum`: its 64 hex digits without a newline; a list or dict of checksums as `plain`. */
export const serialize: Serializer = (value) => {
  if (value === null) return writePlainJson(null);
  const nested = asNested(value);
  return Checksum.isChecksum(nested) ? new TextEncoder().encode(nested.hex()) : writePlainJson(nested);
};

/** A `Checksum`, or a list or dict of them. */
export const parse: Parser = (bytes, { lossless }) => {
  if (/^[0-9a-f]$/.test(String.fromCharCode(bytes[0] ?? 0))) {
    const text = decodeUtf8(bytes);
    if (HEX_BUFFER.test(text)) return new Checksum(text.slice(0, 64));
  }
  return replaceHex(parseJson(bytes, { lossless, dialect: "plain", maxDepth: MAX_READ_DEPTH }), true);
};

function asNested(value: unknown): NestedChecksum {
  try {
    return toNestedChecksum(value);
  } catch (error) {
    if (isSeamlessError(error, "INVALID_ARGUMENT")) throw invalidValueError(error.message, error.path);
    throw error;
  }
}

/** Every hex string becomes a `Checksum`, in place: the containers were made just before. */
function replaceHex(value: unknown, top = false): unknown {
  if (typeof value === "string" && HEX.test(value)) return new Checksum(value);
  if (value === null && top) return null;
  switch (kindOf(value)) {
    case "list": {
      const list = value as unknown[];
      for (let i = 0; i < list.length; i++) list[i] = replaceHex(list[i]);
      return list;
    }
    case "dict":
      return value instanceof Map ? replaceInMap(value) : replaceInObject(value as Record<string, unknown>);
    default:
      throw invalidBufferError("expected a checksum (64 lowercase hex digits), or a list or dict of them", 0);
  }
}

function replaceInMap(map: Map<string, unknown>): Map<string, unknown> {
  for (const [key, value] of map) map.set(key, replaceHex(value));
  return map;
}

function replaceInObject(dict: Record<string, unknown>): Record<string, unknown> {
  for (const [key, value] of Object.entries(dict)) Object.defineProperty(dict, key, { value: replaceHex(value) });
  return dict;
}
