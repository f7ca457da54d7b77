import { Problem } from "./problems.mjs";
import { ANY } from "./schema.mjs";

/** @typedef {import("./schema.mjs").Category} Category */
/** @typedef {import("./schema.mjs").Table} Table */
/** @typedef {readonly [source: string, target: string]} Pair */

/**
 * A rule, written or derived, and the pairs it holds for.
 *
 * @typedef {object} Rule
 * @property {Category} category
 * @property {readonly Pair[]} pairs
 * @property {string} because
 * @property {number} line - In the table; of its edge, if it is derived.
 * @property {{ readonly from?: string | undefined, readonly to?: string | undefined }} [as]
 * @property {string} [via]
 */

/** @param {Pair} pair */
export function arrow([source, target]) {
  return `${source} -> ${target}`;
}

/**
 * All rules of a table, in its order; what is derived comes before its exceptions.
 *
 * @param {Table} table
 * @param {(path: readonly PropertyKey[]) => number} lineOf
 * @returns {{ rules: readonly Rule[], problems: readonly Problem[] }}
 */
export function allRules(table, lineOf) {
  const celltypes = Object.keys(table.celltypes);
  /** @type {Problem[]} */
  const problems = [];

  /**
   * @param {Category} category
   * @param {{ from: readonly string[], to: readonly string[], because: string, as?: Rule["as"], via?: string }} written
   * @param {readonly PropertyKey[]} path
   * @returns {Rule}
   */
  const toRule = (category, { from, to, because, as, via }, path) => {
    const line = lineOf(path);
    const pairs = pairsOf(from, to, celltypes);
    for (const pair of pairs.filter(([source, target]) => source === target)) {
      problems.push(new Problem(`${arrow(pair)} needs no rule: take it out`, line));
    }
    return {
      category,
      pairs,
      because,
      line,
      ...(as === undefined ? {} : { as }),
      ...(via === undefined ? {} : { via }),
    };
  };
  /** @param {Exclude<Category, "reinterpret">} category */
  const section = (category) => table[category].map((written, i) => toRule(category, written, [category, i]));

  const edges = section("trivial");
  const exceptions = table.reinterpret.except.map((written, i) =>
    toRule(written.is, written, ["reinterpret", "except", i]),
  );
  problems.push(...idle(exceptions, edges));
  return {
    rules: [
      ...edges,
      ...reversed(edges, exceptions, table.reinterpret.because),
      ...exceptions,
      .../** @type {const} */ (["reformat", "possible", "value", "forbidden", "equivalent", "chain"]).flatMap(section),
    ],
    problems,
  };
}

/**
 * @param {readonly string[]} from
 * @param {readonly string[]} to
 * @param {readonly string[]} celltypes
 * @returns {readonly Pair[]}
 */
function pairsOf(from, to, celltypes) {
  /** @param {readonly string[]} side @param {readonly string[]} other */
  const named = (side, other) => (side.includes(ANY) ? celltypes.filter((one) => !other.includes(one)) : side);
  return named(from, to).flatMap((source) => named(to, from).map((target) => /** @type {const} */ ([source, target])));
}

/** @param {Pair} pair @returns {Pair} */
function reverse([source, target]) {
  return [target, source];
}

/** @param {readonly Rule[]} rules */
function arrows(rules) {
  return new Set(rules.flatMap(({ pairs }) => pairs.map(arrow)));
}

/**
 * The edges the other way round, without those that are edges themselves and those that are exceptions.
 *
 * @param {readonly Rule[]} edges
 * @param {readonly Rule[]} exceptions
 * @param {string} because
 * @returns {readonly Rule[]}
 */
function reversed(edges, exceptions, because) {
  const taken = arrows([...edges, ...exceptions]);
  return edges
    .map(({ pairs, line }) => ({
      category: /** @type {const} */ ("reinterpret"),
      pairs: pairs.map(reverse).filter((pair) => !taken.has(arrow(pair))),
      because,
      line,
    }))
    .filter(({ pairs }) => pairs.length > 0);
}

/**
 * Exceptions from nothing.
 *
 * @param {readonly Rule[]} exceptions
 * @param {readonly Rule[]} edges
 */
function idle(exceptions, edges) {
  const known = arrows(edges);
  return exceptions.flatMap(({ category, pairs, line }) =>
    pairs
      .filter((pair) => !known.has(arrow(reverse(pair))))
      .map((pair) => {
        const what = `${arrow(pair)} is no exception, since ${arrow(reverse(pair))} is not trivial`;
        return new Problem(`${what}: write it under ${category}`, line);
      }),
  );
}
