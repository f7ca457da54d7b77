import { readFileSync } from "node:fs";

/** One directory, the index that it must have and the checksum of that. */
export interface IndexVector {
  readonly id: number;
  readonly files: readonly (readonly [path: string, content: Uint8Array])[];
  readonly index: Uint8Array;
  readonly checksum: string;
}

export function indexVectors(): IndexVector[] {
  const rows = readFileSync(new URL("../vectors/index.jsonl", import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
  const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));
  return rows.map((row) => {
    const { id, files, index, checksum } = JSON.parse(row);
    return {
      id,
      files: files.map(([path, content]: [string, string]) => [path, bytes(content)]),
      index: bytes(index),
      checksum,
    };
  });
}
