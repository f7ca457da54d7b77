import { StringDecoder } from "node:string_decoder";

/** What a buffer most likely is, judged by its start. */
export type Kind = "binary" | "mixed" | "text" | "bytes";

const MAGIC: readonly (readonly [Kind, string])[] = [
  ["binary", "\x93NUMPY"],
  ["mixed", "\x94SEAMLESS-MIXED"],
];

/**
 * @param head - The first bytes of a buffer.
 * @param whole - Is it all of the buffer?
 */
export function kindOf(head: Uint8Array, whole: boolean): Kind {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  for (const [kind, magic] of MAGIC) if (bytes.toString("latin1", 0, magic.length) === magic) return kind;
  // A character may be cut in two at the end of the head.
  const decoder = new StringDecoder("utf8");
  const text = decoder.write(bytes) + (whole ? decoder.end() : "");
  const said = Buffer.from(text);
  return !text.includes("\0") && said.equals(bytes.subarray(0, said.byteLength)) ? "text" : "bytes";
}
