import { decodeUtf8 } from "../values/utf8.ts";
import { hasHazard } from "./hazards.ts";
import { JsonParser, type JsonReadOptions } from "./parser.ts";

/** Nesting that reading allows, in levels. */
export const MAX_READ_DEPTH = 1024;

export interface ParseJsonOptions {
  /** Whole floats as `Float`, dicts as `Map` in the order of the source. */
  readonly lossless: boolean;
  /** `plain`: integers over 64 bits become floats, lone surrogates are refused. `mixed`: both are kept. */
  readonly dialect: "plain" | "mixed";
  readonly maxDepth: number;
  /** Offset of the bytes in the whole buffer, for messages. @default 0 */
  readonly base?: number;
}

/**
 * Strict JSON (RFC 8259) in UTF-8. Integers beyond the safe range are bigints; `-0` is the integer 0; the last of two
 * equal keys wins; `__proto__` is a key as any other.
 *
 * @throws {SeamlessError} `INVALID_BUFFER` with offset, line and column; `TOO_LARGE` over 512 MiB.
 */
export function parseJson(bytes: Uint8Array, options: ParseJsonOptions): unknown {
  const text = decodeUtf8(bytes, options.base);
  // The engine's own parser is much faster, and right unless the text has something that it gets wrong.
  if (!options.lossless && !hasHazard(bytes, options.maxDepth)) {
    try {
      return JSON.parse(text);
    } catch {
      // Ours says where, and throws as well.
    }
  }
  return new JsonParser(text, readOptions(options)).parse();
}

function readOptions({ lossless, dialect, maxDepth, base = 0 }: ParseJsonOptions): JsonReadOptions {
  return { lossless, maxDepth, base, bigIntegers: dialect === "mixed", loneSurrogates: dialect === "mixed" };
}
