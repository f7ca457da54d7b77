import type { Celltype } from "@seamless/celltypes";
import { SeamlessError } from "@seamless/checksum";
import { plan, type Step } from "./matrix/lookup.ts";
import { ruleOf } from "./rules/index.ts";
import type { Rule } from "./rules/rule.ts";

/** A step that has to be done. */
export interface Work {
  readonly step: Step;
  readonly rule: Exclude<Rule, { readonly needs: "nothing" }>;
}

/** What converting from one celltype to another takes, worked out once. */
export interface Route {
  readonly source: Celltype;
  readonly target: Celltype;
  /** The steps of the plan that do something, in order. */
  readonly work: readonly Work[];
  /** The step that there is no conversion for. */
  readonly forbidden: Step | undefined;
  /** Does it take the buffer? */
  readonly fetches: boolean;
}

const routes = new Map<unknown, Map<unknown, Route>>();

/**
 * @throws {SeamlessError} `INVALID_ARGUMENT` for an unknown celltype.
 */
export function routeOf(source: Celltype, target: Celltype): Route {
  return routes.get(source)?.get(target) ?? addRoute(source, target);
}

/** At most 169 times: an unknown celltype throws before it is remembered. */
function addRoute(source: Celltype, target: Celltype): Route {
  const route = makeRoute(source, target, plan(source, target));
  const targets = routes.get(source) ?? new Map<unknown, Route>();
  routes.set(source, targets.set(target, route));
  return route;
}

function makeRoute(source: Celltype, target: Celltype, steps: readonly Step[]): Route {
  const forbidden = steps.find(({ category }) => category === "forbidden");
  if (forbidden !== undefined) return { source, target, work: [], forbidden, fetches: false };
  const work = steps.flatMap((step): Work[] => {
    const rule = ruleOf(step);
    if (rule === undefined) throw new SeamlessError("UNSUPPORTED", `no rule from ${step.source} to ${step.target}`);
    return rule.needs === "nothing" ? [] : [{ step, rule }];
  });
  return { source, target, work, forbidden, fetches: work.some(({ rule }) => rule.needs === "buffer") };
}
