import { readFileSync } from "node:fs";
import { arrow } from "./rules.mjs";
import { CATEGORIES } from "./schema.mjs";

/** @typedef {import("./generate.mjs").Conversions} Conversions */
/** @typedef {import("./rules.mjs").Rule} Rule */
/** @typedef {import("./schema.mjs").Category} Category */

/** What a user sees of a pair: its class, with those that work on values apart from those that are never done. */
const VERDICTS = /** @type {const} */ (["trivial", "reinterpret", "reformat", "possible", "value", "forbidden"]);

/**
 * The pages for `docs/`, from their templates: `{{…}}` is what follows from the table.
 *
 * @param {Conversions} conversions
 * @returns {Readonly<Record<string, string>>} Path from the top of the repository → content.
 */
export function pages(conversions) {
  const parts = { ...matrixParts(conversions), ...ruleParts(conversions.rules), ...countParts(conversions) };
  return Object.fromEntries(
    ["conversions.md", "conversion-classes.md"].map((name) => [`docs/${name}`, fillIn(template(name), parts)]),
  );
}

/** @param {string} name */
function template(name) {
  return readFileSync(new URL(`../templates/${name}`, import.meta.url), "utf8");
}

/** @param {string} text @param {Readonly<Record<string, string>>} parts */
function fillIn(text, parts) {
  return text.replaceAll(/\{\{(.+?)\}\}/g, (_, name) => {
    if (!Object.hasOwn(parts, name))
      throw new Error(`a template asks for ${name}; there are ${Object.keys(parts).join(", ")}`);
    return /** @type {string} */ (parts[name]);
  });
}

/** @param {Conversions} conversions */
function matrixParts({ table, entries }) {
  const celltypes = Object.keys(table.celltypes);
  const verdicts = new Map(entries.map((entry) => [arrow([entry.source, entry.target]), verdictOf(entry)]));
  const rows = celltypes.map((source) => [
    `**${source}**`,
    ...celltypes.map((target) => shown(verdicts.get(arrow([source, target])))),
  ]);
  return {
    celltypes: markdownTable(
      ["celltype", "what its buffer is"],
      Object.entries(table.celltypes).map(([name, what]) => [`\`${name}\``, what]),
    ),
    matrix: markdownTable(["", ...celltypes], rows),
  };
}

/** @param {Conversions} conversions */
function countParts({ rules, entries }) {
  /** @type {Record<string, string>} */
  const parts = {};
  for (const verdict of VERDICTS) {
    parts[`number of ${verdict}`] = String(entries.filter((entry) => verdictOf(entry) === verdict).length);
  }
  parts["number of pairs"] = String(entries.length);
  parts["pairs of class forbidden"] = String(entries.filter((entry) => entry.class === "forbidden").length);
  for (const category of CATEGORIES) {
    const pairs = rules.filter((rule) => rule.category === category).flatMap((rule) => rule.pairs);
    parts[`pairs in ${category}`] = String(pairs.length);
  }
  return parts;
}

/** @param {import("./matrix.mjs").Entry} entry @returns {(typeof VERDICTS)[number]} */
function verdictOf(entry) {
  return entry.class === "forbidden" && entry.category !== "forbidden" ? "value" : entry.class;
}

/** @param {(typeof VERDICTS)[number] | undefined} verdict - None for equal celltypes. */
function shown(verdict) {
  if (verdict === undefined) return "·";
  return verdict === "value" ? "*value*" : verdict;
}

/**
 * The rules of each category as a table.
 *
 * @param {readonly Rule[]} rules
 */
function ruleParts(rules) {
  return Object.fromEntries(
    CATEGORIES.map((category) => {
      const own = rules.filter((rule) => rule.category === category);
      const header = { equivalent: ["from", "to", "done as", "because"], chain: ["from", "to", "via", "because"] };
      const columns = category === "equivalent" || category === "chain" ? header[category] : ["from", "to", "because"];
      return [`rules of ${category}`, markdownTable(columns, own.map(ruleRow))];
    }),
  );
}

/** @param {Rule} rule */
function ruleRow({ pairs, as, via, because }) {
  const [sources, targets] = [0, 1].map((side) => [...new Set(pairs.map((pair) => pair[/** @type {0 | 1} */ (side)]))]);
  const way = as === undefined ? via : `${as.from ?? "itself"} → ${as.to ?? "the same"}`;
  return [words(sources), words(targets), ...(way === undefined ? [] : [way]), because];
}

/** @param {readonly string[] | undefined} celltypes */
function words(celltypes = []) {
  return celltypes.length === 12 ? "any other" : celltypes.join(", ");
}

/** @param {readonly string[]} header @param {readonly (readonly string[])[]} rows */
function markdownTable(header, rows) {
  const lines = [header, header.map(() => "---"), ...rows].map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`,
  );
  return lines.join("\n");
}
