import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { run } from "./support/commands.ts";
import { writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

interface Vector {
  readonly id: number;
  readonly files: readonly (readonly [path: string, base64: string])[];
  readonly index: string;
  readonly checksum: string;
}

// Made by the Python implementation.
const VECTORS = readFileSync(new URL("../../checksum/test/vectors/index.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Vector);

describe.concurrent("directories that Python has indexed have the same index and checksum here", () => {
  test.for(VECTORS)("vector $id", async ({ files, index, checksum }, { dir }) => {
    const contents = files.map(([path, base64]) => [path, Buffer.from(base64, "base64")]);
    writeTree(join(dir, "d"), Object.fromEntries(contents));
    expect(await run("seamless-checksum-index", ["d"], { cwd: dir })).toEqual({
      status: 0,
      out: `${checksum}\n`,
      err: "",
    });
    expect(readFileSync(join(dir, "d.INDEX"), "base64")).toBe(index);
    expect(readFileSync(join(dir, "d.CHECKSUM"), "utf8")).toBe(`${checksum}\n`);
    expect((await run("seamless-checksum-index", ["--verify", "d"], { cwd: dir })).status).toBe(0);
  });
});
