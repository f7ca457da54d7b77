import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readTable, TABLE } from "../src/generate.mjs";

const source = readFileSync(new URL(`../../../${TABLE}`, import.meta.url), "utf8");

/** Replace what is there exactly once. */
function mend(find: string, replacement: string, text = source): string {
  expect(text.split(find)).toHaveLength(2);
  return text.replace(find, () => replacement);
}

/** The line of what is there exactly once, from 1. */
function lineOf(find: string, text: string): number {
  expect(text.split(find)).toHaveLength(2);
  return text.slice(0, text.indexOf(find)).split("\n").length;
}

function problemsIn(text: string): readonly string[] {
  try {
    readTable(text, "table.yaml");
  } catch (error) {
    return (error as Error).message.split("\n");
  }
  return [];
}

test("the table as it is has no problems", () => {
  expect(problemsIn(source)).toEqual([]);
});

describe("pairs", () => {
  test("one without a rule", () => {
    const broken = mend("  - from: yaml\n    to: [python, ipython]\n", "  - from: yaml\n    to: python\n");
    expect(problemsIn(broken)).toEqual([
      "table.yaml: no rule is for yaml -> ipython: name it in one, under forbidden if it must not be converted",
    ]);
  });

  test("one with two written rules", () => {
    const broken = mend(
      "  - from: yaml\n    to: [python, ipython]\n",
      "  - from: yaml\n    to: [python, ipython, plain]\n",
    );
    const here = lineOf("to: [python, ipython, plain]", broken) - 1;
    const earlier = lineOf("because: YAML has many ways", broken) - 3;
    expect(problemsIn(broken)).toEqual([
      `table.yaml:${here}: yaml -> plain is forbidden here, and reformat by the rule on line ${earlier}: take it out of one of them`,
    ]);
  });

  test("one with a derived and a written rule", () => {
    const broken = mend("  - from: text\n    to: str\n    because", "  - from: text\n    to: [str, yaml]\n    because");
    const edge = lineOf("from: [ipython, yaml]\n    to: text", broken);
    expect(problemsIn(broken)).toEqual([
      `table.yaml:${lineOf("to: [str, yaml]", broken) - 1}: text -> yaml is reformat here, and reinterpret by the rule on line ${edge}: take it out of one of them`,
    ]);
  });

  test("one of equal celltypes", () => {
    const broken = mend("  - from: str\n    to: plain\n", "  - from: str\n    to: [str, plain]\n");
    expect(problemsIn(broken)).toEqual([
      `table.yaml:${lineOf("to: [str, plain]", broken) - 1}: str -> str needs no rule: take it out`,
    ]);
  });

  test("an exception from nothing", () => {
    const broken = mend("    - from: yaml\n      to: plain\n", "    - from: yaml\n      to: [plain, binary]\n");
    expect(problemsIn(broken)).toEqual([
      `table.yaml:${lineOf("to: [plain, binary]", broken) - 1}: yaml -> binary is no exception, since binary -> yaml is not trivial: write it under reformat`,
    ]);
  });

  test("a wrong number of them", () => {
    const broken = mend("  possible: 7\n", "  possible: 8\n");
    expect(problemsIn(broken)).toEqual([
      `table.yaml:${lineOf("possible: 8", broken)}: counts.possible is 8, but the rules make 7: mend the rule that is wrong, or this number`,
    ]);
  });

  test("one in the wrong category", () => {
    const rule = "  - from: yaml\n    to: [python, ipython]\n    because: data is no code\n";
    const broken = mend("\n# The value itself", `${rule}\n# The value itself`, mend(rule, ""));
    expect(problemsIn(broken)).toEqual([
      expect.stringMatching(/: counts\.possible is 7, but the rules make 9: /),
      expect.stringMatching(/: counts\.forbidden is 16, but the rules make 14: /),
    ]);
  });
});

