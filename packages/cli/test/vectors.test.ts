import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "./support/commands.ts";
import { jsonLines, writeTree } from "./support/files.ts";

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

describe("directories that Python has indexed have the same index and checksum here", () => {
  const folder = mkdtempSync(join(tmpdir(), "seamless-vectors-"));
  const names = VECTORS.map(({ id }) => String(id));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("indexed and verified", async () => {
    for (const { id, files } of VECTORS) {
      const contents = files.map(([path, base64]) => [path, Buffer.from(base64, "base64")]);
      writeTree(join(folder, String(id)), Object.fromEntries(contents));
    }
    const indexed = await run("seamless-checksum-index", ["--json", ...names], { cwd: folder });
    expect({ ...indexed, out: jsonLines(indexed.out) }).toEqual({
      status: 0,
      out: VECTORS.map(({ checksum }) => expect.objectContaining({ checksum })),
      err: "",
    });
    expect((await run("seamless-checksum-index", ["--verify", ...names], { cwd: folder })).status).toBe(0);
  });

  test.for(VECTORS)("vector $id", ({ id, index, checksum }) => {
    expect(readFileSync(join(folder, `${id}.INDEX`), "base64")).toBe(index);
    expect(readFileSync(join(folder, `${id}.CHECKSUM`), "utf8")).toBe(`${checksum}\n`);
  });
});
