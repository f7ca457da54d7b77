import { Cursor } from "../../src/grammar/cursor.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";

/** What reading a text takes: tokens that are read, steps through them, and characters looked at or copied. */
export interface Work {
  tokens: number;
  steps: number;
  characters: number;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Methods that count, on which object, and what each call counts. */
const COUNTED: readonly (readonly [keyof Work, object, string, (result: unknown) => number])[] = [
  ["tokens", Tokenizer.prototype, "next", () => 1],
  ["steps", Cursor.prototype, "advance", () => 1],
  ["steps", Cursor.prototype, "peek", () => 1],
  ["characters", String.prototype, "charCodeAt", () => 1],
  ["characters", String.prototype, "codePointAt", () => 1],
  ["characters", String.prototype, "slice", (result) => (result as string).length],
];

/** Count what is done meanwhile. */
export function countWork(run: () => void): Work {
  const counts: Work = { tokens: 0, steps: 0, characters: 0 };
  const undo = COUNTED.map(([of, target, name, weigh]) => {
    const methods = target as Record<string, Method>;
    const method = methods[name]!;
    methods[name] = function (...args) {
      const result = method.apply(this, args);
      counts[of] += weigh(result);
      return result;
    };
    return () => {
      methods[name] = method;
    };
  });
  try {
    run();
  } finally {
    for (const restore of undo) restore();
  }
  return counts;
}

/** What does not depend on the length of a text: where it begins and ends. */
const FIXED = 2000;

/** What takes more than four times the work for four times the text, if anything does. */
export function moreThanLinear(one: Work, four: Work): string[] {
  return (["tokens", "steps", "characters"] as const).flatMap((of) =>
    four[of] > 4 * one[of] + FIXED ? [`${four[of]} ${of} instead of ${one[of]}`] : [],
  );
}
