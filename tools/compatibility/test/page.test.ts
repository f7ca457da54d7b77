import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { groups } from "../src/groups.ts";
import { formatPage, pagePath, readPage } from "../src/page.ts";

const rows = groups.flatMap((group) => group.rows);

test("no two rows have the same name", () => {
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});

test("the page has exactly the rows of the tables, in their order, and those that can be run here work", () => {
  const entries = [...readPage()].map(([name, { how, result }]) => ({ name, how, result }));
  expect(entries).toEqual(
    rows.map(({ name, how }) => ({ name, how, result: how === "by the workflow only" ? "" : "works" })),
  );
});

test("the page is what the command makes of it", () => {
  const entries = readPage();
  expect(readFileSync(pagePath, "utf8")).toBe(formatPage(groups, ({ name }) => entries.get(name)!));
});
