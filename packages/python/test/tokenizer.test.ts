import { describe, expect, test } from "vitest";
import { splitLines } from "../src/ipython/text.ts";
import { FatalError, LexicalError } from "../src/tokenizer/source.ts";
import { Kind, Tokenizer } from "../src/tokenizer/tokenizer.ts";

const NAMES = new Map(Object.entries(Kind).map(([name, kind]) => [kind, name]));

/** The tokens of a text: operators as they are, `kind:text` for all others, and how it ends if that is an error. */
function tokens(text: string): string[] {
  const tokenizer = new Tokenizer(splitLines(text));
  const result: string[] = [];
  try {
    while (tokenizer.next() !== Kind.end) {
      const { kind } = tokenizer;
      result.push(kind === Kind.operator ? textOf(tokenizer) : `${NAMES.get(kind)}:${textOf(tokenizer)}`);
    }
  } catch (error) {
    if (error instanceof LexicalError) result.push(error.addsToken ? "counted error" : "error");
    else if (error instanceof FatalError) result.push(`${error.message} (line ${error.row + 1})`);
    else throw error;
  }
  return result;
}

function textOf({ lines, startRow, row, start, end }: Tokenizer): string {
  if (startRow === row) return lines[row]!.slice(start, end);
  return lines[startRow]!.slice(start) + lines.slice(startRow + 1, row).join("") + lines[row]!.slice(0, end);
}

/** Tokens of one line, without the one that ends it. */
const inLine = (text: string): string[] => tokens(`${text}\n`).filter((token) => token !== "newline:\n");

// What each line gives was checked against CPython 3.13.
describe("tokens as Python's tokenize has them", () => {
  test("names may have anything beyond ASCII", () => {
    const names = ["a", "_b1", "é", "名前", "x\u00a0y", "€", "\ufeffz", "𝔘"];
    expect(inLine(names.join(" "))).toEqual(names.map((name) => `name:${name}`));
  });

  test.each(["0 00 0777 1_000 12", "0x1F 0XfF_f 0x_1 0o17 0B01", "1. .5 1.5e-3 1e5j 0e0 1_0.0_1J 0.j"])(
    "numbers: %s",
    (text) => {
      expect(inLine(text)).toEqual(text.split(" ").map((number) => `number:${number}`));
    },
  );

  test("numbers end where names go on", () => {
    const parts = ["number:1", "name:a", "number:1", "name:e", "number:0_1", "name:x", "number:0xf", "name:or"];
    expect(inLine("1a 1e 0_1x 0xfor")).toEqual(parts);
  });

  test.each(["1__2", "1_", "0x", "0xg", "0b12", "0o8", "0b1_", "1e+", "1.0_", "0_"])("no number: %s", (text) => {
    expect(inLine(`a ${text} b`)).toEqual(["name:a", "counted error"]);
  });

  test.each([
    [
      "a**=b//c->d:=e!=f<>g",
      ["name:a", "**=", "name:b", "//", "name:c", "->", "name:d", ":=", "name:e", "!=", "name:f"],
    ],
    ["...h..i", ["...", "name:h", ".", ".", "name:i"]],
    ["? ! $ ` ?? ~@", ["?", "!", "$", "`", "?", "?", "~", "@"]],
    [")]}", [")", "]", "}"]],
  ])("operators: %s", (text, expected) => {
    expect(inLine(text).slice(0, expected.length)).toEqual(expected);
  });

  test.each(["'a'", '"a\\"b"', "''", '"""a"b""c"""', "b'x'", "Rb'\\\\'", "bR''", "u''", "'''\\''''"])(
    "strings: %s",
    (text) => {
      expect(inLine(text)).toEqual([`string:${text}`]);
    },
  );

  test("what is no prefix is a name", () => {
    const parts = ["name:ub", "string:''", "name:bb", "string:''", "name:fb", "string:''"];
    expect(inLine("ub'' bb'' fb''")).toEqual(parts);
  });

  test("strings over several lines", () => {
    expect(tokens("'''a\nb'''\n")).toEqual(["string:'''a\nb'''", "newline:\n"]);
    expect(tokens("'a\\\nb'\n")).toEqual(["string:'a\\\nb'", "newline:\n"]);
    expect(tokens("'a\\\r\nb'\n")).toEqual(["string:'a\\\r\nb'", "newline:\n"]);
  });
});

