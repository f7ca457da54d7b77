import { Checksum, serializeIndex } from "@seamless/checksum";
import fc from "fast-check";
import { expect, test } from "vitest";
import { serialize } from "../src/index.ts";

// `@seamless/checksum` writes directory indexes without this package: both must write the same bytes.
test("a directory index is what plain writes", () => {
  const part = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
    .filter((name) => !/^\.{1,2}$|[/\0]/.test(name));
  const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  const hex = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => new Checksum(bytes).hex());
  fc.assert(
    fc.property(fc.dictionary(path, hex, { maxKeys: 12 }), (files) => {
      expect(serializeIndex(Object.entries(files))).toEqual(serialize(files, "plain"));
    }),
    { numRuns: 500, examples: [[{}], [{ "\ue000": "0".repeat(64), "😀": "1".repeat(64), 'a"\\\n': "2".repeat(64) }]] },
  );
});
