import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { syncFolder } from "../src/files.ts";
import { filePlatform } from "../src/platform.ts";

const flushes = vi.hoisted(() => ({ begun: 0, fail: false }));

vi.mock("node:fs", async (importOriginal) => {
  const fs = await importOriginal<typeof import("node:fs")>();
  const fsync = (fd: number, callback: (error: Error | null) => void) => {
    flushes.begun++;
    if (flushes.fail) callback(new Error("the disk is gone"));
    else fs.fsync(fd, callback);
  };
  return { ...fs, fsync };
});

beforeEach(() => Object.assign(flushes, { begun: 0, fail: false }));

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "seamless-internal-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test.skipIf(!filePlatform().syncsFolders)("calls that come while a folder is flushed share the next time", async () => {
  const [one, other] = [folder(), folder()];
  const calls = Array.from({ length: 50 }, () => syncFolder(one));
  await Promise.all([...calls, syncFolder(other)]);
  // The first, which the others may be too late for; theirs; and that of the other folder.
  expect(flushes.begun).toBe(3);
  await syncFolder(one);
  expect(flushes.begun).toBe(4);
  const first = syncFolder(one);
  const second = first.then(() => syncFolder(one));
  await Promise.all([first, syncFolder(one), second]);
  expect(flushes.begun).toBeGreaterThanOrEqual(6);
});

test.skipIf(!filePlatform().syncsFolders)(
  "a flush that fails fails for all that share it, and for no other",
  async () => {
    const path = folder();
    flushes.fail = true;
    const calls = Array.from({ length: 3 }, () => syncFolder(path));
    for (const { status } of await Promise.allSettled(calls)) expect(status).toBe("rejected");
    flushes.fail = false;
    await syncFolder(path);
    expect(flushes.begun).toBe(3);
  },
);
