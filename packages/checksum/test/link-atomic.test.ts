import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Checksum } from "../src/index.ts";
import { linkAtomic } from "../src/node/index.ts";

let dir = "";
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "link-atomic-")));
  writeFileSync(at("a"), "hello\n", { mode: 0o644 });
});
afterEach(() => rmSync(dir, { recursive: true }));

const at = (name: string) => join(dir, name);
const checksum = Checksum.of(new TextEncoder().encode("hello\n"));
const modeOf = (name: string) => statSync(at(name)).mode & 0o777;

describe("linkAtomic", () => {
  test("hard: one file by two names, which is read-only from then on", async () => {
    expect(await linkAtomic(at("a"), at("b"), { kind: "hard", checksum })).toBe(true);
    expect(statSync(at("b")).ino).toBe(statSync(at("a")).ino);
    expect([modeOf("a"), readdirSync(dir)]).toEqual([0o444, ["a", "b"]]);
    // Where they are one already, nothing is left behind.
    expect(await linkAtomic(at("a"), at("b"), { kind: "hard", checksum })).toBe(true);
    expect(readdirSync(dir)).toEqual(["a", "b"]);
  });

  test("sym: a link to the absolute path of the file, which is read-only from then on", async () => {
    expect(await linkAtomic(at("a"), at("b"), { kind: "sym", checksum })).toBe(true);
    expect([readlinkSync(at("b")), modeOf("a"), readFileSync(at("b"), "utf8")]).toEqual([at("a"), 0o444, "hello\n"]);
  });

  test("reflink: shared blocks, where the file system has them; both can be changed", async () => {
    try {
      expect(await linkAtomic(at("a"), at("b"), { kind: "reflink", checksum, mode: 0o640 })).toBe(true);
      expect([modeOf("a"), modeOf("b"), readFileSync(at("b"), "utf8")]).toEqual([0o644, 0o640, "hello\n"]);
    } catch (error) {
      expect(error).toMatchObject({ code: "UNSUPPORTED", message: expect.stringMatching(/^cannot link .*\/a: /) });
      expect(readdirSync(dir)).toEqual(["a"]);
    }
  });

  test.each(["hard", "sym"] as const)("%s: replaces another file only where that is wanted", async (kind) => {
    writeFileSync(at("b"), "other");
    expect(await linkAtomic(at("a"), at("b"), { kind, checksum, overwrite: false })).toBe(false);
    // Nothing came of it: permissions are as before.
    expect([readFileSync(at("b"), "utf8"), modeOf("a"), readdirSync(dir)]).toEqual(["other", 0o644, ["a", "b"]]);
    expect(await linkAtomic(at("a"), at("b"), { kind, checksum })).toBe(true);
    expect([readFileSync(at("b"), "utf8"), readdirSync(dir)]).toEqual(["hello\n", ["a", "b"]]);
  });

  test.each(["hard", "sym"] as const)("%s: of a file that holds something else there is none", async (kind) => {
    const wrong = Checksum.of(new Uint8Array());
    await expect(linkAtomic(at("a"), at("b"), { kind, checksum: wrong })).rejects.toMatchObject({
      code: "CHECKSUM_MISMATCH",
      file: at("a"),
    });
    expect([modeOf("a"), readdirSync(dir)]).toEqual([0o644, ["a"]]);
  });

  test("what cannot be linked says so, and changes nothing", async () => {
    symlinkSync("a", at("link"));
    for (const source of ["link", "."]) {
      await expect(linkAtomic(at(source), at("b"), { kind: "hard", checksum })).rejects.toMatchObject({
        code: "UNSUPPORTED",
        message: expect.stringContaining("it is not a regular file"),
      });
    }
    chmodSync(at("a"), 0o600);
    await expect(linkAtomic(at("a"), at("b"), { kind: "hard", checksum, mode: 0o644 })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining("its permissions keep out"),
    });
    await expect(linkAtomic(at("missing"), at("b"), { kind: "hard", checksum })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(linkAtomic(at("a"), at("no/b"), { kind: "hard", checksum })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    expect([modeOf("a"), readdirSync(dir)]).toEqual([0o600, ["a", "link"]]);
  });

  test("many links to one file at once get along", async () => {
    const names = Array.from({ length: 50 }, (_, i) => `b${i}`);
    const made = await Promise.all(names.map((name) => linkAtomic(at("a"), at(name), { kind: "hard", checksum })));
    expect(made).toEqual(names.map(() => true));
    expect([statSync(at("a")).nlink, readdirSync(dir)]).toEqual([51, ["a", ...names].sort()]);
  });

  test("an abort leaves nothing behind", async () => {
    const signal = AbortSignal.abort();
    await expect(linkAtomic(at("a"), at("b"), { kind: "hard", checksum, signal })).rejects.toThrow();
    expect([modeOf("a"), readdirSync(dir)]).toEqual([0o644, ["a"]]);
    linkSync(at("a"), at("c"));
    expect(lstatSync(at("c")).nlink).toBe(2);
  });
});
