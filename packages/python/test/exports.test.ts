import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as main from "../src/index.ts";

// The public surface: whoever changes it says so here.
test("exports of @seamless/python", () => {
  expect(Object.keys(main).sort()).toMatchInlineSnapshot(`
    [
      "ipythonToPython",
      "isValidPython",
      "loadPython",
      "pythonError",
    ]
  `);
});

test("the build exports the same", async () => {
  // As users do: by the package's own name.
  const built = (await import("@seamless/python" as string)) as object;
  expect(Object.keys(built).sort()).toEqual(Object.keys(main).sort());
});

test("the table of the README names them all", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const rows = readme.split("\n").filter((line) => line.startsWith("| `"));
  expect(Object.keys(main).filter((name) => !rows.some((row) => row.match(/\w+/g)!.includes(name)))).toEqual([]);
});
