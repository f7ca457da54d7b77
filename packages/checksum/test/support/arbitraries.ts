import fc from "fast-check";

/** One part of a path: anything but what means something else. */
const part = fc
  .oneof(
    fc.constantFrom(
      "__proto__",
      "constructor",
      "...",
      " ",
      "\n",
      '"',
      "\\",
      "\\u0041",
      "\u0001",
      "\u007f",
      "\ufffd",
      "\ufeff",
    ),
    fc.constantFrom("\u2028", "10", "9", "\u{1f600}", "\ue000", "é", "e\u0301", "a:b", "-rf", "~", ".git", "{}"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 6 }),
  )
  .filter((text) => !/[/\0]/.test(text) && text !== "." && text !== "..");

/** Paths that an index can hold, as nasty as file systems allow. */
export const indexPath: fc.Arbitrary<string> = fc
  .array(part, { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("/"));

export const hex: fc.Arbitrary<string> = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString("hex"));
