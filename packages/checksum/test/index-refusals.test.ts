import fc from "fast-check";
import { expect, test } from "vitest";
import { isSeamlessError, parseIndex, serializeIndex } from "../src/index.ts";
import { thrown } from "./support/errors.ts";

const A = "a".repeat(64);
const entry = (path: string) => `"${path}": "${A}"`;
const bytes = (content: string | readonly number[]) =>
  typeof content === "string" ? new TextEncoder().encode(content) : Uint8Array.from(content);
const ascii = (content: string) => [...Buffer.from(content, "latin1")];

/** Where the text after `prefix` starts, in bytes. */
const after = (prefix: string) => Buffer.byteLength(prefix);

const FIRST = `{\n  ${entry("é")},\n  `;

test.each<[string, string | readonly number[], number]>([
  // Paths: the offset is that of the key.
  ["an absolute path", `{${entry("/etc/passwd")}}`, 1],
  ["the root", `{${entry("/")}}`, 1],
  ["a way up", `${FIRST}${entry("a/../../b")}}`, after(FIRST)],
  ["a way up alone", `{${entry("..")}}`, 1],
  ["a way up at the end", `{${entry("a/..")}}`, 1],
  ["an escaped way up", `{${entry("\\u002e\\u002e/x")}}`, 1],
  ["an escaped absolute path", `{${entry("\\/x")}}`, 1],
  ["this folder", `{${entry(".")}}`, 1],
  ["this folder inside", `{${entry("a/./b")}}`, 1],
  ["an empty path", `{${entry("")}}`, 1],
  ["an empty part", `{${entry("a//b")}}`, 1],
  ["a final slash", `{${entry("a/")}}`, 1],
  ["a NUL", `{${entry("a\\u0000b")}}`, 1],
  ["a lone surrogate as an escape", `${FIRST}${entry("\\ud800")}}`, after(FIRST)],
  ["a pair of surrogates in the wrong order", `{${entry("\\ude00\\ud83d")}}`, 1],
  ["a path that comes twice", `${FIRST}${entry("é")}}`, after(FIRST)],
  ["a path that comes twice, once escaped", `${FIRST}${entry("\\u00e9")}}`, after(FIRST)],
  ["__proto__ twice", `{${entry("__proto__")},${entry("__proto__")}}`, after(`{${entry("__proto__")},`)],
  // Values: that of the value.
  ["no checksum", `{"a": "x"}`, 6],
  ["an empty value", `{"a": ""}`, 6],
  ["63 digits", `{"a": "${A.slice(1)}"}`, 6],
  ["65 digits", `{"a": "${A}a"}`, 6],
  ["uppercase hex", `{"a": "${A.toUpperCase()}"}`, 6],
  ["a newline behind the digits", `{"a": "${A}\\n"}`, 6],
  ["a nested dict", `{"a": {${entry("b")}}}`, 6],
  ["a list", `{"a": ["${A}"]}`, 6],
  ["null", `{"a": null}`, 6],
  ["a number", `{"a": 5}`, 6],
  // JSON: that of the first wrong byte, or of the string around it.
  ["nothing", "", 0],
  ["white space only", "  \n", 3],
  ["a list at the top", `["${A}"]`, 0],
  ["a checksum file", `${A}\n`, 0],
  ["null at the top", "null", 0],
  ["a comma before the brace", `{${entry("a")},}`, after(`{${entry("a")},`)],
  ["a comma at first", `{,${entry("a")}}`, 1],
  ["no comma", `{${entry("a")} ${entry("b")}}`, after(`{${entry("a")} `)],
  ["no colon", `{"a" "${A}"}`, 5],
  ["two colons", `{"a":: "${A}"}`, 5],
  ["a key without quotes", `{a: "${A}"}`, 1],
  ["single quotes", `{'a': "${A}"}`, 1],
  ["a key that is no string", `{1: "${A}"}`, 1],
  ["a comment", `{/* */${entry("a")}}`, 1],
  ["a # behind something", `{${entry("a")} # mine\n}`, after(`{${entry("a")} `)],
  ["a # in the line of the brace", `{ # mine\n${entry("a")}}`, 2],
  ["comments only", "# a\n#b", 6],
  ["something behind the end", `{${entry("a")}}\n{}`, after(`{${entry("a")}}\n`)],
  ["a NUL behind the end", `{}\0`, 2],
  ["a form feed as white space", `{\f${entry("a")}}`, 1],
  ["a no-break space as white space", `{\u00a0${entry("a")}}`, 1],
  ["a newline in a string", `{"a\nb": "${A}"}`, 1],
  ["a tab in a string", `{"a\tb": "${A}"}`, 1],
  ["an unknown escape", `{"a\\x": "${A}"}`, 1],
  ["half an escape", `{"a\\u12": "${A}"}`, 1],
  ["a byte-order mark", `\ufeff{${entry("a")}}`, 0],
  ["UTF-16", [...Buffer.from(`{${entry("a")}}`, "utf16le")], 1],
  // UTF-8: that of the string.
  ["a byte that is no UTF-8", [...ascii(`{${entry("b")},"`), 0xff, ...ascii(`": "${A}"}`)], after(`{${entry("b")},`)],
  ["half a character", [...ascii('{"'), 0xc3, ...ascii(`": "${A}"}`)], 1],
  ["an overlong slash", [...ascii('{"a'), 0xc0, 0xaf, ...ascii(`b": "${A}"}`)], 1],
  ["a surrogate in UTF-8", [...ascii('{"'), 0xed, 0xa0, 0x80, ...ascii(`": "${A}"}`)], 1],
  ["a value that is no UTF-8", [...ascii('{"a": "'), 0x80, ...ascii('"}')], 6],
])("%s is refused", (_, content, offset) => {
  const error = thrown(() => parseIndex(bytes(content), "some.INDEX"));
  expect(error).toMatchObject({ name: "SeamlessError", code: "INVALID_INDEX", offset, file: "some.INDEX" });
  expect(error.message).toMatch(new RegExp(`^some\\.INDEX, at byte ${offset}: .`));
});

