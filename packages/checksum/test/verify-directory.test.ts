import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Checksum } from "../src/index.ts";
import { indexDirectory, indexPaths, verifyDirectory, writeIndex } from "../src/node/index.ts";
import { askUnprivileged } from "./support/child.ts";
import { rejection } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";

/** A directory with some files, beside it its index and checksum. */
async function indexed() {
  const parent = tempDir();
  const directory = join(parent, "data");
  mkdirSync(join(directory, "sub"), { recursive: true });
  for (const name of ["a", "b", "sub/c"]) writeFileSync(join(directory, name), name);
  const found = await indexDirectory(directory);
  await writeIndex(directory, found);
  return { parent, directory, checksum: found.checksum, paths: indexPaths(directory) };
}

test("a directory as it was indexed", async () => {
  const { directory, checksum } = await indexed();
  const verdict = await verifyDirectory(directory);
  expect(verdict).toMatchObject({ ok: true, added: [], removed: [], changed: [], interrupted: [], skipped: [] });
  expect(verdict).toMatchObject({ files: 3, bytes: 7 });
  for (const part of [verdict.checksum, verdict.indexed, verdict.recorded!]) expect(part.equals(checksum)).toBe(true);
});

test("what was added, removed and changed", async () => {
  const { directory, checksum } = await indexed();
  writeFileSync(join(directory, "a"), "A");
  writeFileSync(join(directory, "sub/c"), "cc");
  rmSync(join(directory, "b"));
  for (const name of ["z", "\ue000", "\u{1f600}", "sub/.hidden"]) writeFileSync(join(directory, name), "");
  const verdict = await verifyDirectory(directory);
  expect(verdict).toMatchObject({
    ok: false,
    added: ["sub/.hidden", "z", "\ue000", "\u{1f600}"],
    removed: ["b"],
    changed: ["a", "sub/c"],
    interrupted: [],
  });
  expect(verdict.indexed.equals(checksum)).toBe(true);
  expect(verdict.checksum.equals((await indexDirectory(directory)).checksum)).toBe(true);
});

test("an index with the same files in other bytes is another checksum", async () => {
  const { directory, paths } = await indexed();
  const other = JSON.stringify(JSON.parse(readFileSync(paths.index, "utf8")));
  writeFileSync(paths.index, other);
  await Checksum.of(Buffer.from(other)).save(paths.checksum);
  const verdict = await verifyDirectory(directory);
  expect(verdict).toMatchObject({ ok: false, added: [], removed: [], changed: [], interrupted: [] });
  expect(verdict.indexed.equals(verdict.checksum)).toBe(false);
});

test("an index with comments is not canonical, and no interrupted run", async () => {
  const { directory, paths } = await indexed();
  writeFileSync(paths.index, `# mine\n${readFileSync(paths.index, "utf8")}`);
  const verdict = await verifyDirectory(directory);
  expect(verdict).toMatchObject({ ok: false, canonical: false, added: [], removed: [], changed: [], interrupted: [] });
  expect(verdict.recorded!.equals(verdict.checksum)).toBe(true);
  expect(verdict.indexed.equals(Checksum.of(readFileSync(paths.index)))).toBe(true);
});

