import { describe, expect, test } from "vitest";
import { parseYamlParts, type YamlPart } from "../src/yaml/index.ts";

/** A part as nested lists: scalars as their tag, text and place. */
const shown = ({ kind, tag, text, index, parts }: YamlPart): unknown =>
  kind === "scalar"
    ? `${tag.slice("tag:yaml.org,2002:".length)} ${text} @${index}`
    : [kind, index, ...parts.map(shown)];

describe("parseYamlParts", () => {
  test.each([
    [
      "a: 1\nb: [yes, 'x y']\n",
      ["mapping", 0, "str a @0", "int 1 @3", "str b @5", ["sequence", 8, "bool yes @9", "str x y @14"]],
    ],
    ["a: 1\na: 2", ["mapping", 0, "str a @0", "int 1 @3", "str a @5", "int 2 @8"]],
    ["- !!str 1\n-", ["sequence", 0, "str 1 @8", "null  @11"]],
    ["<<: {a: 1}", ["mapping", 0, "merge << @0", ["mapping", 4, "str a @5", "int 1 @8"]]],
    ['"\\u00e9": \u{1f600}', ["mapping", 0, "str é @0", "str \u{1f600} @10"]],
  ])("%j", (text, expected) => {
    expect(shown(parseYamlParts(text)!)).toEqual(expected);
  });

  test("an empty text has none, an alias is the same part again, also inside itself", () => {
    expect(parseYamlParts("# nothing\n")).toBeUndefined();
    const { parts } = parseYamlParts("- &a [*a]\n- *a\n")!;
    expect(parts[0]).toBe(parts[1]);
    expect(parts[0]!.parts[0]).toBe(parts[0]);
  });

  test("what is no YAML is an error with the byte; a value that would be wrong is none", () => {
    expect(() => parseYamlParts("é: @x")).toThrow(expect.objectContaining({ code: "INVALID_BUFFER", offset: 4 }));
    expect(() => parseYamlParts("\0")).toThrow(expect.objectContaining({ code: "INVALID_BUFFER", offset: 0 }));
    expect(shown(parseYamlParts("!!int x")!)).toBe("int x @6");
  });

  test("of the deepest text", () => {
    let part = parseYamlParts(`${"[".repeat(490)}${"]".repeat(490)}`);
    let depth = 0;
    for (; part !== undefined; part = part.parts[0]) depth++;
    expect(depth).toBe(490);
  });
});
