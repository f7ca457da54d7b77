import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { failCalls, fakePlatform } from "../src/fake-platform.ts";
import { isOneFile, renameFile, syncFolder, unlinkFile } from "../src/files.ts";
import { rejection } from "../src/testing.ts";

let folder: string;
const restores: (() => void)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "seamless-internal-"));
  writeFileSync(join(folder, "a"), "new");
  writeFileSync(join(folder, "b"), "old");
});
afterEach(() => {
  vi.useRealTimers();
  for (const restore of restores.splice(0)) restore();
  rmSync(folder, { recursive: true });
});
const pretend = (name: string) => void restores.push(fakePlatform(name));
function fail(...args: Parameters<typeof failCalls>) {
  const fake = failCalls(...args);
  restores.push(fake.restore);
  return fake;
}

/** Runs all timers, also those that are only set later. */
async function finish(work: Promise<unknown>): Promise<unknown> {
  let [settled, outcome]: [boolean, unknown] = [false, undefined];
  const end = (value: unknown) => {
    [settled, outcome] = [true, value];
  };
  work.then(end, end);
  while (!settled) {
    await new Promise((resolve) => setImmediate(resolve));
    vi.runAllTimers();
  }
  return outcome;
}
const fakeWaits = () => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
const ways = [
  ["renamed", "rename", () => renameFile(join(folder, "a"), join(folder, "b"))],
  ["removed", "unlink", () => unlinkFile(join(folder, "a"))],
] as const;

describe.each(ways)("a file is %s", (_, name, work) => {
  test.each(["EPERM", "EBUSY", "EACCES"])("on Windows once others have closed it (%s)", async (code) => {
    pretend("win32");
    fakeWaits();
    const fake = fail(name, (call) => (call < 3 ? code : undefined));
    expect(await finish(work())).toBeUndefined();
    expect(fake.calls).toBe(4);
    expect(readdirSync(folder)).toEqual(["b"]);
  });

  test("on Windows not for ever", async () => {
    pretend("win32");
    fakeWaits();
    const before = Date.now();
    const timers = vi.spyOn(globalThis, "setTimeout");
    const fake = fail(name, () => "EBUSY");
    expect(await finish(work())).toMatchObject({ code: "EBUSY" });
    const waited = timers.mock.calls.reduce((sum, [, ms]) => sum + (ms ?? 0), 0);
    expect([fake.calls, waited]).toEqual([12, 3005]);
    expect(Date.now() - before).toBeLessThan(3000);
    expect(readdirSync(folder)).toEqual(["a", "b"]);
  });

  test("or fails at once for anything else", async () => {
    pretend("win32");
    const fake = fail(name, () => "ENOSPC");
    expect(await rejection(work())).toMatchObject({ code: "ENOSPC" });
    expect(fake.calls).toBe(1);
  });

  test.each(["linux", "darwin"])("on %s, where open files do not matter, once", async (platform) => {
    pretend(platform);
    const fake = fail(name, () => "EPERM");
    expect(await rejection(work())).toMatchObject({ code: "EPERM" });
    expect(fake.calls).toBe(1);
  });
});

test("an abort ends the waiting", async () => {
  pretend("win32");
  const controller = new AbortController();
  const reason = new Error("enough");
  fail("rename", () => {
    controller.abort(reason);
    return "EBUSY";
  });
  expect(await rejection(renameFile(join(folder, "a"), join(folder, "b"), controller.signal))).toBe(reason);
  expect(readFileSync(join(folder, "b"), "utf8")).toBe("old");
});

test("a directory in the way is not waited for", async () => {
  pretend("win32");
  mkdirSync(join(folder, "c"));
  const fake = fail("rename", () => "EPERM");
  expect(await rejection(renameFile(join(folder, "a"), join(folder, "c")))).toMatchObject({ code: "EISDIR" });
  expect(fake.calls).toBe(1);
});

describe("the names in a folder reach the disk", () => {
  test("not on Windows, which is not asked", async () => {
    pretend("win32");
    const fake = fail("open", () => "EPERM");
    await syncFolder(folder);
    expect(fake.calls).toBe(0);
  });

  test.each([
    ["EINVAL", "is let be: a file system that cannot"],
    ["EACCES", "is let be: a folder that cannot be listed"],
  ])("%s %s", async (code) => {
    pretend("linux");
    fail("open", () => code);
    await syncFolder(folder);
  });

  test.each(["EPERM", "EISDIR", "EIO", "ENOENT"])("%s is an error elsewhere", async (code) => {
    pretend("linux");
    fail("open", () => code);
    expect(await rejection(syncFolder(folder))).toMatchObject({ code });
  });
});

test("one file in two spellings is none with two names", async () => {
  const [a, b, missing] = [join(folder, "a"), join(folder, "b"), join(folder, "c")];
  expect(await isOneFile(a, `${folder}/./a`)).toBe(true);
  expect(await isOneFile(a, Buffer.from(a))).toBe(true);
  expect([await isOneFile(a, b), await isOneFile(a, missing), await isOneFile(missing, missing)]).toEqual([
    false,
    false,
    false,
  ]);
  linkSync(a, missing);
  expect(await isOneFile(a, missing)).toBe(false);
});
