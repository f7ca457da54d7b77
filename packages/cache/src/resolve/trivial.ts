import { Buffer } from "@seamless/celltypes";
import type { Checksum } from "@seamless/checksum";

/** The shortest values in JSON. */
const TEXTS = ["null", "true", "false", "{}", "[]", '""'];

let table: ReadonlyMap<string, string> | undefined;

/**
 * The buffer of a trivial checksum, which nobody needs to have kept: `null`, `true`, `false`, `{}`, `[]` and `""`, with
 * and without a final newline.
 *
 * @returns `undefined` for any other checksum.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { trivialBuffer } from "@seamless/cache";
 * const checksum = new Buffer([], "plain").getChecksum();
 * console.log(trivialBuffer(checksum)?.getValueSync("plain")); // → []
 */
export function trivialBuffer(checksum: Checksum): Buffer | undefined {
  table ??= new Map(
    TEXTS.flatMap((text) => [text, `${text}\n`]).map((text) => [bufferOf(text).getChecksum().hex(), text]),
  );
  const text = table.get(checksum.hex());
  return text === undefined ? undefined : bufferOf(text);
}

function bufferOf(text: string): Buffer {
  return new Buffer(new TextEncoder().encode(text), { copy: false });
}
