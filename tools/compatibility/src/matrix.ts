import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installProject, packPublished, type Tarball } from "@seamless-tools/packages";
import { copyPrograms } from "./features.ts";
import { groups } from "./groups.ts";
import { type Entry, formatPage, pagePath, readPage, untried } from "./page.ts";
import type { Outcome, Row, RunRow } from "./row.ts";

const TIMEOUT = 300_000;

/** The place where rows run: tarballs that are packed once, and a project that is installed once. */
export interface Bench {
  run(row: RunRow): Promise<Outcome>;
  /** Removes all that was made. */
  close(): void;
}

/** Pack all packages, from the built tree. */
export async function openBench(): Promise<Bench> {
  const temporary = realpathSync(mkdtempSync(join(tmpdir(), "seamless-compatibility-")));
  const close = () => rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
  let tarballs: readonly Tarball[];
  try {
    tarballs = await packPublished(temporary);
  } catch (error) {
    close();
    throw error;
  }
  let installed: Promise<string> | undefined;
  const install = async () => {
    const project = join(temporary, "installed");
    await installProject(project, tarballs);
    await copyPrograms(project);
    return project;
  };
  let rows = 0;
  return {
    async run(row) {
      const directory = join(temporary, `row-${++rows}`);
      mkdirSync(directory);
      const signal = AbortSignal.timeout(row.timeout ?? TIMEOUT);
      try {
        return await row.run({ directory, tarballs, signal, installed: () => (installed ??= install()) });
      } finally {
        rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
      }
    },
    close,
  };
}

/**
 * Run the rows that have one of these words in their names, all without any, and write the page. Rows that are not run
 * keep what the page says of them.
 *
 * @returns the exit status: 0 if all went well.
 */
export async function runMatrix(words: readonly string[]): Promise<number> {
  const wanted = (row: Row) =>
    words.length === 0 || words.some((word) => row.name.toLowerCase().includes(word.toLowerCase()));
  const rows = groups.flatMap((group) => group.rows).filter((row) => row.how !== "by the workflow only" && wanted(row));
  if (rows.length === 0) {
    process.stderr.write(`no row has ${words.join(" or ")} in its name\n`);
    return 2;
  }
  const before = readPage();
  const entries = new Map<Row, Entry>();
  const bench = await openBench();
  let failed = 0;
  try {
    for (const row of rows as readonly RunRow[]) {
      const started = performance.now();
      let said: string;
      try {
        const { version, note = "" } = await bench.run(row);
        entries.set(row, { how: row.how, version, result: "works", note });
        said = `works, ${version}`;
      } catch (error) {
        failed++;
        entries.set(row, { how: row.how, version: "", result: "**fails**", note: firstLine(error) });
        said = `FAILS\n${error instanceof Error ? error.message : String(error)}`;
      }
      process.stdout.write(`${row.name} (${((performance.now() - started) / 1000).toFixed(0)} s): ${said}\n`);
    }
  } finally {
    bench.close();
  }
  writeFileSync(
    pagePath,
    formatPage(
      groups,
      (row) => entries.get(row) ?? (row.how === "by the workflow only" ? untried(row) : kept(before, row)),
    ),
  );
  process.stdout.write(`\n${rows.length - failed} of ${rows.length} rows work; the page is docs/compatibility.md\n`);
  return failed === 0 ? 0 : 1;
}

function kept(before: ReadonlyMap<string, Entry>, row: Row): Entry {
  return before.get(row.name) ?? untried(row);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}