describe("ways that never end", () => {
  test("equivalents in a circle", () => {
    const broken = mend(
      "  - from: yaml\n    to: bytes\n    as: { from: text }\n",
      "  - from: yaml\n    to: bytes\n    as: { to: str }\n",
      mend(
        "  - from: [python, ipython, yaml]\n    to: str\n    as: { from: text }\n",
        "  - from: [python, ipython, yaml]\n    to: str\n    as: { from: yaml, to: bytes }\n",
      ),
    );
    const lines = [lineOf("as: { from: yaml, to: bytes }", broken) - 2, lineOf("as: { to: str }", broken) - 2] as const;
    expect(problemsIn(broken)).toEqual([
      `table.yaml:${lines[1]}: this never ends: yaml -> bytes stands for yaml -> str (line ${lines[1]}), ` +
        `yaml -> str stands for yaml -> bytes (line ${lines[0]}), and so on; ` +
        "let one of them take another way or have a category of its own",
    ]);
  });

  test("an equivalent of itself", () => {
    const broken = mend(
      "    to: [python, ipython, yaml]\n    as: { to: text }\n",
      "    to: [python, ipython, yaml]\n    as: {}\n",
    );
    expect(problemsIn(broken)).toHaveLength(3);
    expect(problemsIn(broken)[0]).toMatch(
      /^table\.yaml:\d+: this never ends: str -> python stands for str -> python \(line \d+\), and so on;/,
    );
  });

  test("a chain", () => {
    const broken = mend(
      "    to: str\n    via: bytes\n",
      "    to: str\n    via: text\n",
      mend(
        "  - from: [binary, mixed]\n    to: text\n    via: plain\n",
        "  - from: mixed\n    to: text\n    via: plain\n    because: so\n  - from: binary\n    to: text\n    via: str\n",
      ),
    );
    expect(problemsIn(broken)).toEqual([
      expect.stringMatching(
        /^table\.yaml:\d+: this never ends: binary -> text goes via str \(line \d+\), binary -> str goes via text \(line \d+\), and so on; let one/,
      ),
    ]);
  });

  test("a chain through its own target", () => {
    const broken = mend("    to: str\n    via: bytes\n", "    to: str\n    via: str\n");
    expect(problemsIn(broken)[0]).toMatch(/this never ends: binary -> str goes via str \(line \d+\), and so on/);
  });

  test("or that are barred", () => {
    const broken = mend(
      "  - from: plain\n    to: [python, ipython]\n    via: text\n",
      "  - from: plain\n    to: [python, ipython]\n    via: yaml\n",
    );
    const line = lineOf("via: yaml", broken) - 2;
    expect(problemsIn(broken)).toEqual([
      `table.yaml:${line}: plain -> python takes yaml -> python, which is forbidden: take another way, or write it under forbidden`,
      `table.yaml:${line}: plain -> ipython takes yaml -> ipython, which is forbidden: take another way, or write it under forbidden`,
    ]);
  });
});

describe("form", () => {
  test.each([
    [
      "an unknown celltype",
      "    via: bytes\n",
      "    via: byte\n",
      /: chain\.3\.via: there is no celltype "byte": write one of binary, mixed, /,
    ],
    [
      "an unknown celltype in a list",
      "[mixed, yaml, bytes]",
      "[mixed, ymal, bytes]",
      /: trivial\.4\.to\.1: there is no celltype "ymal": write one of .*, any$/,
    ],
    [
      "a number for a celltype",
      "    via: mixed\n",
      "    via: 3\n",
      /: chain\.5\.via: there is no celltype 3: write one of /,
    ],
    ["a word for a number", "  trivial: 18\n", "  trivial: many\n", /: counts\.trivial: write a whole number$/],
    [
      "a list for a sentence",
      "because: a string is a JSON value\n",
      "because: [a, b]\n",
      /: trivial\.5\.because: write a sentence$/,
    ],
    ["no reason", "    because: a string is a JSON value\n", "\n", /: trivial\.5\.because: write a sentence$/],
    [
      "a misspelt key",
      "    via: bytes\n",
      "    vai: bytes\n",
      /: chain\.3\.vai means nothing here: remove it or mend its name$/,
    ],
    [
      "no such category",
      "\nforbidden:\n",
      "\nforbiden:\n",
      /: forbiden means nothing here: remove it or mend its name$/,
    ],
    [
      "a rule that is derived",
      "reinterpret:\n  because",
      "reinterpret:\n  rules: []\n  because",
      /: reinterpret\.rules means nothing here/,
    ],
    ["a key twice", "  trivial: 18\n", "  trivial: 18\n  trivial: 18\n", /: not YAML: duplicated mapping key$/],
    ["what is not YAML", "celltypes:\n", "celltypes: [\n", /: not YAML: /],
  ])("%s", (_, find, replacement, message) => {
    const problems = problemsIn(mend(find, replacement));
    expect(
      problems.some((problem) => message.test(problem)),
      problems.join("\n"),
    ).toBe(true);
    for (const problem of problems) expect(problem).toMatch(/^table\.yaml:\d+: /);
  });

  test("the line is that of what is wrong", () => {
    const broken = mend("[mixed, yaml, bytes]", "\n      - mixed\n      - ymal\n      - bytes\n");
    expect(problemsIn(broken)).toEqual([
      expect.stringMatching(new RegExp(`^table\\.yaml:${lineOf("ymal", broken)}: `)),
    ]);
  });

  test("all that is wrong is told at once", () => {
    const broken = mend("    via: mixed\n", "    via: 3\n", mend("  trivial: 18\n", "  trivial: many\n"));
    expect(problemsIn(broken).map((problem) => problem.split(":")[1])).toEqual([
      String(lineOf("trivial: many", broken)),
      String(lineOf("via: 3", broken)),
    ]);
  });
});
