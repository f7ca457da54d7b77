import type { Celltype } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";

/** Null as `null` and as `null\n`, and to which celltypes that is null: to the others it is text or bytes as any. */
const NULLS = ["null", "null\n"];
const READ_NULL: ReadonlySet<Celltype> = new Set(["binary", "mixed", "plain", "str", "int", "float", "bool"]);

/** Null and the booleans, with and without the final newline. */
const TEXTS = [...NULLS, "true", "true\n", "false", "false\n"];

let known: ReadonlyMap<string, { readonly text: string; readonly bytes: Uint8Array }> | undefined;

function find(checksum: Checksum) {
  known ??= new Map(
    TEXTS.map((text) => {
      const bytes = new TextEncoder().encode(text);
      return [Checksum.of(bytes).hex(), { text, bytes }];
    }),
  );
  return known.get(checksum.hex());
}

/** The bytes of a checksum, where these are known without asking: null and the booleans. Not to be changed. */
export function knownBytes(checksum: Checksum): Uint8Array | undefined {
  return find(checksum)?.bytes;
}

/** Is it null, and null again as the target? Only its checksum is another value than itself. */
export function staysNull(checksum: Checksum, source: Celltype, target: Celltype): boolean {
  return READ_NULL.has(source) && target !== "checksum" && NULLS.includes(find(checksum)?.text ?? "");
}
