import type { ElementaryCategory, Step } from "../matrix/lookup.ts";
import { POSSIBLE } from "./possible.ts";
import { REFERENCE } from "./reference.ts";
import { REFORMAT } from "./reformat.ts";
import { REINTERPRET } from "./reinterpret.ts";
import type { Rule } from "./rule.ts";
import { VALUE } from "./value.ts";

const NOTHING: Rule = { needs: "nothing" };

/** Category → the rule of a pair of it. */
const RULES: Readonly<Record<ElementaryCategory, (step: Step) => Rule | undefined>> = {
  trivial: () => NOTHING,
  reinterpret: ({ target }) => REINTERPRET[target],
  reformat: ({ source, target }) => REFORMAT[source]?.[target],
  possible: ({ source, target }) => POSSIBLE[source]?.[target],
  value: ({ source, target }) => VALUE[source]?.[target] ?? REFERENCE[source]?.[target],
  forbidden: () => undefined,
};

/** The rule of a step; `undefined` where it is forbidden. */
export function ruleOf(step: Step): Rule | undefined {
  return RULES[step.category](step);
}
