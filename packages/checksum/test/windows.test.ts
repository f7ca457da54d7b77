import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failCalls, fakePlatform } from "@seamless/internal/fake-platform";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFolder, writeAtomic } from "../src/node/index.ts";
import { rejection } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";

/* What Windows does with files is faked: it cannot be had where these tests run. */

const restores: (() => void)[] = [];
beforeEach(() => void restores.push(fakePlatform("win32")));
afterEach(() => {
  for (const restore of restores.splice(0)) restore();
});
function fail(...args: Parameters<typeof failCalls>) {
  const fake = failCalls(...args);
  restores.push(fake.restore);
  return fake;
}

describe("writeAtomic", () => {
  test.each(["EPERM", "EBUSY", "EACCES"])("waits for who has the file open (%s)", async (code) => {
    const folder = tempDir();
    writeFileSync(join(folder, "file"), "old");
    const fake = fail("rename", (call) => (call < 2 ? code : undefined));
    expect(await writeAtomic(join(folder, "file"), "new")).toBe(true);
    expect(fake.calls).toBe(3);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("new");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("waits for a virus scanner that has its temporary file open", async () => {
    const folder = tempDir();
    const fake = fail("unlink", (call) => (call < 2 ? "EBUSY" : undefined));
    expect(await writeAtomic(join(folder, "file"), "new", { overwrite: false })).toBe(true);
    expect(fake.calls).toBe(3);
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("an abort while it waits leaves the old file, and nothing else", async () => {
    const folder = tempDir();
    writeFileSync(join(folder, "file"), "old");
    const controller = new AbortController();
    const reason = new Error("enough");
    fail("rename", () => {
      controller.abort(reason);
      return "EBUSY";
    });
    expect(await rejection(writeAtomic(join(folder, "file"), "new", { signal: controller.signal }))).toBe(reason);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("says that a directory is in the way, without waiting", async () => {
    const folder = tempDir();
    mkdirSync(join(folder, "dir"));
    const fake = fail("rename", () => "EPERM");
    const error = await rejection(writeAtomic(join(folder, "dir"), "new"));
    expect(error).toMatchObject({
      code: "NOT_A_FILE",
      message: `cannot write ${join(folder, "dir")}: it is a directory`,
    });
    expect(fake.calls).toBe(1);
    expect(readdirSync(folder)).toEqual(["dir"]);
  });

  test.each(["EISDIR", "EPERM", "ENOTSUP"])("without hard links, as on exFAT (%s)", async (code) => {
    const folder = tempDir();
    fail("link", () => code);
    expect(await writeAtomic(join(folder, "file"), "new", { overwrite: false })).toBe(true);
    expect(await writeAtomic(join(folder, "file"), "other", { overwrite: false })).toBe(false);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("new");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("opens no folder, which cannot be flushed there", async () => {
    const folder = tempDir();
    const opened: string[] = [];
    fail("open", (_, path) => void opened.push(path));
    await makeFolder(join(folder, "made"));
    await writeAtomic(join(folder, "made/file"), "new");
    expect(opened).toEqual([expect.stringMatching(/\.tmp$/)]);
  });
});