test("without a name, the message says what it is about", () => {
  const error = thrown(() => parseIndex(bytes("[]")));
  expect(error.message).toMatch(/^this directory index, at byte 0: /);
  expect("file" in error).toBe(false);
});

test("cut at any byte it is refused, at the cut or at the string that was cut", () => {
  const whole = serializeIndex([
    ["a/é", A],
    ['q"\\', A],
    ["\u{1f600}", A],
  ]);
  const last = whole.byteLength - 1;
  const text = Buffer.from(whole);
  for (let length = 0; length < last; length++) {
    const cut = whole.subarray(0, length);
    const error = thrown(() => parseIndex(cut));
    expect(error.code).toBe("INVALID_INDEX");
    if (error.offset !== length) {
      expect(text[error.offset!]).toBe(0x22);
      expect(error.message).toContain("has no end");
      // Nothing between the opening quote and the cut closes it.
      expect(
        text
          .subarray(error.offset! + 1, length)
          .toString("latin1")
          .replace(/\\./g, ""),
      ).not.toContain('"');
    }
  }
  // Only the final newline may be missing.
  expect(parseIndex(whole.subarray(0, last)).size).toBe(3);
});

test("any one changed byte is read as JSON reads it, or refused", () => {
  const whole = serializeIndex([
    ["a/é", A],
    ['q"\\', A],
  ]);
  fc.assert(
    fc.property(fc.nat(whole.byteLength - 1), fc.nat(255), (at, byte) => {
      const changed = whole.slice();
      changed[at] = byte;
      let read: ReturnType<typeof parseIndex>;
      try {
        read = parseIndex(changed);
      } catch (error) {
        if (!isSeamlessError(error, "INVALID_INDEX")) throw error;
        expect(error.offset).toBeGreaterThanOrEqual(0);
        expect(error.offset).toBeLessThanOrEqual(whole.byteLength);
        return;
      }
      const text = new TextDecoder("utf-8", { fatal: true }).decode(changed);
      // Lines that begin with # are ours; no string has a line break in it.
      const json = JSON.parse(text.replaceAll(/^[ \t]*#.*$/gm, "")) as Record<string, string>;
      expect([...read].map(([path, checksum]) => [path, checksum.hex()])).toEqual(Object.entries(json));
    }),
    { numRuns: 3000 },
  );
});

test("a refusal leaves no trace in the next reading", () => {
  const half = [...ascii('{"'), 0xf0, 0x9f, ...ascii(`": "${A}"}`)];
  const good = bytes(`{${entry("\u{1f600}")}}`);
  for (let i = 0; i < 3; i++) {
    expect(thrown(() => parseIndex(bytes(half))).code).toBe("INVALID_INDEX");
    expect([...parseIndex(good).keys()]).toEqual(["\u{1f600}"]);
  }
});
