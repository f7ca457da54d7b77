import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { hashAhead } from "../src/files/hash-ahead.ts";
import { run } from "./support/commands.ts";
import { sha256, writeSparse, writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

const LARGE = 40 * 2 ** 20;

/** Two files that are worth it, and what may stand between them. */
function prepare(dir: string) {
  writeSparse(join(dir, "one"), LARGE);
  writeSparse(join(dir, "other"), LARGE);
  writeFileSync(join(dir, "other"), "x", { flag: "r+" });
  writeTree(dir, { small: "small", "folder/file": "" });
  const content = Buffer.alloc(LARGE);
  const one = sha256(content);
  content[0] = 0x78;
  return { one, other: sha256(content), small: sha256("small") };
}

describe.concurrent("several large files", () => {
  test("are hashed at the same time, and printed in order; what cannot be read is said in its turn", async ({
    dir,
  }) => {
    const { one, other, small } = prepare(dir);
    const names = ["one", "small", "missing", "folder", "other", "./one", join(dir, "other")];
    const { status, out, err } = await run("seamless-checksum", names, { cwd: dir });
    const lines = [`${one}  one`, `${small}  small`, `${other}  other`, `${one}  ./one`, `${other}  ${names[6]}`];
    expect({ status, out }).toEqual({ status: 1, out: lines.map((line) => `${line}\n`).join("") });
    expect(err.split("\n")).toEqual([
      expect.stringContaining("cannot read missing: "),
      expect.stringContaining("cannot read folder: "),
      "",
    ]);
  });

  test("come from threads as one by one", async ({ dir }) => {
    const { one, other, small } = prepare(dir);
    const paths = ["one", "small", "other"].map((name) => join(dir, name));
    const { signal } = new AbortController();
    const ahead = hashAhead(paths)!;
    const seen: number[] = [];
    const job = (index: number) => ({
      path: paths[index]!,
      index,
      signal,
      onProgress: ({ bytes }: { bytes: number }) => void seen.push(bytes),
    });
    const found = [];
    for (const index of paths.keys()) found.push(await ahead(index, job(index)));
    expect(found).toEqual([one, small, other]);
    expect(seen.at(-1)).toBe(paths.reduce((sum, path) => sum + statSync(path).size, 0));
  });

  test("are hashed by themselves where threads are not worth it, or there is only one of them", async ({ dir }) => {
    prepare(dir);
    const at = (name: string) => join(dir, name);
    expect(hashAhead([at("one")])).toBeUndefined();
    expect(hashAhead([at("small"), at("small")])).toBeUndefined();
    expect(hashAhead([at("missing"), "-", at("folder")])).toBeUndefined();
    const ahead = hashAhead([at("one"), at("folder"), at("other")])!;
    const job = { path: "", signal: new AbortController().signal, onProgress: undefined };
    for (const index of [0, 1, 2]) expect(await ahead(index, { ...job, index })).toBeUndefined();
  });

  test("that are gone by the time that it is their turn are left to be hashed by themselves", async ({ dir }) => {
    const { one } = prepare(dir);
    const paths = ["one", "other"].map((name) => join(dir, name));
    const ahead = hashAhead(paths)!;
    rmSync(paths[1]!);
    const job = { path: "", signal: new AbortController().signal, onProgress: undefined };
    expect(await ahead(0, { ...job, index: 0 })).toBe(one);
    expect(await ahead(1, { ...job, index: 1 })).toBeUndefined();
  });
});
