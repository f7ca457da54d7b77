import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { fakePlatform } from "../src/fake-platform.ts";
import { filePlatform, foldPath, onWindows } from "../src/platform.ts";
import { showPath } from "../src/text.ts";

const restores: (() => void)[] = [];
afterEach(() => {
  for (const restore of restores.splice(0)) restore();
});
const pretend = (name: string) => void restores.push(fakePlatform(name));

describe("names that Windows cannot have, or takes for something else", () => {
  const { nameFault } = filePlatform("win32");

  test.each([
    ["..\\x", "C:", "C:\\x", "\\\\server\\share", "\\\\?\\C:\\x", "a:stream", "a\\b"],
    ["a<", "a>", 'a"', "a|", "a?", "a*", "a\n", "a\u0001", "a\u001f"],
  ])("characters: %j", (...names) => {
    for (const name of names) expect([name, nameFault(name)]).toEqual([name, expect.stringContaining("a character")]);
  });

  test.each(["a.", "a ", "a. .", "...", " "])("an end that it drops: %j", (name) => {
    expect(nameFault(name)).toContain("a dot or a space");
  });

  const devices = ["CON", "prn", "Aux", "NUL", "CONIN$", "conout$", "COM1", "com9", "COM\u00b9", "LPT1", "lpt\u00b3"];
  test.each(devices)("%j, with any extension", (device) => {
    for (const name of [device, `${device}.txt`, `${device}.tar.gz`, `${device} .x`]) {
      expect([name, nameFault(name)]).toEqual([name, "contains the name of a Windows device"]);
    }
  });

  test("more than 255 units, where others count bytes", () => {
    expect(nameFault("ü".repeat(255))).toBeUndefined();
    expect(nameFault("ü".repeat(256))).toContain("more than 255");
    for (const other of ["linux", "darwin", "freebsd"]) {
      expect(filePlatform(other).nameFault("ü".repeat(127))).toBeUndefined();
      expect(filePlatform(other).nameFault("ü".repeat(128))).toContain("more than 255");
    }
  });

  test.each([
    ["console", "nul0", "com", "com10", "lpt", "CON1", "xCON", "aux-"],
    [".a", "a.b", " a", "a b", "ü", "😀", "~", "LONGFI~1.TXT"],
  ])("no others: %j", (...names) => {
    for (const name of names) expect([name, nameFault(name)]).toEqual([name, undefined]);
  });

  test("elsewhere all of them are names", () => {
    for (const platform of ["linux", "darwin", "freebsd"]) {
      for (const name of ["a\\b", "C:", "a:stream", "CON", "a.", "a\n"]) {
        expect(filePlatform(platform).nameFault(name)).toBeUndefined();
      }
    }
  });
});

describe("spellings of one file", () => {
  const [windows, mac] = [filePlatform("win32").fold!, filePlatform("darwin").fold!];

  test.each([
    ["A/B", "a/b"],
    ["É", "é"],
    ["ΑΣ", "ας"],
    ["ΑΣ", "ασ"],
    ["Ж", "ж"],
  ])("%j and %j by their case", (a, b) => {
    expect(windows(a)).toBe(windows(b));
    expect(mac(a)).toBe(mac(b));
  });

  test("by the composition of accents only on macOS", () => {
    expect(mac("\u00e9")).toBe(mac("E\u0301"));
    expect(windows("\u00e9")).not.toBe(windows("e\u0301"));
  });

  test.each([
    ["ß", "ss"],
    ["sınav", "sinav"],
    ["a", "ä"],
    ["ﬁ", "fi"],
  ])("%j and %j are two", (a, b) => {
    for (const fold of [windows, mac, foldPath]) expect(fold(a)).not.toBe(fold(b));
  });

  test("nowhere else", () => {
    expect(filePlatform("linux").fold).toBeUndefined();
  });
});

test("the platform is that of the process", () => {
  pretend("win32");
  expect([onWindows(), filePlatform().syncsFolders, filePlatform().openFolders]).toEqual([true, false, undefined]);
  pretend("linux");
  expect([onWindows(), filePlatform().syncsFolders]).toEqual([false, true]);
  pretend("freebsd");
  expect([onWindows(), filePlatform().busyCodes]).toEqual([false, []]);
});

test("a backslash is shown as it is where it separates folders", () => {
  pretend("win32");
  expect(showPath("C:\\data\\a b")).toBe("C:\\data\\a b");
  expect(showPath("C:\\data\\a\nb")).toBe('"C:\\\\data\\\\a\\nb"');
  pretend("linux");
  expect(showPath("a\\b")).toBe('"a\\\\b"');
});

test("no other source reads the name of the platform", () => {
  const packages = fileURLToPath(new URL("../..", import.meta.url));
  const sources = readdirSync(packages)
    .map((name) => join(packages, name, "src"))
    .filter((source) => existsSync(source))
    .flatMap((source) => readdirSync(source, { recursive: true }).map((file) => join(source, String(file))));
  const reading = sources.filter(
    (file) => /\.ts$/.test(file) && /\bplatform\(\)|process\.platform/.test(readFileSync(file, "utf8")),
  );
  expect(sources.length).toBeGreaterThan(100);
  expect(reading.map((file) => file.slice(packages.length).replaceAll("\\", "/"))).toEqual([
    "internal/src/platform.ts",
  ]);
});
