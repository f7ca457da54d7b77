import { join } from "node:path";
import { describe, expect } from "vitest";
import { type CommandName, run } from "./support/commands.ts";
import { list, sha256, writeTree } from "./support/files.ts";
import { recordSum } from "./support/record.ts";
import { test } from "./support/test.ts";

const SUM = sha256("5\n");

/** Values that an option takes as text, and that are nonsense once they are used, with what is said of them. */
const NONSENSE: readonly (readonly [name: CommandName, args: readonly string[], status: number, says: RegExp])[] = [
  ["seamless fingertip", ["--record=record", "--functions=none.mjs", SUM], 1, /cannot read none\.mjs: no such file/],
  ["seamless fingertip", ["--record=record", "--functions=d", SUM], 1, /cannot run d: /],
  ["seamless fingertip", ["--record=record", "--functions=f", SUM], 1, /cannot run f: /],
  ["seamless fingertip", ["--record=record", "--functions=/dev/null", SUM], 1, /\/dev\/null/],
  ["seamless fingertip", ["--record=f", "--functions=ok.mjs", SUM], 1, /f is not a record: it is no directory/],
  ["seamless fingertip", ["--record=none", "--functions=ok.mjs", SUM], 1, /cannot read none: no such file/],
  ["seamless fingertip", ["--record=d", "--functions=ok.mjs", SUM], 1, new RegExp(SUM)],
  ["seamless convert", ["f", "--from=text", "--to=bytes", "-o", "d"], 1, /cannot write d: it exists, and is not/],
  ["seamless convert", ["f", "--from=text", "--to=bytes", "-o", "none/f"], 1, /cannot write none\/f: /],
  ["seamless convert", ["f", "--from=text", "--to=bytes", "-o", "f/f"], 1, /cannot write f\/f: /],
  ["seamless get", [SUM, "-o", "d"], 1, /cannot write d: it exists, and is not/],
  ["seamless has", ["--store=f", SUM], 1, /f: a part of the path is not a directory/],
  ["seamless has", ["--store=none", SUM], 1, /none: there is no such folder/],
  ["seamless has", ["--store=ftp://x/y", SUM], 2, /ftp:/],
  ["seamless has", ["--store=http://", SUM], 2, /http:/],
  ["seamless has", ["--store=http://[x", SUM], 2, /http:/],
  ["seamless has", ["--store=@", SUM], 2, /there is no store @/],
  ["seamless has", ["--store=@x y", SUM], 2, /there is no store @x y/],
  ["seamless has", ["--store=file://elsewhere/d", SUM], 2, /is not a folder of this machine/],
  ["seamless has", ["--store=store", "--token=x", SUM], 2, /token/],
  ["seamless store gc", ["store", "--keep", "none"], 2, /none/],
  ["seamless store gc", ["store", "--keep", "d"], 2, /d/],
  ["seamless store gc", ["store", "--keep", "f"], 1, /line 1 of f should begin with 64 hex digits/],
  ["seamless store gc", ["store", "--keep", "@no"], 2, /@no/],
];

describe.concurrent("values of options that are nonsense once they are used", () => {
  test("give one line that says which, and change nothing", async ({ dir }) => {
    await recordSum(dir);
    writeTree(dir, { f: "no list\n", "d/a": "1", "ok.mjs": "export const other = () => 1;\n" });
    const before = list(dir);
    const options = { cwd: dir, env: { SEAMLESS_STORE: join(dir, "store") } };
    // What runs a program ends its process.
    const outcomes = await Promise.all(NONSENSE.map(([name, args]) => run(name, args, options)));
    for (const [i, [name, args, status, says]] of NONSENSE.entries()) {
      const { err, ...rest } = outcomes[i]!;
      const [first, ...others] = err.split("\n");
      expect([args, rest]).toEqual([args, { status, out: "" }]);
      expect(first, args.join(" ")).toMatch(says);
      expect(first!.startsWith(`${name}: `)).toBe(true);
      expect([args, others]).toEqual([args, status === 2 ? [`Try '${name} --help'.`, ""] : [""]]);
    }
    expect(list(dir)).toEqual(before);
  });
});
