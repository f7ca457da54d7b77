import { MAX_READ_DEPTH, parseJson } from "../json/parse.ts";
import { writePlainJson } from "../json/plain-writer.ts";
import type { Parser, Serializer } from "./codec.ts";

/** `plain`: JSON as orjson writes it. */
export const serializePlain: Serializer = (value, { maxBytes }) => writePlainJson(value, maxBytes);

/** Strict JSON. */
export const parsePlain: Parser = (bytes, { lossless }) =>
  parseJson(bytes, { lossless, dialect: "plain", maxDepth: MAX_READ_DEPTH });
