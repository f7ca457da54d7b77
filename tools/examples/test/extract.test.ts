import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { docExamples, type Example, expectedOutput, markdownExamples, withoutHidden } from "../src/extract.ts";

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
const js = (code: string): Example => ({ file: "x", line: 1, language: "js", code });

describe("doc comments", () => {
  const examples = docExamples(fixture("source.txt"), "source.ts");

  test("each @example is found, at the line of its tag", () => {
    expect(examples.map(({ file, line, language }) => [file, line, language])).toEqual([
      ["source.ts", 9, "js"],
      ["source.ts", 22, "js"],
      ["source.ts", 29, "ts"],
    ]);
  });

  test("the code ends with the comment, and keeps its own indents", () => {
    expect(examples[0]!.code).toBe(
      'import { one } from "@scope/one";\nif (one) {\n  console.log("a // b"); // → a // b\n}\n',
    );
  });

  test("the code ends at the next tag", () => {
    expect(examples[1]!.code).toBe("console.log([\n  1,\n]);\n// → [ 1 ]\n// →\n");
  });

  test("a fence is no part of the code", () => {
    expect(examples[2]!.code).toBe("first(2);\n");
  });
});

describe("Markdown", () => {
  const text = fixture("page.md");

  test("blocks of the language are found, at the line of their fence", () => {
    expect(markdownExamples(text, "page.md", ["js"]).map(({ line }) => line)).toEqual([3, 15]);
    expect(markdownExamples(text, "page.md", ["ts", "sh"]).map(({ line }) => line)).toEqual([9, 27]);
  });

  test("code is outdented with its fence", () => {
    expect(markdownExamples(text, "page.md", ["js"])[1]!.code).toBe("const fence = `\n\\`\\`\\`\n`;\n");
  });
});

describe("hidden shell code", () => {
  const page = "# Page\n\n<!-- sh\n# So that it is there.\nmkdir a\n-->\n\n```sh\nls\n```\n\n```sh\npwd\n```\n";

  test("runs before the block after it", () => {
    expect(markdownExamples(page, "page.md")).toEqual([
      { file: "page.md", line: 8, language: "sh", code: "ls\n", prepare: "# So that it is there.\nmkdir a\n" },
      { file: "page.md", line: 12, language: "sh", code: "pwd\n" },
    ]);
  });

  test("is taken out for readers", () => {
    expect(withoutHidden(page)).toBe("# Page\n\n```sh\nls\n```\n\n```sh\npwd\n```\n");
  });

  test.each([
    ["before code", page.replace("```sh", "```js")],
    ["before nothing", page.slice(0, page.indexOf("```"))],
    ["without an end", page.replace("-->", "")],
  ])("%s is an error", (_, text) => {
    expect(() => markdownExamples(text, "page.md")).toThrow(
      "page.md: hidden shell code needs a block of shell after it",
    );
  });
});

describe("expected output", () => {
  test("is behind arrows, at the end of a line or alone", () => {
    expect(expectedOutput(js("f(); // → a // b\n// →   indented\n// → \n// →\n// no\n//→ no\n"))).toEqual([
      "a // b",
      "  indented",
      "",
      "",
    ]);
  });

  test("has another comment mark in a shell", () => {
    expect(expectedOutput({ ...js("echo 1 # → 1\n// → no\n# → 2\n"), language: "sh" })).toEqual(["1", "2"]);
  });
});
