import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { findLeftovers, writeAtomic } from "../src/node/index.ts";
import { rejection } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";

/** A folder with empty files. */
function folderOf(...names: readonly string[]): string {
  const folder = tempDir();
  for (const name of names) writeFileSync(join(folder, name), "");
  return folder;
}

describe("findLeftovers", () => {
  test("finds what writes of these files have left, by code point, each folder looked at once", async () => {
    const left = [".b.0123456789ab.tmp", ".a.ffffffffffff.tmp", ".a.0123456789ab.tmp", ".\ue000.0123456789ab.tmp"];
    const folder = folderOf(...left, ".\u{1f600}.0123456789ab.tmp", ".c.0123456789ab.tmp");
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "sub/.a.0123456789ab.tmp"), "");
    const files = ["a", "\u{1f600}", "b", "\ue000", "sub/a", "a"].map((name) => join(folder, name));
    expect(await findLeftovers(files)).toEqual(
      [
        ".a.0123456789ab.tmp",
        ".a.ffffffffffff.tmp",
        ".b.0123456789ab.tmp",
        ".\ue000.0123456789ab.tmp",
        ".\u{1f600}.0123456789ab.tmp",
        "sub/.a.0123456789ab.tmp",
      ].map((name) => join(folder, name)),
    );
    expect(await findLeftovers([pathToFileURL(join(folder, "b"))])).toEqual([join(folder, left[0]!)]);
    expect(await findLeftovers([])).toEqual([]);
  });

  test("other names are not taken for one", async () => {
    const folder = folderOf(
      "a",
      "a.0123456789ab.tmp",
      ".a.0123456789AB.tmp",
      ".a.0123456789a.tmp",
      ".a.0123456789ab.tmpx",
      ".a.b.0123456789ab.tmp",
      "..a.0123456789ab.tmp",
    );
    expect(await findLeftovers([join(folder, "a")])).toEqual([]);
  });

  test("one of the files themselves is none", async () => {
    const folder = folderOf("a", ".a.0123456789ab.tmp", ".a.ffffffffffff.tmp");
    const files = ["a", ".a.0123456789ab.tmp"].map((name) => join(folder, name));
    expect(await findLeftovers(files)).toEqual([join(folder, ".a.ffffffffffff.tmp")]);
    expect(await findLeftovers([`${folder}/./a`, ...files.slice(1)])).toEqual([join(folder, ".a.ffffffffffff.tmp")]);
  });

  test("a link may have been left, and a directory not", async () => {
    const folder = folderOf();
    mkdirSync(join(folder, ".a.000000000000.tmp"));
    const link = join(folder, ".a.111111111111222222222222.tmp");
    symlinkSync("nowhere", link);
    expect(await findLeftovers([join(folder, "a")])).toEqual([link]);
  });

  test("a folder that is not there", async () => {
    const folder = join(folderOf(), "missing");
    expect(await rejection(findLeftovers([join(folder, "a")]))).toMatchObject({ code: "NOT_FOUND", file: folder });
  });

  test.each([
    ["a short name", "file"],
    ["255 bytes", "x".repeat(255)],
    ["255 bytes, cut in the middle of a character", `${"x".repeat(198)}${"\u{1f600}".repeat(14)}y`],
    ["255 bytes of three each", "\u20ac".repeat(85)],
    ["a real U+FFFD at the cut", `${"x".repeat(197)}${"\ufffd".repeat(19)}y`],
    ["a name that looks like that of a temporary file", ".file.0123456789ab.tmp"],
    ["a name with a line break", "a\nb"],
  ])("temporary files lie beside the file, hidden and recognisable: %s", async (_, name) => {
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    const folder = folderOf();
    const during: string[] = [];
    const source = async function* () {
      during.push(...readdirSync(folder));
      expect(await findLeftovers([join(folder, name)])).toEqual(during.map((left) => join(folder, left)));
      expect(await findLeftovers([join(folder, `other${name}`)])).toEqual([]);
      yield Buffer.from("x");
    };
    await writeAtomic(join(folder, name), source());
    expect(during).toEqual([expect.stringMatching(/^\..*\.tmp$/s)]);
    expect(readdirSync(folder)).toEqual([name]);
  });
});
