import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { Checksum } from "../src/index.ts";
import { rejection } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";

const checksum = Checksum.of(Buffer.from("abc"));

test("save writes 64 hex digits and a newline, load reads them, by path or URL, with the extension or without", async () => {
  const folder = tempDir();
  const forms = (name: string) => [join(folder, name), pathToFileURL(join(folder, name))];
  for (const form of [...forms("data"), ...forms("data.CHECKSUM")]) {
    await checksum.save(form);
    expect(readdirSync(folder)).toEqual(["data.CHECKSUM"]);
    expect(readFileSync(join(folder, "data.CHECKSUM"), "utf8")).toBe(`${checksum.hex()}\n`);
    expect((await Checksum.load(form)).equals(checksum)).toBe(true);
    writeFileSync(join(folder, "data.CHECKSUM"), `${"0".repeat(64)}\n`);
  }
});

test("the extension is appended to any other name, and the URL given stays as it is", async () => {
  const folder = tempDir();
  const url = pathToFileURL(join(folder, "a b#?%.txt"));
  const before = url.href;
  await checksum.save(url);
  await checksum.save(join(folder, "x.checksum"));
  await checksum.save(join(folder, "CHECKSUM"));
  expect(url.href).toBe(before);
  expect(readdirSync(folder).sort()).toEqual(["CHECKSUM.CHECKSUM", "a b#?%.txt.CHECKSUM", "x.checksum.CHECKSUM"]);
  expect((await Checksum.load(url)).equals(checksum)).toBe(true);
});

test("save replaces what was there", async () => {
  const path = join(tempDir(), "data.CHECKSUM");
  writeFileSync(path, "something longer than a checksum\n".repeat(10));
  await checksum.save(path);
  expect(readFileSync(path, "utf8")).toBe(`${checksum.hex()}\n`);
});

describe("load", () => {
  test.each([
    ["no newline", checksum.hex()],
    ["a newline", `${checksum.hex()}\n`],
    ["a Windows newline", `${checksum.hex()}\r\n`],
    ["spaces, tabs and empty lines behind", `${checksum.hex()} \t\n\n  `],
    ["white space in front", ` \t${checksum.hex()}\n`],
    ["blank lines and comments", `# made by\n\n  # hand\r\n\n${checksum.hex()}\r\n#${checksum.hex()}\n#`],
    ["uppercase digits", `${checksum.hex().toUpperCase()}\n`],
  ])("takes %s", async (_, content) => {
    const path = join(tempDir(), "x.CHECKSUM");
    writeFileSync(path, content);
    expect((await Checksum.load(path)).hex()).toBe(checksum.hex());
  });

  test.each([
    ["nothing", ""],
    ["white space only", "\n"],
    ["a comment only", `# ${checksum.hex()}\n`],
    ["a comment behind it", `${checksum.hex()} # mine\n`],
    ["a byte-order mark behind it", `${checksum.hex()}\ufeff`],
    ["63 digits", `${checksum.hex().slice(1)}\n`],
    ["65 digits", `${checksum.hex()}0\n`],
    ["two checksums", `${checksum.hex()}\n${checksum.hex()}\n`],
    ["the output of sha256sum", `${checksum.hex()}  x\n`],
    ["JSON", `"${checksum.hex()}"\n`],
    ["a byte-order mark", `\ufeff${checksum.hex()}\n`],
    ["32 bytes", checksum.bytes()],
    ["4096 bytes of something else", "x".repeat(4096)],
  ])("refuses %s and names the file", async (_, content) => {
    const path = join(tempDir(), "x.CHECKSUM");
    writeFileSync(path, content);
    const error = await rejection(Checksum.load(path));
    expect(error).toMatchObject({ name: "SeamlessError", code: "INVALID_CHECKSUM", file: path });
    expect(error.message).toContain(`${path} should hold 64 hex digits`);
    expect(error.message.length).toBeLessThan(path.length + 500);
  });

  test("reads no more than a checksum file can be", async () => {
    const path = join(tempDir(), "x.CHECKSUM");
    writeFileSync(path, `${checksum.hex()}${" ".repeat(5000)}`);
    const error = await rejection(Checksum.load(path));
    expect(error).toMatchObject({ code: "TOO_LARGE", file: path });
    expect(error.message).toContain("4096 bytes");
  });

  test("a missing file, a directory, a FIFO", async () => {
    const folder = tempDir();
    mkdirSync(join(folder, "dir.CHECKSUM"));
    execFileSync("mkfifo", [join(folder, "fifo.CHECKSUM")]);
    for (const [name, code] of [
      ["missing", "NOT_FOUND"],
      ["dir", "NOT_A_FILE"],
      ["fifo", "NOT_A_FILE"],
    ]) {
      const file = join(folder, `${name}.CHECKSUM`);
      expect(await rejection(Checksum.load(join(folder, name!)))).toMatchObject({ name: "SeamlessError", code, file });
    }
  });
});

test("save into a folder that is not there", async () => {
  const path = join(tempDir(), "missing/x");
  expect(await rejection(checksum.save(path))).toMatchObject({ code: "NOT_FOUND", file: `${path}.CHECKSUM` });
});

test("URLs of another scheme", async () => {
  const url = new URL("https://example.com/x");
  expect(await rejection(checksum.save(url))).toMatchObject({ name: "SeamlessError", code: "INVALID_ARGUMENT" });
  expect(await rejection(Checksum.load(url))).toMatchObject({ name: "SeamlessError", code: "INVALID_ARGUMENT" });
});
