import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { findChromium, type ModulePage, openModule } from "@seamless-tools/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pythonRows } from "./support/rows.ts";
import { TRAPS } from "./support/traps.ts";

const chromium = findChromium();
if (chromium === undefined) console.warn("no Chromium on this machine: Python is not parsed in a browser");

const WASM = "@astral-sh/ruff-wasm-web/ruff_wasm_bg.wasm";

describe.skipIf(chromium === undefined)("in Chromium", () => {
  let page: ModulePage;
  beforeAll(async () => {
    const entry = fileURLToPath(new URL("support/page.ts", import.meta.url));
    // The bundler is one that leaves the address of the file alone.
    const assets = { [`/${WASM}`]: createRequire(import.meta.url).resolve(WASM) };
    page = await openModule(chromium!, entry, { assets, without: [] });
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

  test("after the parser broke down, loading it again makes the verdicts right", async () => {
    const texts = pythonRows.map(({ python }) => python);
    for (const trap of Object.values(TRAPS)) {
      // The main thread starts large modules only asynchronously.
      expect(await page.call("verdictsNow", [trap, "x"])).toEqual(["PARSER_TRAPPED", "INVALID_STATE"]);
      expect(await page.call("verdicts", texts)).toEqual(pythonRows.map(({ accept }) => accept));
    }
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
