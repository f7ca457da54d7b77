import { existsSync, readFileSync } from "node:fs";
import type { Group, Outcome, Row } from "./row.ts";

/** What the page says of a row: the cells of its line, in Markdown. */
export interface Entry {
  readonly how: string;
  /** Empty where nothing ran. */
  readonly version: string;
  readonly result: string;
  readonly note: string;
}

const HEADER = `<!-- Made by \`pnpm compatibility\`; changes by hand are lost. -->

# Compatibility

What the packages work with, each row tried with the packed tarballs as npm would deliver them. **run**: with the real thing.
**simulated**: by its rules, without it. **by the workflow only**: on machines of another kind, by the workflow for pull requests.
`;

const COLUMNS = ["", "how", "version", "result", "notes"];

/** Of a row that has run, and works. */
export function success({ how }: Row, { version, note = "" }: Outcome): Entry {
  return { how, version, result: "works", note };
}

/** Of a row that has run, and fails: why is told on the terminal, with paths that no other machine has. */
export function failure({ how }: Row): Entry {
  return { how, version: "", result: "**fails**", note: "" };
}

/** Of a row that was never run here. */
export function untried(row: Row): Entry {
  if (row.how === "by the workflow only") return { how: row.how, version: "", result: "", note: row.note };
  return { how: row.how, version: "", result: "not run yet", note: "" };
}

/** The page, with an entry for each row. */
export function formatPage(groups: readonly Group[], entryOf: (row: Row) => Entry): string {
  const tables = groups.map(({ title, about, rows }) => {
    const lines = rows.map((row) => {
      const { how, version, result, note } = entryOf(row);
      return line([row.name, how, version, result, note]);
    });
    return [`## ${title}`, "", about, "", line(COLUMNS), "|---|---|---|---|---|", ...lines, ""].join("\n");
  });
  return [HEADER, ...tables].join("\n");
}

/** The entries of a page, by the names of their rows; none if there is no page. */
export function readPage(path: string): ReadonlyMap<string, Entry> {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const entries = new Map<string, Entry>();
  for (const [, cells] of text.matchAll(/^\| (.*) \|$/gm)) {
    const [name, how, version, result, note] = cells!.split(" | ").map((cell) => cell.trim().replaceAll("\\|", "|"));
    if (name !== "") entries.set(name!, { how: how!, version: version!, result: result!, note: note! });
  }
  return entries;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
