import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { unavailable } from "../../../tools/build/unavailable.ts";
import { makeFolder } from "../src/node/index.ts";
import { askUnprivileged } from "./support/child.ts";
import { rejection } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";

test("makes a folder with those that it is in, and says whether it did", async () => {
  const folder = join(tempDir(), "a", "b", "c");
  expect(await makeFolder(folder)).toBe(true);
  expect(statSync(folder).isDirectory()).toBe(true);
  for (const there of [folder, join(folder, ".."), pathToFileURL(folder), "/"])
    expect(await makeFolder(there)).toBe(false);
});

test("by several at once, it is made once", async () => {
  const folder = join(tempDir(), "a", "b");
  const made = await Promise.all(Array.from({ length: 8 }, () => makeFolder(folder)));
  expect(made.filter(Boolean)).toHaveLength(1);
});

test("a link to a folder is a folder", async () => {
  const folder = tempDir();
  mkdirSync(join(folder, "real"));
  symlinkSync(join(folder, "real"), join(folder, "link"));
  expect([await makeFolder(join(folder, "link")), await makeFolder(join(folder, "link/new"))]).toEqual([false, true]);
});

test("a file in its place, or above it", async () => {
  const file = join(tempDir(), "file");
  writeFileSync(file, "");
  for (const path of [file, join(file, "below")]) {
    expect(await rejection(makeFolder(path))).toMatchObject({ code: "NOT_A_DIRECTORY" });
  }
});

test("where it may not be written", async () => {
  const folder = tempDir();
  mkdirSync(join(folder, "closed"), { mode: 0o555 });
  const body = "answer(await outcome(node.makeFolder(args[0])));";
  const answer = await askUnprivileged(folder, body, join(folder, "closed", "new"));
  expect(answer).toMatchObject({ code: "PERMISSION_DENIED" });
});

test("a file system that is read-only", async ({ skip }) => {
  const folder = tempDir();
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "ro", "tmpfs", folder]).status !== 0) {
    unavailable(skip, "nothing can be mounted here");
  }
  onTestFinished(() => void spawnSync("umount", [folder]));
  expect(await rejection(makeFolder(join(folder, "a", "b")))).toMatchObject({ code: "READ_ONLY" });
  expect(await makeFolder(folder)).toBe(false);
});

test("where nothing can be made although there is a folder, it ends", async ({ skip }) => {
  if (!existsSync("/proc/self")) unavailable(skip, "there is no /proc here");
  expect(await rejection(makeFolder("/proc/nothing/at/all"))).toMatchObject({ code: "NOT_FOUND" });
});

describe("permissions", () => {
  const modeOf = (path: string) => statSync(path).mode & 0o7777;

  test("are those that are asked for, whatever the umask is, for the folder itself", async () => {
    const folder = tempDir();
    const before = process.umask(0o077);
    onTestFinished(() => void process.umask(before));
    expect(await makeFolder(join(folder, "a/b"), { mode: 0o2775 })).toBe(true);
    expect([modeOf(join(folder, "a")), modeOf(join(folder, "a/b"))]).toEqual([0o700, 0o2775]);
    expect(await makeFolder(join(folder, "a"), { mode: 0o755 })).toBe(false);
    expect(modeOf(join(folder, "a"))).toBe(0o700);
  });

  test("set-group-ID is handed down", async () => {
    const folder = tempDir();
    chmodSync(folder, 0o2750);
    await makeFolder(join(folder, "a"), { mode: 0o750 });
    expect(modeOf(join(folder, "a")) & 0o777).toBe(0o750);
    expect(modeOf(join(folder, "a")) & 0o2000).toBe(modeOf(folder) & 0o2000);
  });
});

test("nothing in the sources makes several folders at once by Node's own way, which never ends below /proc", () => {
  const packages = fileURLToPath(new URL("../..", import.meta.url));
  const sources = readdirSync(packages).flatMap((name) => {
    const source = join(packages, name, "src");
    return existsSync(source) ? readdirSync(source, { recursive: true }).map((file) => join(source, String(file))) : [];
  });
  expect(sources.length).toBeGreaterThan(100);
  const guilty = sources
    .filter((file) => /\.[cm]?[jt]s$/.test(file))
    .filter((file) => /\bmkdir(Sync)?\((?:[^;]|;(?!\n))*?recursive: true/.test(readFileSync(file, "utf8")));
  expect(guilty.map((file) => file.slice(packages.length))).toEqual([]);
});
