import { describe, expect, test } from "vitest";
import { allUsages } from "../src/manual/manual.ts";
import { allOptions, parseArguments, UsageError } from "../src/program/arguments.ts";
import { isSwitch, type Option } from "../src/program/options.ts";

type Valued = Exclude<Option, string | { readonly kind: "switch" }>;

/** Two values that an option takes, and some that it does not, by its kind. */
const VALUES: Readonly<Record<Valued["kind"], (option: Valued) => readonly [right: string[][], wrong: string[][]]>> = {
  text: () => [[["a"], ["b"]], [[""]]],
  list: () => [[["a"], ["b"]], [[""]]],
  number: (option) => {
    const { min, max } = option as Extract<Option, { readonly kind: "number" }>;
    return [
      [[`${max}`], [`${max - 1}`]],
      ["", "x", "-1", "1e3x", "٣", "NaN", "1 ", `${min - 1}`, `${max}0`].map((one) => [one]),
    ];
  },
  size: () => [[["500"], ["1.5MB"]], ["", "x", "-1", "MB", "1.5.5", "1 KBB", "9999999999999P"].map((one) => [one])],
  range: () => [
    [
      ["1000", "2000"],
      ["1000", "2001"],
    ],
    [
      ["", ""],
      ["2", "1"],
      ["a", "b"],
      ["1", "99999999"],
    ],
  ],
  choice: (option) => {
    const { choices } = option as Extract<Option, { readonly kind: "choice" }>;
    return [choices.map((choice) => [choice]), ["", "x", `${choices[0]}x`, "__proto__"].map((one) => [one])];
  },
};

describe("each option of each command", async () => {
  const usages = await allUsages();
  const rows = usages
    .filter(({ operands }) => operands !== "COMMAND")
    .flatMap((usage) =>
      Object.entries(allOptions(usage)).map(([name, option]) => ({
        usage,
        name,
        option,
        title: `${usage.name} --${name}`,
      })),
    );

  test("are many", () => expect(rows.length).toBeGreaterThan(300));

  test.for(rows)("$title", ({ usage, name, option }) => {
    const operands = usage.operands.split(" ").map(() => "operand");
    const parse =
      (...args: readonly string[]) =>
      () =>
        parseArguments(usage, [...args, ...operands]);
    const word = `--${name}`;
    const twice = new UsageError(`${word} is given twice, with two values`);
    if (isSwitch(option)) {
      expect(parse(word, word)().flags[name]).toBe(true);
      expect(parse(`${word}=x`)).toThrow(UsageError);
      return;
    }
    const [[first = [], second = []], wrong] = VALUES[option.kind](option);
    expect(() => parseArguments(usage, [word])).toThrow(UsageError);
    for (const values of wrong) expect(parse(word, ...values), values.join()).toThrow(`--${name}`);
    expect(parse(word, ...first, word, ...first)).not.toThrow();
    if (option.kind === "list") expect(parse(word, ...first, word, ...second)().lists[name]).toEqual(["a", "b"]);
    else expect(parse(word, ...first, word, ...second)).toThrow(twice);
  });
});
