import { z } from "zod";
import { Problem } from "./problems.mjs";

/** What a pair may be, as the table has it. Those before `equivalent` stand for themselves. */
export const CATEGORIES = /** @type {const} */ ([
  "trivial",
  "reinterpret",
  "reformat",
  "possible",
  "value",
  "forbidden",
  "equivalent",
  "chain",
]);

/** @typedef {(typeof CATEGORIES)[number]} Category */
/** @typedef {z.infer<ReturnType<typeof tableSchema>>} Table */

/** Stands for every celltype that the rule does not name on its other side. */
export const ANY = "any";

const sentence = z.string("write a sentence").regex(/^\S[^\n]*$/, "write it on one line");
const celltypeNames = z.record(z.string().regex(/^[a-z]+$/, "a celltype is lowercase letters"), sentence);

/** @param {readonly string[]} celltypes */
function tableSchema(celltypes) {
  const celltype = z.enum(celltypes, { error: ({ input }) => unknown(input, celltypes) });
  const side = z.enum([...celltypes, ANY], { error: ({ input }) => unknown(input, [...celltypes, ANY]) });
  const sides = z.preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(side).min(1));
  const rule = z.strictObject({ from: sides, to: sides, because: sentence });
  return z.strictObject({
    celltypes: celltypeNames,
    counts: z.strictObject(
      /** @type {Record<Category, z.ZodInt>} */ (
        Object.fromEntries(CATEGORIES.map((category) => [category, z.int("write a whole number")]))
      ),
    ),
    trivial: z.array(rule),
    reinterpret: z.strictObject({
      because: sentence,
      except: z.array(rule.extend({ is: z.enum(["reformat", "possible", "value", "forbidden"]) })),
    }),
    reformat: z.array(rule),
    possible: z.array(rule),
    value: z.array(rule),
    forbidden: z.array(rule),
    equivalent: z.array(rule.extend({ as: z.strictObject({ from: celltype.optional(), to: celltype.optional() }) })),
    chain: z.array(rule.extend({ via: celltype })),
  });
}

/** @param {unknown} input @param {readonly string[]} known */
function unknown(input, known) {
  return input === undefined
    ? "missing"
    : `there is no celltype ${JSON.stringify(input)}: write one of ${known.join(", ")}`;
}

/**
 * Check the form of the table.
 *
 * @param {unknown} value - As YAML has it.
 * @param {(path: readonly PropertyKey[]) => number} lineOf
 * @returns {{ table: Table } | { problems: readonly Problem[] }}
 */
export function checkForm(value, lineOf) {
  const head = z.looseObject({ celltypes: celltypeNames }).safeParse(value);
  const whole = head.success ? tableSchema(Object.keys(head.data.celltypes)).safeParse(value) : head;
  if (!whole.success) return { problems: whole.error.issues.flatMap((issue) => toProblems(issue, lineOf)) };
  return { table: /** @type {Table} */ (whole.data) };
}

/**
 * @param {z.core.$ZodIssue} issue
 * @param {(path: readonly PropertyKey[]) => number} lineOf
 */
function toProblems(issue, lineOf) {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return new Problem(`${path.join(".")} means nothing here: remove it or mend its name`, lineOf(path));
    });
  }
  const where = issue.path.length === 0 ? "the table" : issue.path.join(".");
  return [new Problem(`${where}: ${issue.message}`, lineOf(issue.path))];
}
