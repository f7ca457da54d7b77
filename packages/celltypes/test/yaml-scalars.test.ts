import { describe, expect, test } from "vitest";
import { Float } from "../src/values/float.ts";
import { parseYaml, YamlDate, YamlSurrogates, type YamlValue } from "../src/yaml/index.ts";
import { fault } from "./support/yaml-faults.ts";

type Table = readonly (readonly [text: string, value: YamlValue])[];
const whole = (value: number) => new Float(value);
const date = (iso: string) => new YamlDate(iso);
const bytes = (text: string) => new TextEncoder().encode(text);

const TABLES: Readonly<Record<string, Table>> = {
  booleans: [
    ...["yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((text) => [text, true] as const),
    ...["no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((text) => [text, false] as const),
    ...["y", "n", "Y", "N", "yEs", "oFF", "tRUE"].map((text) => [text, text] as const),
  ],
  null: [
    ...["", "~", "null", "Null", "NULL", "# nothing", "---", "---\n...", "!!null x"].map(
      (text) => [text, null] as const,
    ),
    ["nULL", "nULL"],
    ["nil", "nil"],
  ],
  integers: [
    ["12", 12],
    ["+12", 12],
    ["-0", 0],
    ["1_000", 1000],
    ["1_", 1],
    ["010", 8],
    ["-010", -8],
    ["0_", 0],
    ["08", "08"],
    ["0o10", "0o10"],
    ["0x1F", 31],
    ["-0x1f", -31],
    ["0X1F", "0X1F"],
    ["0b1_1", 3],
    ["1:30", 90],
    ["-1:30", -90],
    ["190:20:30", 685230],
    ["1:60", "1:60"],
    ["0:30", "0:30"],
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["-18446744073709551617", -18446744073709551617n],
    ["0xffffffffffffffffffff", 0xffffffffffffffffffffn],
    [`1${":00".repeat(40)}`, 60n ** 40n],
    [`${"1".repeat(4300)}`, BigInt("1".repeat(4300))],
  ],
  floats: [
    ["1.0", whole(1)],
    ["1.", whole(1)],
    [".5", 0.5],
    ["-.5", "-.5"],
    ["+1.5", 1.5],
    ["-0.0", whole(-0)],
    ["1_000.5", 1000.5],
    ["1e3", "1e3"],
    ["1.0e3", "1.0e3"],
    ["1.0e+3", whole(1000)],
    ["1.E-1", 0.1],
    [".", "."],
    ["._1", "._1"],
    ["1:30.5", 90.5],
    ["1:30.", whole(90)],
    ["-1:30.5", -90.5],
    [".inf", Infinity],
    ["-.Inf", -Infinity],
    ["+.INF", Infinity],
    [".nan", Number.NaN],
    ["-.nan", "-.nan"],
    ["inf", "inf"],
    ["1.0e+400", Infinity],
  ],
  timestamps: [
    ["2001-02-03", date("2001-02-03")],
    ["2001-2-3", "2001-2-3"],
    ["2001-2-3 4:05:06", date("2001-02-03T04:05:06")],
    ["2001-12-14t21:59:43.10-05:00", date("2001-12-14T21:59:43.100000-05:00")],
    ["2001-12-15 2:59:43.1234567", date("2001-12-15T02:59:43.123456")],
    ["2001-12-15 02:59:43.000", date("2001-12-15T02:59:43")],
    ["2001-12-15 02:59:43 Z", date("2001-12-15T02:59:43+00:00")],
    ["2001-12-15 02:59:43 -5", date("2001-12-15T02:59:43-05:00")],
    ["2001-12-15 02:59:43 -00:00", date("2001-12-15T02:59:43+00:00")],
    ["2001-12-15 02:59:43 +23:59", date("2001-12-15T02:59:43+23:59")],
    ["2001-12-15 02:59:43 +05:60", date("2001-12-15T02:59:43+06:00")],
    ["2000-02-29", date("2000-02-29")],
    ["2001-02-03 04:05", "2001-02-03 04:05"],
  ],
  "explicit tags": [
    ["!!str 1", "1"],
    ["!!str", ""],
    ["!!int '3'", 3],
    ['!!int " -12 "', -12],
    ["!!int 0o17", 15],
    ["!!int \u0661\u0662", 12],
    ["!!float 3", whole(3)],
    ["!!float 1e3", whole(1000)],
    ["!!float inf", Infinity],
    ["!!float '1:30'", whole(90)],
    ["!!bool YeS", true],
    ["!!timestamp 2001-2-3", date("2001-02-03")],
    ["!!binary aGk=", bytes("hi")],
    ["!!binary 'a G*k=and more'", bytes("hi")],
    ["!!binary ''", bytes("")],
    ["! 12", 12],
    ['! "12"', 12],
    ['! "12\\n"', 12],
    ["!", null],
    ["!<tag:yaml.org,2002:str> 1", "1"],
    ["!!s%74r 1", "1"],
    ["%TAG !e! tag:yaml.org,2002:\n--- !e!str 1", "1"],
    ["%TAG ! tag:yaml.org,2002:\n--- !str 1", "1"],
    ["%YAML 1.2\n%FOO a\tb\n---\n1", 1],
  ],
  "quoted scalars": [
    ["'it''s'", "it's"],
    ["'\\n'", "\\n"],
    ['"\\0\\a\\b\\t\\n\\v\\f\\r\\e\\ \\"\\/\\\\\\N\\_\\L\\P"', '\0\x07\b\t\n\v\f\r\x1b "/\\\x85\xa0\u2028\u2029'],
    ['"\\x41\\u00e9\\U0001f600"', "A\u00e9\u{1f600}"],
    ['"\\ud83d\\ude00"', new YamlSurrogates("\ud83d\ude00")],
    ['"a\tb"', "a\tb"],
    ['"a\nb"', "a b"],
    ['"a \n\n\t b"', "a\nb"],
    ['"a\\\n  b"', "ab"],
    ['"a\\ \n  b"', "a  b"],
    ["' a\n  b '", " a b "],
    ['"a\u2028b\u2029 \n c"', "a\u2028b\u2029\nc"],
    ['"a\x85b"', "a b"],
  ],
  "plain scalars": [
    ["a b", "a b"],
    ["a\n b\n\n c", "a b\nc"],
    ["a # b", "a"],
    ["a#b", "a#b"],
    ["a:b", "a:b"],
    ["http://a.b/c?d=e#f", "http://a.b/c?d=e#f"],
    ["-a", "-a"],
    ["?a", "?a"],
    [":a", ":a"],
    ["a\x85b", "a b"],
    ["a\u2028b", "a\u2028b"],
    ["a \ufeffb", "a \ufeffb"],
    ["\ufeffa", "a"],
    ["a\r\n b\r c", "a b c"],
  ],
  "block scalars": [
    ["|\n  a\n   b\n", "a\n b\n"],
    ["|\n  a\n   b", "a\n b"],
    ["|-\n  a\n", "a"],
    ["|+\n  a\n\n\n", "a\n\n\n"],
    [">\n  a\n  b\n\n  c\n   d\n  e\n", "a b\nc\n d\ne\n"],
    ["|1\n  a", " a"],
    ["|-2\n   a", " a"],
    ["|2-\n   a", " a"],
    ["| # note\n a\n # b\n", "a\n# b\n"],
    ["|\n\n  a", "\na"],
    ["|", ""],
    ["|+\n\n", "\n"],
    ["|\n a\tb\n \tc", "a\tb\n\tc"],
    ["|\n a\x85 b\u2028 c", "a\nb\u2028c"],
    ["|\n a\r\n b\r c", "a\nb\nc"],
  ],
};

describe.each(Object.entries(TABLES))("%s", (_, table) => {
  test.each(table)("%j", (text, value) => {
    expect(parseYaml(text)).toEqual(value);
  });
});

test.each([
  ["=", "value"],
  ["<<", "merge"],
  ["!!int x", "int"],
  ["!!int ''", "int"],
  ["!!int 1.5", "int"],
  ["!!int [1]", "scalar"],
  ["0x_", "int"],
  ["1".repeat(4301), "int"],
  ["!!float x", "float"],
  ["!!float ''", "float"],
  ["!!bool y", "bool"],
  ["!!bool ''", "bool"],
  ["!!timestamp x", "timestamp"],
  ["2001-02-29", "timestamp"],
  ["0000-01-01", "timestamp"],
  ["2001-13-01", "timestamp"],
  ["2001-01-01 24:00:00", "timestamp"],
  ["2001-01-01 00:60:00", "timestamp"],
  ["2001-01-01 00:00:00 +24", "timestamp"],
  ["!!binary a", "binary"],
  ["!!binary aGk", "binary"],
  ["!!binary \u00e9", "binary"],
  ["!!merge <<", "merge"],
  ["!x 1", "!x"],
  ["!!python/object:os.system x", "python"],
  ["!<x> 1", "x"],
  ["!e!x 1", "not declared"],
  ["!!seq x", "list"],
  ["!!map x", "mapping"],
  ["!!str [a]", "scalar"],
  ["!!null {a: b}", "scalar"],
  ['"\\z"', "escape"],
  ['"\\x4"', "hexadecimal"],
  ['"\\U00110000"', "hexadecimal"],
])("%s is an error", (text, message) => {
  expect(fault(() => parseYaml(text))).toContain(message);
});

test("an error has its offset in bytes", () => {
  expect(() => parseYaml("\u00e9: \ud83d\ude00\nk: !x 1")).toThrow(
    expect.objectContaining({ code: "INVALID_BUFFER", offset: 15 }),
  );
});

test("a name from the text is quoted and short in a message", () => {
  const message = fault(() => parseYaml(`!a%0a%1b%c2%9b${"x".repeat(1000)} b`));
  expect(message).toContain('the tag "!a\\n\\u001b\\u009bxxx');
  expect(message.length).toBeLessThan(250);
});
