import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { type Bench, openBench } from "./bench.ts";
import { groups as everything } from "./groups.ts";
import { type Entry, failure, formatPage, readPage, success, untried } from "./page.ts";
import type { Group, Outcome, Row, RunRow } from "./row.ts";

/** Absolute path of the page. */
export const pagePath = join(workspaceRoot, "docs/compatibility.md");

/** What tests put in place of the whole matrix. */
export interface Matrix {
  readonly groups: readonly Group[];
  readonly openBench: () => Promise<Bench>;
  /** Where the page is. */
  readonly page: string;
  /** Takes a line for whoever waits. */
  readonly tell: (line: string) => void;
}

const MATRIX: Matrix = {
  groups: everything,
  openBench,
  page: pagePath,
  tell: (line) => process.stdout.write(`${line}\n`),
};

/**
 * Run the rows that have one of these words in their names, all without any, and write the page. Rows that are not run
 * keep what the page says of them.
 *
 * @param words - With `--help` among them, only the names of the rows are told.
 * @returns the exit status: 0 if all went well, 1 if a row failed, 2 if a word is in no name; nothing is run then.
 */
export async function runMatrix(words: readonly string[], matrix: Partial<Matrix> = {}): Promise<number> {
  const { groups, openBench, page, tell } = { ...MATRIX, ...matrix };
  const rows = groups.flatMap((group) => group.rows).filter(isRun);
  if (words.includes("--help") || words.includes("-h")) {
    tell(usage(rows));
    return 0;
  }
  const unknown = words.filter((word) => !rows.some(({ name }) => includes(name, word)));
  if (unknown.length > 0) {
    tell(`no row that runs here has ${unknown.join(" or ")} in its name\n\n${usage(rows)}`);
    return 2;
  }
  const wanted = words.length === 0 ? rows : rows.filter(({ name }) => words.some((word) => includes(name, word)));
  const before = readPage(page);
  const entries = new Map<Row, Entry>();
  const entryOf = (row: Row) => entries.get(row) ?? (isRun(row) ? before.get(row.name) : undefined) ?? untried(row);
  let failures = 0;
  const bench = await openBench();
  try {
    for (const row of wanted) {
      const outcome = await tryRow(row, bench, tell);
      if (outcome === undefined) failures++;
      entries.set(row, outcome === undefined ? failure(row) : success(row, outcome));
      // After each row: whoever stops a run of many minutes keeps what it has found.
      writeFileSync(page, formatPage(groups, entryOf));
    }
  } finally {
    bench.close();
  }
  tell(`\n${wanted.length - failures} of ${wanted.length} rows work; the page is docs/compatibility.md`);
  return failures === 0 ? 0 : 1;
}

/** @returns nothing if it fails; why has been told then. */
async function tryRow(row: RunRow, bench: Bench, tell: (line: string) => void): Promise<Outcome | undefined> {
  const started = performance.now();
  const seconds = () => `${row.name} (${((performance.now() - started) / 1000).toFixed(0)} s)`;
  try {
    const outcome = await bench.run(row);
    tell(`${seconds()}: works, ${outcome.version}`);
    return outcome;
  } catch (error) {
    tell(`${seconds()}: FAILS\n${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function usage(rows: readonly RunRow[]): string {
  const names = rows.map(({ name }) => `  ${name.replaceAll("`", "")}\n`).join("");
  return `usage: pnpm compatibility [NAME…]   run all rows, or those with one of these words in their names:\n${names}`;
}

function isRun(row: Row): row is RunRow {
  return row.how !== "by the workflow only";
}

function includes(name: string, word: string): boolean {
  return name.replaceAll("`", "").toLowerCase().includes(word.toLowerCase());
}
