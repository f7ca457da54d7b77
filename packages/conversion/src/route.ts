import { type Celltype, parse } from "@seamless/celltypes";
import { type Checksum, SeamlessError } from "@seamless/checksum";
import { type ElementaryCategory, plan, type Step } from "./matrix/lookup.ts";
import { POSSIBLE } from "./rules/possible.ts";
import { REFORMAT } from "./rules/reformat.ts";
import { fromBuffer, type Rule } from "./rules/rule.ts";
import { valueRule } from "./rules/value.ts";

/** Category of a step → its rule. */
const RULES: Readonly<Record<ElementaryCategory, (step: Step) => Rule | undefined>> = {
  trivial: () => ({ needs: "nothing" }),
  reinterpret: ({ target }) => reinterpretAs(target),
  reformat: ({ source, target }) => REFORMAT[source]?.[target],
  possible: ({ source, target }) => POSSIBLE[source]?.[target],
  value: ({ source, target }) => valueRule(source, target),
  forbidden: () => undefined,
};

/** The buffer stays as it is, if it parses as the target. */
function reinterpretAs(target: Celltype): Rule {
  return fromBuffer((bytes) => {
    parse(bytes, target);
    return undefined;
  });
}

/** The rule of a step; `undefined` if the step is forbidden. */
export function ruleOf(step: Step): Rule | undefined {
  return RULES[step.category](step);
}

/** A step that does something, and its rule. */
export interface Work {
  readonly step: Step;
  readonly rule: Exclude<Rule, { readonly needs: "nothing" }>;
}

/** How to convert from one celltype to another, worked out once. */
export interface Route {
  readonly source: Celltype;
  readonly target: Celltype;
  /** The steps of the plan that do something, in order. */
  readonly work: readonly Work[];
  /** The first forbidden step. */
  readonly forbidden: Step | undefined;
  /** Does a step need the bytes of the buffer? */
  readonly needsBytes: boolean;
}

/** One conversion of one buffer. */
export interface Job {
  readonly checksum: Checksum;
  readonly route: Route;
  /** Limit of a new buffer in bytes; `undefined` for the default, which is in proportion to the old one. */
  readonly maxBytes: number | undefined;
}

const routes = new Map<unknown, Map<unknown, Route>>();

/** @throws {SeamlessError} `INVALID_ARGUMENT` for an unknown celltype. */
export function routeOf(source: Celltype, target: Celltype): Route {
  return routes.get(source)?.get(target) ?? addRoute(source, target);
}

/** Happens 169 times at most: `plan` throws for an unknown celltype before anything is remembered. */
function addRoute(source: Celltype, target: Celltype): Route {
  const route = makeRoute(source, target, plan(source, target));
  const targets = routes.get(source) ?? new Map<unknown, Route>();
  routes.set(source, targets.set(target, route));
  return route;
}

function makeRoute(source: Celltype, target: Celltype, steps: readonly Step[]): Route {
  const forbidden = steps.find(({ category }) => category === "forbidden");
  if (forbidden !== undefined) return { source, target, work: [], forbidden, needsBytes: false };
  const work = steps.flatMap((step): Work[] => {
    const rule = ruleOf(step);
    if (rule === undefined) throw new SeamlessError("UNSUPPORTED", `no rule from ${step.source} to ${step.target}`);
    return rule.needs === "nothing" ? [] : [{ step, rule }];
  });
  return { source, target, work, forbidden, needsBytes: work.some(({ rule }) => rule.needs === "buffer") };
}
