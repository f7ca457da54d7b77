import type { Parser, Serializer } from "./codec.ts";
import { readText, writeText } from "./text-buffer.ts";

/** `text`: UTF-8 with exactly one final newline. */
export const serializeText: Serializer = writeText;

/** The text without final newlines. */
export const parseText: Parser<string> = readText;
