import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { Checksum, parseIndex } from "../src/index.ts";
import { indexDirectory } from "../src/node/index.ts";
import { askUnprivileged } from "./support/child.ts";
import { rejection } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";

const bytesPath = (folder: string, name: readonly number[] | Buffer) =>
  Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)]);
/** "caf" and a Latin-1 é: no UTF-8. */
const LATIN1 = Buffer.from("caf\xe9", "latin1");

// File systems of macOS refuse names that are not UTF-8, and take é and e\u0301 for one.
const anyBytes = process.platform !== "darwin";

test.runIf(anyBytes)("names that need care in JSON or in a shell", async () => {
  const names = [
    "new\nline",
    'quo"te',
    "back\\slash",
    "tab\t",
    " ",
    "-rf",
    "...",
    "\u0001",
    "\u007f",
    "\ufeff",
    "\u2028",
  ];
  names.push("__proto__", "é", "e\u0301", "\ue000", "\u{1f600}", "\\x41", "\\u0041", "x".repeat(255), "*", "%20", "C:");
  const folder = tempDir();
  for (const name of names) writeFileSync(join(folder, name), name);
  const { entries, buffer } = await indexDirectory(folder);
  expect(new Set(entries.keys())).toEqual(new Set(names));
  expect(entries.size).toBe(names.length);
  for (const [path, checksum] of parseIndex(buffer)) expect(checksum.equals(Checksum.of(Buffer.from(path)))).toBe(true);
});

describe("names that are not UTF-8", () => {
  test("a real U+FFFD in a name is one", async () => {
    const folder = tempDir();
    writeFileSync(join(folder, "a\ufffd"), "x");
    mkdirSync(join(folder, "\ufffd"));
    writeFileSync(join(folder, "\ufffd/\ufffd"), "y");
    expect([...(await indexDirectory(folder)).entries.keys()]).toEqual(["a\ufffd", "\ufffd/\ufffd"]);
  });

  test.runIf(anyBytes).each([
    ["a Latin-1 letter", LATIN1, "caf\\xe9"],
    ["half a character", Buffer.from([0x61, 0xc3]), "a\\xc3"],
    ["a surrogate", Buffer.from([0xed, 0xa0, 0x80]), "\\xed\\xa0\\x80"],
    ["control characters and backslashes beside it", Buffer.from([0xff, 0x0a, 0x5c]), "\\xff\\x0a\\x5c"],
  ])("%s is refused, with the name escaped", async (_, name, escaped) => {
    const folder = tempDir();
    mkdirSync(join(folder, "sub"));
    writeFileSync(bytesPath(join(folder, "sub"), name), "x");
    writeFileSync(join(folder, "fine"), "x");
    const error = await rejection(indexDirectory(folder));
    expect(error).toMatchObject({ name: "SeamlessError", code: "INVALID_NAME", file: `${folder}/sub/${escaped}` });
    expect(error.message).toContain(`the name "${escaped}" in ${folder}/sub is not UTF-8`);
  });

  test.runIf(anyBytes)("also that of a directory, and of a link", async () => {
    const folder = tempDir();
    mkdirSync(bytesPath(folder, LATIN1));
    writeFileSync(bytesPath(folder, [...LATIN1, 0x2f, 0x61]), "x");
    expect(await rejection(indexDirectory(folder))).toMatchObject({
      code: "INVALID_NAME",
      file: `${folder}/caf\\xe9`,
    });
    const other = tempDir();
    symlinkSync("/", bytesPath(other, LATIN1));
    expect(await rejection(indexDirectory(other))).toMatchObject({ file: `${other}/caf\\xe9` });
  });

  test.runIf(anyBytes)(
    "each of several is named, even where they decode to the same, or to a name that is there",
    async () => {
      const folder = tempDir();
      for (const byte of [0xe9, 0xe8]) writeFileSync(bytesPath(folder, [0x61, byte]), "x");
      writeFileSync(join(folder, "a\ufffd"), "fine");
      const error = await rejection(indexDirectory(folder));
      expect(error.code).toBe("INDEX_FAILED");
      expect(error.errors!.map(({ code, file }) => [code, file])).toEqual([
        ["INVALID_NAME", `${folder}/a\\xe8`],
        ["INVALID_NAME", `${folder}/a\\xe9`],
      ]);
    },
  );
});

