import { checkCounts, fill, resolve } from "./matrix.mjs";
import { pages } from "./pages.mjs";
import { TableError } from "./problems.mjs";
import { reasons } from "./reasons.mjs";
import { allRules } from "./rules.mjs";
import { checkForm } from "./schema.mjs";
import { typescript } from "./typescript.mjs";
import { readYaml } from "./yaml.mjs";

/** The table, from the top of the repository. */
export const TABLE = "packages/conversion/conversions.yaml";

/** @typedef {{ readonly table: import("./schema.mjs").Table, readonly rules: readonly import("./rules.mjs").Rule[], readonly entries: readonly import("./matrix.mjs").Entry[] }} Conversions */

/**
 * Read the table and check it.
 *
 * @param {string} source - What is in it.
 * @param {string} [file] - Its path, for messages.
 * @returns {Conversions}
 * @throws {TableError} with everything that is wrong, by line.
 */
export function readTable(source, file = TABLE) {
  /** @param {readonly import("./problems.mjs").Problem[]} problems */
  const stopAt = (problems) => {
    if (problems.length > 0) throw new TableError(file, problems);
  };
  const { value, lineOf } = readYaml(source, file);
  const form = checkForm(value, lineOf);
  if ("problems" in form) throw new TableError(file, form.problems);
  const { table } = form;
  const celltypes = Object.keys(table.celltypes);
  const { rules, problems } = allRules(table, lineOf);
  stopAt(problems);
  const { cells, problems: gaps } = fill(celltypes, rules);
  stopAt(gaps);
  const { entries, problems: circles } = resolve(celltypes, cells);
  stopAt([...checkCounts(table.counts, cells, lineOf), ...circles]);
  return { table, rules, entries };
}

/**
 * All that is generated from the table.
 *
 * @param {string} source - What is in it.
 * @returns {Readonly<Record<string, string>>} Path from the top of the repository → content.
 * @throws {TableError} with everything that is wrong, by line.
 */
export function generate(source) {
  const conversions = readTable(source);
  return {
    "packages/conversion/src/matrix/matrix.generated.ts": typescript(conversions),
    "packages/conversion/src/matrix/reasons.generated.ts": reasons(conversions),
    ...pages(conversions),
  };
}
