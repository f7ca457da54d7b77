import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { groups } from "../src/groups.ts";
import { pagePath, runMatrix } from "../src/matrix.ts";
import { formatPage, readPage } from "../src/page.ts";
import type { Group, Row } from "../src/row.ts";

describe("the page in the repository", () => {
  const rows = groups.flatMap((group) => group.rows);

  test("no two rows have the same name", () => {
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  });

  test("has exactly the rows of the tables, in their order, and those that can be run here work", () => {
    const entries = [...readPage(pagePath)].map(([name, { how, result }]) => ({ name, how, result }));
    expect(entries).toEqual(
      rows.map(({ name, how }) => ({ name, how, result: how === "by the workflow only" ? "" : "works" })),
    );
  });

  test("is what the command makes of it", () => {
    const entries = readPage(pagePath);
    expect(readFileSync(pagePath, "utf8")).toBe(formatPage(groups, ({ name }) => entries.get(name)!));
  });
});

describe("a run", () => {
  const folder = mkdtempSync(join(tmpdir(), "seamless-page-"));
  const page = join(folder, "page.md");
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Of rows that need no tarballs, since they do nothing. */
  async function run(words: readonly string[], rows: readonly Row[]) {
    const told: string[] = [];
    const table: Group = { title: "Things", about: "", rows };
    const bench = async () => ({
      run: (row: Row & { run: () => never }) => row.run(),
      close: () => told.push("closed"),
    });
    const openBench = bench as never;
    const status = await runMatrix(words, { groups: [table], openBench, page, tell: (line) => told.push(line) });
    return { status, told: told.join("\n").replaceAll(/\d+ s/g, "0 s"), lines: [...readPage(page)] };
  }

  const entry = (version: string, result: string, note = "", how = "run") => ({ how, version, result, note });
  const works = (name: string, version: string): Row => ({ name, how: "run", run: async () => ({ version }) });
  const elsewhere: Row = { name: "far", how: "by the workflow only", note: "there" };
  const broken: Row = {
    name: "broken",
    how: "simulated",
    run: () => Promise.reject(new Error("it broke in /tmp/row-1\nin many ways")),
  };

  test("shows what fails as failed, and says so by its exit status", async () => {
    const { status, told, lines } = await run([], [works("one", "1.2.3"), broken, elsewhere]);
    expect(status).toBe(1);
    expect(told).toBe(
      "one (0 s): works, 1.2.3\nbroken (0 s): FAILS\nit broke in /tmp/row-1\nin many ways\nclosed\n\n1 of 2 rows work; the page is docs/compatibility.md",
    );
    expect(lines).toEqual([
      ["one", entry("1.2.3", "works")],
      ["broken", entry("", "**fails**", "", "simulated")],
      ["far", entry("", "", "there", "by the workflow only")],
    ]);
  });

  test("of some rows leaves the others as they are, and shows those that were never run", async () => {
    await run(["ONE"], [works("one", "1"), works("two", "2")]);
    const { status, lines } = await run(["two"], [works("one", "3"), works("two", "2"), works("new", "1")]);
    expect(status).toBe(0);
    expect(lines).toEqual([
      ["one", entry("1", "works")],
      ["two", entry("2", "works")],
      ["new", entry("", "not run yet")],
    ]);
  });

  test("takes a row without a version for one that works, and keeps what its note says", async () => {
    const noted: Row = { name: "noted", how: "run", run: async () => ({ version: "", note: "a | b" }) };
    const { status, lines } = await run([], [noted]);
    expect([status, lines]).toEqual([0, [["noted", entry("", "works", "a | b")]]]);
  });

  const usage = `usage: pnpm compatibility [NAME…]   run all rows, or those with one of these words in their names:
  one
  Yarn, pnp
`;

  test.each(["far", "nonsense", "--nonsense"])(
    "of %s, which is in no name, is a mistake: the names are told",
    async (word) => {
      const { status, told } = await run([word, "one"], [works("one", "1"), works("Yarn, `pnp`", "4"), elsewhere]);
      expect({ status, told }).toEqual({
        status: 2,
        told: `no row that runs here has ${word} in its name\n\n${usage}`,
      });
    },
  );

  test.each(["--help", "-h"])("%s tells the names, and runs nothing", async (word) => {
    const { status, told } = await run([word], [works("one", "1"), works("Yarn, `pnp`", "4"), elsewhere]);
    expect({ status, told }).toEqual({ status: 0, told: usage });
  });
});
