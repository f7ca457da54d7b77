// Bytes that are no text, text that is no code: for all that take anything.
import { fill, join, noise, repeat, shapes } from "../make.mjs";

const ANYTHING = ["text", "yaml", "python", "ipython", "bytes->mixed", "bytes->binary"];

export const bytes = [
  ...shapes("bytes", ANYTHING, {
    zeros: fill(0),
    ones: fill(255),
    continuations: fill(0x80),
    noise,
    newlines: fill(10),
    "broken-at-the-end": (size) => join(fill(97)(size - 1), fill(0xf0)(1)),
    "overlong-forms": (size) => Uint8Array.from({ length: size & ~1 }, (_, i) => (i % 2 === 0 ? 0xc0 : 0x80)),
    surrogates: (size) => Uint8Array.from({ length: size - (size % 3) }, (_, i) => [0xed, 0xa0, 0x80][i % 3] ?? 0),
  }),
  ...shapes("text", ["bytes->text", "text->plain", "text->str"], {
    "one-line": repeat("a"),
    "newlines-at-the-end": repeat("\n", "a"),
    "carriage-returns": repeat("\r"),
    "combining-marks": repeat("\u0301", "e"),
    "right-to-left": repeat("\u202e"),
    "line-separators": repeat("\u2028"),
    controls: repeat("\x01"),
    quotes: repeat('"'),
    "almost-null": repeat("null\n"),
    brackets: repeat("["),
  }),
];
