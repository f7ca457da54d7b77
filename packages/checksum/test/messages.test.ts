import { symlinkSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe as describeValue, showPath } from "@seamless/internal/text";
import { expect, test } from "vitest";
import { Checksum, parseIndex, serializeIndex } from "../src/index.ts";
import { checksumFile, fileError, indexDirectory, readIndex, verifyDirectory, writeAtomic } from "../src/node/index.ts";
import * as browser from "../src/platform/browser.ts";
import { rejection } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";

/** Ends a line, colours the next, and steers a terminal with one character of C1. */
const EVIL = "e\nvil\u001b[31m\u007f\u009b";
const SHOWN = "e\\nvil\\u001b[31m\\u007f\\u009b";

/** [what is said of it, with a folder of an evil name to say it of] */
test.each<[string, (folder: string) => unknown]>([
  ["a checksum file that holds something else", (folder) => Checksum.load(file(folder, "x.CHECKSUM", "no"))],
  ["a missing checksum file", (folder) => Checksum.load(join(folder, "x"))],
  ["an index that is none", (folder) => readIndex(file(folder, "x.INDEX", "no"))],
  ["an index of another name", async (folder) => parseIndex(Buffer.from("no"), folder)],
  ["a path in an index", async (folder) => serializeIndex([[`/${folder}`, new Checksum("a".repeat(64))]])],
  ["a checksum that is none", async (folder) => new Checksum(folder)],
  ["a file that is not there", (folder) => checksumFile(join(folder, "x"))],
  ["a file in a folder that is not there", (folder) => writeAtomic(join(folder, "x/y"), "")],
  ["a directory that is not there", (folder) => indexDirectory(join(folder, "x"))],
  ["a dangling link", (folder) => indexDirectory(symlink(folder, "x"))],
  ["a name that is not UTF-8", (folder) => indexDirectory(file(folder, Buffer.from([0xff]), ""))],
  ["a directory without an index", (folder) => verifyDirectory(folder)],
  ["a file in a browser", (folder) => browser.readFile(folder)],
  ["a fault that has no words of ours", async (folder) => refuse(fileError(failure(), folder, "read"))],
])("%s: the path is there, on one line and harmless", async (_, call) => {
  const folder = join(tempDir(), EVIL);
  await mkdir(folder);
  const { message } = await rejection((async () => call(folder))());
  expect(message).toContain(SHOWN);
  expect(message).not.toMatch(/\p{Cc}/u);
});

/** Write a file; returns its path, or the folder if the name is no text. */
function file(folder: string, name: string | Buffer, content: string): string {
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)]), content);
  return typeof name === "string" ? join(folder, name) : folder;
}

function symlink(folder: string, name: string): string {
  symlinkSync("nowhere", join(folder, name));
  return folder;
}

/** As of a system call, with the path in its message. */
function failure(): Error {
  return Object.assign(new Error(`EMFILE: too many open files, open '${EVIL}'`), {
    code: "EMFILE",
    errno: -24,
    syscall: "open",
  });
}

function refuse(error: unknown): never {
  throw error;
}

test("a fault that has no words of ours is told in those of the system", () => {
  expect(fileError(failure(), "x", "read")).toMatchObject({
    code: "IO_ERROR",
    message: "cannot read x: too many open files (EMFILE)",
  });
  const unknown = Object.assign(new Error("?"), { code: "EODD", errno: -99_999, syscall: "open" });
  expect(fileError(unknown, "x", "read")).toMatchObject({ message: "cannot read x: EODD" });
});

test("only what needs it is quoted", () => {
  for (const path of ["a b", "é\u{1f600}", "'quotes\"", "\u00a0"]) expect(showPath(path)).toBe(path);
  for (const path of ["\\", "\ud800", "\u0080", "\u009f", "\0"]) {
    expect(showPath(path)).not.toContain(path === "\\" ? " " : path);
    expect(JSON.parse(showPath(path))).toBe(path);
    expect(describeValue(path)).toBe(showPath(path));
  }
});
