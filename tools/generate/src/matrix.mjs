import { Problem } from "./problems.mjs";
import { arrow } from "./rules.mjs";
import { CATEGORIES } from "./schema.mjs";

/** @typedef {import("./schema.mjs").Category} Category */
/** @typedef {import("./rules.mjs").Pair} Pair */
/** @typedef {import("./rules.mjs").Rule} Rule */
/** @typedef {"trivial" | "reinterpret" | "reformat" | "possible" | "forbidden"} Class */
/** @typedef {Exclude<Category, "equivalent" | "chain">} ElementaryCategory */
/** @typedef {{ readonly source: string, readonly target: string, readonly category: ElementaryCategory }} Step */

/**
 * What the table says of one pair.
 *
 * @typedef {object} Cell
 * @property {string} source
 * @property {string} target
 * @property {Category} category
 * @property {Pair} [as]
 * @property {string} [via]
 * @property {Rule} rule
 */

/**
 * One pair with all that follows from the table.
 *
 * @typedef {Cell & { readonly plan: readonly Step[], readonly class: Class }} Entry
 */

/**
 * The cell of every pair, by its arrow. Checks that each has exactly one.
 *
 * @param {readonly string[]} celltypes
 * @param {readonly Rule[]} rules
 * @returns {{ cells: ReadonlyMap<string, Cell>, problems: readonly Problem[] }}
 */
export function fill(celltypes, rules) {
  /** @type {Map<string, Cell>} */
  const cells = new Map();
  /** @type {Problem[]} */
  const problems = [];
  for (const rule of rules) {
    for (const pair of rule.pairs) {
      const [source, target] = pair;
      const { category, as, via, line } = rule;
      const earlier = cells.get(arrow(pair))?.rule;
      if (earlier !== undefined) {
        const first = `${earlier.category} by the rule on line ${earlier.line}`;
        problems.push(
          new Problem(`${arrow(pair)} is ${category} here, and ${first}: take it out of one of them`, line),
        );
        continue;
      }
      cells.set(arrow(pair), {
        source,
        target,
        category,
        ...(as === undefined ? {} : { as: /** @type {Pair} */ ([as.from ?? source, as.to ?? target]) }),
        ...(via === undefined ? {} : { via }),
        rule,
      });
    }
  }
  for (const source of celltypes) {
    for (const target of celltypes) {
      if (source === target || cells.has(arrow([source, target]))) continue;
      const mend = "name it in one, under forbidden if it must not be converted";
      problems.push(new Problem(`no rule is for ${arrow([source, target])}: ${mend}`));
    }
  }
  return { cells, problems };
}

/**
 * What the numbers of the table say, against what the rules make.
 *
 * @param {Readonly<Record<Category, number>>} counts
 * @param {ReadonlyMap<string, Cell>} cells
 * @param {(path: readonly PropertyKey[]) => number} lineOf
 */
export function checkCounts(counts, cells, lineOf) {
  return CATEGORIES.flatMap((category) => {
    const made = [...cells.values()].filter((cell) => cell.category === category).length;
    if (made === counts[category]) return [];
    const what = `counts.${category} is ${counts[category]}, but the rules make ${made}`;
    return [new Problem(`${what}: mend the rule that is wrong, or this number`, lineOf(["counts", category]))];
  });
}

/**
 * Follow equivalents and chains to what they are made of. Every pair must have a cell.
 *
 * @param {readonly string[]} celltypes
 * @param {ReadonlyMap<string, Cell>} cells
 * @returns {{ entries: readonly Entry[], problems: readonly Problem[] }} In the order of `celltypes`, by source, then target.
 */
export function resolve(celltypes, cells) {
  /** @type {Problem[]} */
  const problems = [];
  /** @type {Map<string, readonly Step[]>} */
  const plans = new Map();

  /**
   * @param {Pair} pair
   * @param {readonly Cell[]} above - The cells that wait for this one.
   * @returns {readonly Step[]}
   */
  const planOf = (pair, above) => {
    const [source, target] = pair;
    const cell = cells.get(arrow(pair));
    if (cell === undefined) return [];
    const known = plans.get(arrow(pair));
    if (known !== undefined) return known;
    const again = above.indexOf(cell);
    if (again !== -1) {
      problems.push(endless(above.slice(again)));
      return [];
    }
    /** @param {Pair} next */
    const follow = (next) => planOf(next, [...above, cell]);
    /** @type {readonly Step[]} */
    let plan;
    if (cell.as !== undefined) plan = follow(cell.as);
    else if (cell.via !== undefined) plan = [...follow([source, cell.via]), ...follow([cell.via, target])];
    else plan = [{ source, target, category: /** @type {ElementaryCategory} */ (cell.category) }];
    plans.set(arrow(pair), plan);
    return plan;
  };

  const entries = celltypes.flatMap((source) =>
    celltypes.flatMap((target) => {
      const cell = cells.get(arrow([source, target]));
      if (cell === undefined) return [];
      const plan = planOf([source, target], []);
      const barred = plan.find(({ category }) => category === "forbidden");
      if (barred !== undefined && cell.category !== "forbidden") {
        const what = `${arrow([source, target])} takes ${arrow([barred.source, barred.target])}, which is forbidden`;
        problems.push(new Problem(`${what}: take another way, or write it under forbidden`, cell.rule.line));
      }
      return [{ ...cell, plan, class: classOf(plan) }];
    }),
  );
  return { entries, problems };
}

/** @param {readonly Cell[]} circle */
function endless(circle) {
  const steps = circle.map(({ source, target, as, via, rule }) => {
    const way = as === undefined ? `goes via ${via}` : `stands for ${arrow(as)}`;
    return `${arrow([source, target])} ${way} (line ${rule.line})`;
  });
  const what = `this never ends: ${steps.join(", ")}, and so on`;
  return new Problem(`${what}; let one of them take another way or have a category of its own`, circle[0]?.rule.line);
}

/**
 * What steps in a row may do.
 *
 * @param {readonly Step[]} plan
 * @returns {Class}
 */
function classOf(plan) {
  /** @param {readonly ElementaryCategory[]} categories */
  const has = (...categories) => plan.some(({ category }) => categories.includes(category));
  if (has("value", "forbidden")) return "forbidden";
  const changes = has("reformat", "possible");
  const fails = has("reinterpret", "possible");
  if (changes) return fails ? "possible" : "reformat";
  return fails ? "reinterpret" : "trivial";
}
