import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findChromium, type ModulePage, openModule } from "@seamless-tools/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pythonRows } from "./support/rows.ts";

const chromium = findChromium();
if (chromium === undefined) console.warn("no Chromium on this machine: Python is not parsed in a browser");

describe.skipIf(chromium === undefined)("in Chromium", () => {
  let page: ModulePage;
  beforeAll(async () => {
    const entry = fileURLToPath(new URL("support/page.ts", import.meta.url));
    page = await openModule(chromium!, entry);
  });
  afterAll(() => page?.close());

  test("before it is loaded, nothing is known", async () => {
    expect(await page.call("verdictsNow", [""])).toEqual(["INVALID_STATE"]);
  });

  test(`isValidPython: ${pythonRows.length} vectors`, async () => {
    const found = await page.call<boolean[]>(
      "verdicts",
      pythonRows.map(({ python }) => python),
    );
    expect(pythonRows.filter(({ accept }, i) => found[i] !== accept)).toEqual([]);
  });

  test("ipythonToPython: all vectors", async () => {
    const lines = readFileSync(new URL("vectors/ipython.jsonl", import.meta.url), "utf8")
      .split("\n")
      .filter(Boolean);
    const rows = lines.map((line) => JSON.parse(line) as { ipython: string; python?: string });
    const found = await page.call(
      "conversions",
      rows.map(({ ipython }) => ipython),
    );
    expect(found).toEqual(rows.map(({ python }) => python ?? null));
  });
});
