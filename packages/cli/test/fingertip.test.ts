import { join } from "node:path";
import { createRuntime, Transformations } from "@seamless/cache";
import { openDirectoryRecord } from "@seamless/cache/node";
import { Buffer as SeamlessBuffer } from "@seamless/celltypes";
import { directoryStore } from "@seamless/remote/directory";
import { describe, expect } from "vitest";
import { run } from "./support/commands.ts";
import { jsonLines, list, sha256, writeTree } from "./support/files.ts";
import { stored } from "./support/stores.ts";
import { test } from "./support/test.ts";

const FUNCTIONS = "export const add = ({ a, b }) => a + b;\n";
const SUM = sha256("5\n");

/** A record of 2 + 3, and a store that has the inputs, but not the result. */
async function prepare(dir: string): Promise<void> {
  const store = directoryStore(join(dir, "store"));
  const [two, three] = [new SeamlessBuffer(2, "int"), new SeamlessBuffer(3, "int")];
  for (const buffer of [two, three]) await store.put(buffer.getChecksum(), buffer.content);
  const record = await openDirectoryRecord(join(dir, "record"));
  const transformations = new Transformations({ record });
  transformations.register("add", (inputs) => (inputs["a"] as number) + (inputs["b"] as number));
  const runtime = createRuntime({ stores: [store], transformations });
  const inputs = {
    a: { checksum: two.getChecksum(), celltype: "int" },
    b: { checksum: three.getChecksum(), celltype: "int" },
  } as const;
  await runtime.run({ function: "add", inputs, output: "int" });
  await runtime.close();
  await record.close();
  await store.close();
}

describe.concurrent("seamless fingertip", () => {
  test("computes again what the store does not have", async ({ dir }) => {
    await prepare(dir);
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
    await prepare(dir);
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
    await prepare(dir);
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
});
