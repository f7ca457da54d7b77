import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filePlatform } from "@seamless/internal/platform";
import { expect, test, vi } from "vitest";
import { writeAtomic } from "../src/node/index.ts";
import { rejection } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";

const flushes = vi.hoisted(() => ({ count: 0 }));

vi.mock("node:fs", async (importOriginal) => {
  const fs = await importOriginal<typeof import("node:fs")>();
  const fsync = (fd: number, callback: (error: Error | null) => void) => {
    flushes.count++;
    fs.fsync(fd, callback);
  };
  return { ...fs, fsync };
});

test("what is written has reached the disk, and its name too, unless that is not to be waited for", async () => {
  const path = join(tempDir(), "file");
  await writeAtomic(path, "one");
  expect(flushes.count).toBe(filePlatform().syncsFolders ? 2 : 1);
  flushes.count = 0;
  for (const overwrite of [true, false]) {
    const other = join(tempDir(), "file");
    expect(await writeAtomic(other, "two", { overwrite, sync: false })).toBe(true);
    expect(readFileSync(other, "utf8")).toBe("two");
  }
  expect(flushes.count).toBe(0);
  const error = await rejection(writeAtomic(path, "three", { sync: 0 as never }));
  expect(error).toMatchObject({ code: "INVALID_ARGUMENT", message: "sync is true or false, got 0" });
});