describe("interrupted runs", () => {
  test("no checksum file", async () => {
    const { directory, paths } = await indexed();
    rmSync(paths.checksum);
    const verdict = await verifyDirectory(directory);
    expect(verdict).toMatchObject({ ok: false, recorded: undefined, added: [], removed: [], changed: [] });
    expect(verdict.interrupted).toEqual([expect.stringContaining("data.CHECKSUM is missing")]);
  });

  test("a checksum file of another index", async () => {
    const { directory, paths } = await indexed();
    await Checksum.of(new Uint8Array()).save(paths.checksum);
    const verdict = await verifyDirectory(directory);
    expect(verdict.ok).toBe(false);
    expect(verdict.recorded!.equals(Checksum.of(new Uint8Array()))).toBe(true);
    expect(verdict.interrupted).toEqual([expect.stringContaining("is not the checksum of data.INDEX")]);
  });

  test("temporary files beside it; those of others are none of its business", async () => {
    const { parent, directory } = await indexed();
    const left = [".data.INDEX.0123456789ab.tmp", ".data.CHECKSUM.ffffffffffff.tmp"];
    const others = [".data.0123456789ab.tmp", ".mydata.INDEX.0123456789ab.tmp", "data.INDEX.tmp", ".data.INDEX.x.tmp"];
    for (const name of [...left, ...others]) writeFileSync(join(parent, name), "");
    const verdict = await verifyDirectory(directory);
    expect(verdict.ok).toBe(false);
    expect(verdict.interrupted).toEqual(
      [...left].sort().map((name) => expect.stringContaining(`${name} was left behind`)),
    );
  });
});

describe("what cannot be verified", () => {
  test("no index, a bad index, a bad checksum file", async () => {
    const { directory, paths } = await indexed();
    appendFileSync(paths.checksum, "x");
    expect(await rejection(verifyDirectory(directory))).toMatchObject({
      code: "INVALID_CHECKSUM",
      file: paths.checksum,
    });
    appendFileSync(paths.index, "x");
    expect(await rejection(verifyDirectory(directory))).toMatchObject({ code: "INVALID_INDEX", file: paths.index });
    rmSync(paths.index);
    expect(await rejection(verifyDirectory(directory))).toMatchObject({ code: "NOT_FOUND", file: paths.index });
  });

  test.each<[string, readonly string[], string]>([
    ["no run", [], ""],
    ["a first run that was killed", [".data.INDEX.0123456789ab.tmp"], ".data.INDEX.0123456789ab.tmp"],
    ["a run whose index is lost", ["data.CHECKSUM"], "data.CHECKSUM"],
    [
      "both",
      ["data.CHECKSUM", ".data.INDEX.0123456789ab.tmp", ".data.CHECKSUM.0123456789ab.tmp"],
      ".data.CHECKSUM.0123456789ab.tmp, .data.INDEX.0123456789ab.tmp, data.CHECKSUM",
    ],
  ])("no index yet, after %s", async (_, left, named) => {
    const parent = tempDir();
    const directory = join(parent, "data");
    mkdirSync(directory);
    for (const name of left) writeFileSync(join(parent, name), "");
    const error = await rejection(verifyDirectory(directory));
    expect(error).toMatchObject({ code: "NOT_FOUND", file: `${directory}.INDEX`, cause: { code: "NOT_FOUND" } });
    const why = named === "" ? "" : ` (a run was interrupted: it has left ${named})`;
    expect(error.message).toBe(`${directory} is not indexed yet${why}: run seamless-checksum-index ${directory}`);
  });

  test("neither index nor directory: the directory is what is missing", async () => {
    const directory = join(tempDir(), "data");
    const error = await rejection(verifyDirectory(directory));
    expect(error).toMatchObject({ code: "NOT_FOUND", file: directory });
    expect(error.message).toBe(`cannot index ${directory}: no such file or directory`);
  });

  test("no directory", async () => {
    const { directory } = await indexed();
    rmSync(directory, { recursive: true });
    expect(await rejection(verifyDirectory(directory))).toMatchObject({ code: "NOT_FOUND", file: directory });
  });

  test("a folder that may be entered but not listed, so that nobody knows what was left in it", async () => {
    const { parent, directory } = await indexed();
    const work = tempDir();
    chmodSync(parent, 0o311);
    const outcome = await askUnprivileged(work, "answer(await outcome(node.verifyDirectory(args[0])));", directory);
    chmodSync(parent, 0o700);
    expect(outcome).toMatchObject({ code: "PERMISSION_DENIED", file: parent });
  });

  test("aborted", async () => {
    const { directory } = await indexed();
    const reason = new Error("enough");
    expect(await rejection(verifyDirectory(directory, { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});