test("FIFOs, sockets, devices and links to them are skipped and listed, never opened", async () => {
  const folder = tempDir();
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "file"), "x");
  execFileSync("mkfifo", [join(folder, "sub/fifo")]);
  symlinkSync("sub/fifo", join(folder, "to-fifo"));
  symlinkSync("/dev/zero", join(folder, "to-device"));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, "socket"), resolve));
  onTestFinished(() => void server.close());
  const { entries, skipped } = await indexDirectory(folder);
  expect([...entries.keys()]).toEqual(["file"]);
  expect(skipped).toEqual([
    { path: "socket", kind: "socket" },
    { path: "sub/fifo", kind: "FIFO" },
    { path: "to-device", kind: "link to a device" },
    { path: "to-fifo", kind: "link to a FIFO" },
  ]);
});

test("what is skipped is sorted by code point", async () => {
  const folder = tempDir();
  const names = ["a-b", "a/b", "z", "\ue000", "\u{1f600}"];
  mkdirSync(join(folder, "a"));
  for (const name of [...names].reverse()) execFileSync("mkfifo", [join(folder, name)]);
  expect((await indexDirectory(folder)).skipped.map(({ path }) => path)).toEqual(names);
});

describe("failures", () => {
  test("that a look at the folders shows are told before any file is read", async () => {
    const folder = tempDir();
    writeFileSync(join(folder, "large"), "");
    truncateSync(join(folder, "large"), 2 ** 40);
    symlinkSync("nowhere", join(folder, "dangling"));
    const seen: unknown[] = [];
    const error = await rejection(indexDirectory(folder, { onProgress: (progress) => seen.push(progress) }));
    expect(error).toMatchObject({ code: "NOT_FOUND", file: join(folder, "dangling") });
    expect(seen).toEqual([]);
  });

  test("several are one error with all of them, sorted; the message shows the first five", async () => {
    const folder = tempDir();
    for (let i = 7; i > 0; i--) symlinkSync("nowhere", join(folder, `dangling-${i}`));
    const error = await rejection(indexDirectory(folder));
    expect(error).toMatchObject({ name: "SeamlessError", code: "INDEX_FAILED", file: folder });
    expect(error.errors!.map(({ code, file }) => [code, file])).toEqual(
      Array.from({ length: 7 }, (_, i) => ["NOT_FOUND", join(folder, `dangling-${i + 1}`)]),
    );
    const lines = error.message.split("\n");
    expect(lines).toHaveLength(7);
    expect(lines[0]).toBe(`cannot index ${folder}: 7 files failed`);
    expect(lines[5]).toContain("dangling-5");
    expect(lines[6]).toBe("  and 2 more");
  });

  test("what may not be read: a file, and a folder", async () => {
    const folder = tempDir();
    const root = join(folder, "root");
    mkdirSync(join(root, "closed"), { recursive: true });
    for (const name of ["fine", "secret"]) writeFileSync(join(root, name), name);
    chmodSync(join(root, "secret"), 0o000);
    const ask = () =>
      askUnprivileged<Record<string, unknown>>(folder, "answer(await outcome(node.indexDirectory(args[0])));", root);
    expect(await ask()).toMatchObject({ code: "PERMISSION_DENIED", file: join(root, "secret") });
    writeFileSync(join(root, "other"), "", { mode: 0o000 });
    expect(await ask()).toMatchObject({ code: "INDEX_FAILED", errors: ["PERMISSION_DENIED", "PERMISSION_DENIED"] });
    // What the look at the folders shows is told before any file is opened.
    chmodSync(join(root, "closed"), 0o000);
    expect(await ask()).toMatchObject({ code: "PERMISSION_DENIED", file: join(root, "closed") });
    chmodSync(root, 0o000);
    expect(await ask()).toMatchObject({ code: "PERMISSION_DENIED", file: root });
    for (const path of [root, join(root, "closed")]) chmodSync(path, 0o700);
  });
});
