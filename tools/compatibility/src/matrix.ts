import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { type Bench, openBench } from "./bench.ts";
import { groups as everything } from "./groups.ts";
import { type Entry, failure, formatPage, readPage, success, untried } from "./page.ts";
import type { Group, Row, RunRow } from "./row.ts";

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
 * @returns the exit status: 0 if all went well, 1 if a row failed, 2 if there is no such row.
 */
export async function runMatrix(words: readonly string[], matrix: Partial<Matrix> = {}): Promise<number> {
  const { groups, openBench, page, tell } = { ...MATRIX, ...matrix };
  const rows = groups.flatMap((group) => group.rows).filter(isRun);
  const wanted = words.length === 0 ? rows : rows.filter(({ name }) => words.some((word) => includes(name, word)));
  if (wanted.length === 0) {
    tell(`no row has ${words.join(" or ")} in its name`);
    return 2;
  }
  const before = readPage(page);
  const entries = new Map<Row, Entry>();
  const bench = await openBench();
  try {
    for (const row of wanted) entries.set(row, await tryRow(row, bench, tell));
  } finally {
    bench.close();
  }
  const entryOf = (row: Row) => entries.get(row) ?? (isRun(row) ? before.get(row.name) : undefined) ?? untried(row);
  writeFileSync(page, formatPage(groups, entryOf));
  const works = [...entries.values()].filter(({ version }) => version !== "").length;
  tell(`\n${works} of ${wanted.length} rows work; the page is docs/compatibility.md`);
  return works === wanted.length ? 0 : 1;
}

async function tryRow(row: RunRow, bench: Bench, tell: (line: string) => void): Promise<Entry> {
  const started = performance.now();
  const seconds = () => `${row.name} (${((performance.now() - started) / 1000).toFixed(0)} s)`;
  try {
    const outcome = await bench.run(row);
    tell(`${seconds()}: works, ${outcome.version}`);
    return success(row, outcome);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell(`${seconds()}: FAILS\n${message}`);
    return failure(row, message);
  }
}

function isRun(row: Row): row is RunRow {
  return row.how !== "by the workflow only";
}

function includes(name: string, word: string): boolean {
  return name.toLowerCase().includes(word.toLowerCase());
}
