import { join } from "node:path";
import { describe, expect } from "vitest";
import { run } from "./support/commands.ts";
import { jsonLines, list, sha256, writeTree } from "./support/files.ts";
import { recordSum } from "./support/record.ts";
import { keep, stored } from "./support/stores.ts";
import { test } from "./support/test.ts";

const FUNCTIONS = "export const add = ({ a, b }) => a + b;\n";
const SUM = sha256("5\n");

describe.concurrent("seamless fingertip", () => {
  test("computes again what the store does not have", async ({ dir }) => {
    await recordSum(dir);
    writeTree(dir, { "functions.mjs": FUNCTIONS, "default.mjs": "export default { add: ({ a, b }) => a + b };\n" });
    const args = ["--store=store", "--record", "record", "--functions", "functions.mjs", SUM];
    expect(stored(join(dir, "store"))).not.toContain(SUM);
    expect(await run("seamless resolve", ["--store=store", SUM], { cwd: dir })).toMatchObject({ status: 1, out: "" });
    expect(await run("seamless fingertip", args, { cwd: dir })).toEqual({ status: 0, out: "5\n", err: "" });
    expect(stored(join(dir, "store"))).not.toContain(SUM);
    const json = await run("seamless fingertip", ["--json", "--as=int", "--put", ...args], { cwd: dir });
    expect(jsonLines(json.out)).toEqual([{ checksum: SUM, celltype: "int", length: 2, value: 5 }]);
    expect(stored(join(dir, "store"))).toContain(SUM);
    const resolved = await run("seamless resolve", ["--store=store", SUM], { cwd: dir });
    expect(resolved).toEqual({ status: 0, out: "5\n", err: "" });
    const other = ["--store=store", "--record=record", "--functions=default.mjs", SUM];
    expect((await run("seamless fingertip", other, { cwd: dir })).out).toBe("5\n");
  });

  test("a function that is not there, gives something else, or fails; a file that does not run", async ({ dir }) => {
    await recordSum(dir);
    writeTree(dir, {
      "none.mjs": "export const x = 1;\n",
      "other.mjs": "export const subtract = () => 0;\n",
      "wrong.mjs": "export const add = () => 6;\n",
      "throws.mjs": "throw new Error('broken');\n",
      "bad.mjs": "export const = ;\n",
    });
    const files = ["none.mjs", "other.mjs", "wrong.mjs", "throws.mjs", "bad.mjs", "missing.mjs"];
    for (const file of files) {
      const args = ["--store=store", "--record=record", `--functions=${file}`, SUM];
      const { status, out, err } = await run("seamless fingertip", args, { cwd: dir });
      expect([file, status, out]).toEqual([file, 1, ""]);
      expect(err).toMatch(/^seamless fingertip: ./);
    }
    expect(stored(join(dir, "store"))).not.toContain(SUM);
  });

  test("needs a record that exists, and functions; makes neither", async ({ dir }) => {
    await recordSum(dir);
    writeTree(dir, { "functions.mjs": FUNCTIONS });
    const missing = await run(
      "seamless fingertip",
      ["--store=store", "--record=nope", "--functions=functions.mjs", SUM],
      { cwd: dir },
    );
    expect(missing).toEqual({
      status: 1,
      out: "",
      err: "seamless fingertip: cannot read nope: no such file or directory\n",
    });
    for (const [args, name] of [
      [["--functions=functions.mjs"], "--record DIR"],
      [["--record=record"], "--functions FILE"],
    ] as const) {
      const { status, err } = await run("seamless fingertip", ["--store=store", ...args, SUM], { cwd: dir });
      expect({ status, first: err.split("\n")[0] }).toEqual({
        status: 2,
        first: `seamless fingertip: ${name} is missing`,
      });
    }
    expect(list(dir)).toEqual(["functions.mjs", "record", "store"]);
  });

  test("what the store has is printed, and no program is run for it", async ({ dir }) => {
    await recordSum(dir);
    const [hex] = await keep(join(dir, "store"), "hello\n");
    writeTree(dir, { "throws.mjs": "throw new Error('broken');\n" });
    const args = ["--store=store", "--record=record", "--functions=throws.mjs", hex!];
    expect(await run("seamless fingertip", args, { cwd: dir })).toEqual({ status: 0, out: "hello\n", err: "" });
  });

  test("a program that keeps the thread busy afterwards: the value is put and printed all the same", async ({
    dir,
  }) => {
    await recordSum(dir);
    const busy = "setTimeout(() => { for (const end = Date.now() + 300; Date.now() < end; ); })";
    writeTree(dir, { "busy.mjs": `export const add = ({ a, b }) => { ${busy}; return a + b; };\n` });
    const args = ["--store=store", "--record=record", "--functions=busy.mjs", "--put", SUM];
    expect(await run("seamless fingertip", args, { cwd: dir })).toEqual({ status: 0, out: "5\n", err: "" });
    expect(stored(join(dir, "store"))).toContain(SUM);
  });

  test("a program that prints, ends the process, goes on for ever, or waits for nothing", async ({ dir }) => {
    await recordSum(dir);
    const add = "export const add = ({ a, b }) =>";
    writeTree(dir, {
      "prints.mjs": `console.log("loaded"); ${add} { console.info("adding"); return a + b; };\n`,
      "timer.mjs": `setInterval(() => {}, 1000); ${add} a + b;\n`,
      "exits.mjs": `${add} process.exit(0);\n`,
      "exits-at-once.mjs": `process.exit(0); ${add} a + b;\n`,
      "waits.mjs": `${add} new Promise(() => {});\n`,
      "timer-fails.mjs": "setInterval(() => {}, 1000); throw new Error('broken');\n",
    });
    const call = (file: string, ...more: readonly string[]) =>
      run("seamless fingertip", ["--store=store", "--record=record", `--functions=${file}`, SUM, ...more], {
        cwd: dir,
      });
    expect(await call("prints.mjs")).toEqual({ status: 0, out: "5\n", err: "loaded\nadding\n" });
    expect(await call("timer.mjs")).toEqual({ status: 0, out: "5\n", err: "" });
    for (const file of ["exits.mjs", "exits-at-once.mjs", "waits.mjs"]) {
      const err = `seamless fingertip: ${file} ended before there was a value\n`;
      expect(await call(file)).toEqual({ status: 1, out: "", err });
    }
    const json = jsonLines((await call("exits.mjs", "--json")).out);
    expect(json).toMatchObject([{ error: { code: "INVALID_VALUE" } }]);
    expect(await call("timer-fails.mjs")).toMatchObject({ status: 1, out: "" });
  });
});