describe("f-strings", () => {
  test.each([
    ['f"a{b}c"', ['fstringStart:f"', "fstringMiddle:a", "{", "name:b", "}", "fstringMiddle:c", 'fstringEnd:"']],
    ["rF''", ["fstringStart:rF'", "fstringEnd:'"]],
    [
      'f"{x!r:>{w}}"',
      [
        ...['fstringStart:f"', "{", "name:x", "!", "name:r", ":", "fstringMiddle:>"],
        ...["{", "name:w", "}", "fstringMiddle:", "}", 'fstringEnd:"'],
      ],
    ],
    ['f"{{}}"', ['fstringStart:f"', "fstringMiddle:{", "fstringMiddle:}", 'fstringEnd:"']],
    ["f'\\N{DASH}{x}'", ["fstringStart:f'", "fstringMiddle:\\N{DASH}", "{", "name:x", "}", "fstringEnd:'"]],
    ["rf'\\N{x}'", ["fstringStart:rf'", "fstringMiddle:\\N", "{", "name:x", "}", "fstringEnd:'"]],
    ["f'\\{x}'", ["fstringStart:f'", "fstringMiddle:\\", "{", "name:x", "}", "fstringEnd:'"]],
    [
      'f"{f"{1}"}"',
      [...['fstringStart:f"', "{", 'fstringStart:f"', "{", "number:1", "}"], ...['fstringEnd:"', "}", 'fstringEnd:"']],
    ],
    ["f'{x:=5}'", ["fstringStart:f'", "{", "name:x", ":", "fstringMiddle:=5", "}", "fstringEnd:'"]],
  ])("%s", (text, expected) => {
    expect(inLine(text)).toEqual(expected);
  });

  test("a line may end in the format specification only in three quotes", () => {
    const parts = ['fstringStart:f"""', "{", "name:x", "nl:\n", ":", "fstringMiddle:\n", "}", 'fstringEnd:"""'];
    expect(inLine('f"""{x\n:\n}"""')).toEqual(parts);
    expect(inLine("f'{x:\n}'")).toEqual(["fstringStart:f'", "{", "name:x", ":", "error"]);
  });

  test.each([
    ["f'}'", ["fstringStart:f'", "fstringMiddle:", "error"]],
    ["f'{x'", ["fstringStart:f'", "{", "name:x", "error"]],
    ["f'{x)}'", ["fstringStart:f'", "{", "name:x", ")", "error"]],
    ["f'{\"'", ["fstringStart:f'", "{", "counted error"]],
    ["f'a", ["fstringStart:f'", "error"]],
    ["f'{a:{b:{c:{d}}}}'", ["fstringStart:f'", ..."{ name:a : { name:b : { name:c : error".split(" ")]],
  ])("no f-string: %s", (text, expected) => {
    expect(inLine(text)).toEqual(expected);
  });
});

describe("lines", () => {
  test.each([
    ["x \\\n  + 1\n", ["name:x", "+", "number:1", "newline:\n"]],
    [
      "# a\n\n  # b\nx # c\n",
      [..."comment:# a|nl:\n|nl:\n|comment:# b|nl:\n|name:x|comment:# c|newline:\n".split("|")],
    ],
    ["(\n# c\n  x\n)\n", ["(", "nl:\n", "comment:# c", "nl:\n", "name:x", "nl:\n", ")", "newline:\n"]],
    ["x\r\ny\r", ["name:x", "newline:\r\n", "name:y", "newline:\r"]],
    ["\fx\n", ["nl:", "name:x", "newline:\n"]],
    ["a\n b\n  c\nd\n", [..."name:a|newline:\n|indent: |name:b|newline:\n|indent:  |name:c|newline:\n".split("|")]],
    [" \\\n    a\nb\n", ["indent:    ", "name:a", "newline:\n", "dedent:", "name:b", "newline:\n"]],
  ])("%j", (text, expected) => {
    expect(tokens(text).slice(0, expected.length)).toEqual(expected);
  });

  test.each([
    ["an open bracket", "(\n", ["(", "nl:\n", "counted error"]],
    ["an open string", "x = 'a\ny", ["name:x", "=", "counted error"]],
    ["an open string in three quotes", "'''a\n", ["error"]],
    ["junk after a backslash", "x \\ \n", ["name:x", "counted error"]],
    ["a backslash at the end", "x \\\n", ["name:x", "counted error"]],
    ["a control character", "x\x01y", ["name:x", "counted error"]],
    ["a NUL", "x\n\0\n", ["name:x", "newline:\n", "error"]],
    ["200 brackets", "(".repeat(201), [...Array(200).fill("("), "error"]],
  ])("tokens end at %s", (_, text, expected) => {
    expect(tokens(text)).toEqual(expected);
  });

  test.each([
    ["a\n  b\n c\n", "unindent does not match any outer indentation level (line 3)"],
    ["if x:\n        y\n\tz\n", "inconsistent use of tabs and spaces in indentation (line 3)"],
    [
      Array.from({ length: 101 }, (_, i) => `${" ".repeat(i)}if x:\n`).join(""),
      "too many levels of indentation (line 101)",
    ],
    ["x\n\ud800\n", "a lone surrogate is no character (line 2)"],
  ])("indentation that is refused: %j", (text, message) => {
    expect(tokens(text).at(-1)).toBe(message);
  });
});
