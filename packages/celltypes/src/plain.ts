import { type LosslessPlainValue, type PlainValue, readAs, writeAs } from "./celltypes.ts";
import { parse, serialize } from "./codecs/plain.ts";
import type { ParseOptions } from "./parse.ts";
import type { SerializeOptions } from "./serialize.ts";
import { Float } from "./values.ts";

export { Float, type LosslessPlainValue, type ParseOptions, type PlainValue, type SerializeOptions };

/**
 * The value of a JSON buffer: `parse(bytes, "plain")`, without what other celltypes need.
 *
 * @param bytes - The whole buffer: strict JSON in UTF-8.
 * @throws {SeamlessError} `INVALID_BUFFER` with `offset`, `line` and `column` of what is wrong; `TOO_LARGE` over 512 MiB.
 *
 * @example
 * import { parsePlain } from "@seamless/celltypes/plain";
 * const bytes = new TextEncoder().encode('{"id": 9007199254740993, "ratio": 1.0}');
 * console.log(parsePlain(bytes)); // → { id: 9007199254740993n, ratio: 1 }
 */
export function parsePlain(bytes: Uint8Array, options: ParseOptions & { readonly lossless: true }): LosslessPlainValue;
export function parsePlain(bytes: Uint8Array, options?: ParseOptions): PlainValue;
export function parsePlain(bytes: Uint8Array, { lossless }: ParseOptions = {}): unknown {
  return readAs("plain", parse, bytes, { lossless });
}

/**
 * A value as canonical JSON, byte for byte as orjson writes it for Python: `serialize(value, "plain")`, without what other
 * celltypes need.
 *
 * @param options - `maxBytes`: how long the buffer may be.
 * @throws {SeamlessError} `INVALID_VALUE` with the `path` to what JSON has no form for; `TOO_LARGE`; `INVALID_ARGUMENT`.
 *
 * @example
 * import { Float, serializePlain } from "@seamless/celltypes/plain";
 * console.log(new TextDecoder().decode(serializePlain([1, new Float(1)])));
 * // → [
 * // →   1,
 * // →   1.0
 * // → ]
 */
export function serializePlain(value: unknown, options: SerializeOptions = {}): Uint8Array {
  return writeAs("plain", serialize, value, options);
}
