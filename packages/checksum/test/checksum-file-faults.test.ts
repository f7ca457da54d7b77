import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { unavailable } from "../../../tools/build/unavailable.ts";
import { checksumFile } from "../src/node/index.ts";
import { askUnprivileged } from "./support/child.ts";
import { rejection } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";

test("a file that is not there", async () => {
  const path = join(tempDir(), "missing");
  const error = await rejection(checksumFile(path));
  expect(error).toMatchObject({ name: "SeamlessError", code: "NOT_FOUND", file: path });
  expect(error.message).toBe(`cannot read ${path}: no such file or directory`);
  expect(error.cause).toMatchObject({ code: "ENOENT" });
});

test("a part of the path that is no directory", async () => {
  const path = join(tempDir(), "file");
  writeFileSync(path, "");
  expect(await rejection(checksumFile(join(path, "x")))).toMatchObject({ code: "NOT_A_DIRECTORY" });
});

test("a directory, and a link to one", async () => {
  const folder = tempDir();
  symlinkSync(folder, join(folder, "link"));
  for (const path of [folder, join(folder, "link")]) {
    const error = await rejection(checksumFile(path));
    expect(error).toMatchObject({ code: "NOT_A_FILE", file: path });
    expect(error.message).toContain("it is a directory");
  }
});

test("a FIFO, and a link to one: refused without waiting for a writer", async () => {
  const folder = tempDir();
  execFileSync("mkfifo", [join(folder, "fifo")]);
  symlinkSync("fifo", join(folder, "link"));
  for (const name of ["fifo", "link"]) {
    const error = await rejection(checksumFile(join(folder, name)));
    expect(error).toMatchObject({ code: "NOT_A_FILE" });
    expect(error.message).toContain("it is a FIFO");
  }
});

test("a socket and a device", async () => {
  const path = join(tempDir(), "socket");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  expect((await rejection(checksumFile(path))).message).toContain("it is a socket");
  expect((await rejection(checksumFile("/dev/zero"))).message).toContain("it is a device");
});

test("links that lead nowhere", async () => {
  const folder = tempDir();
  symlinkSync("nowhere", join(folder, "dangling"));
  symlinkSync("self", join(folder, "self"));
  expect(await rejection(checksumFile(join(folder, "dangling")))).toMatchObject({ code: "NOT_FOUND" });
  const error = await rejection(checksumFile(join(folder, "self")));
  expect(error.code).toBe("NOT_FOUND");
  expect(error.message).toContain("a link that leads back to itself");
});

test("a file that we may not read, and one in a folder that we may not enter", async () => {
  const folder = tempDir();
  mkdirSync(join(folder, "closed"));
  for (const name of ["secret", "closed/file"]) {
    writeFileSync(join(folder, name), "x");
    chmodSync(join(folder, name), 0o000);
  }
  chmodSync(join(folder, "closed"), 0o000);
  const outcomes = await askUnprivileged<Record<string, string>[]>(
    folder,
    "answer(await Promise.all(args.map((path) => outcome(node.checksumFile(path)))));",
    join(folder, "secret"),
    join(folder, "closed/file"),
  );
  chmodSync(join(folder, "closed"), 0o700);
  for (const [i, name] of ["secret", "closed/file"].entries()) {
    expect(outcomes[i]).toMatchObject({ name: "SeamlessError", code: "PERMISSION_DENIED", file: join(folder, name) });
    expect(outcomes[i]!["message"]).toBe(`cannot read ${join(folder, name)}: permission denied`);
  }
});

test("a name that is too long, and paths that Node does not take", async () => {
  expect(await rejection(checksumFile(join(tempDir(), "x".repeat(256))))).toMatchObject({ code: "INVALID_NAME" });
  for (const path of ["a\0b", new URL("https://example.com/x")]) {
    expect(await rejection(checksumFile(path))).toMatchObject({ name: "SeamlessError", code: "INVALID_ARGUMENT" });
  }
});

test("messages show control characters escaped, on one line", async () => {
  const error = await rejection(checksumFile(join(tempDir(), "a\nb\\c\u001b[31m")));
  expect(error.message).toContain('a\\nb\\\\c\\u001b[31m"');
  expect(error.message).not.toMatch(/\p{Cc}/u);
});

const MiB = 2 ** 20;
test.each<[string, (path: string) => void]>([
  ["grows", (path) => appendFileSync(path, "x")],
  ["shrinks", (path) => truncateSync(path, MiB + 1)],
  ["is emptied", (path) => truncateSync(path, 0)],
  ["is touched", (path) => utimesSync(path, 1, 1)],
  ["is written over", (path) => writeFileSync(path, new Uint8Array(6 * MiB).fill(1))],
  [
    "is written over and gets its old time back",
    (path) => {
      writeFileSync(path, new Uint8Array(6 * MiB).fill(1));
      utimesSync(path, 2, 2);
    },
  ],
])("a file that %s while it is read", async (_, change) => {
  const path = join(tempDir(), "file");
  writeFileSync(path, new Uint8Array(6 * MiB));
  utimesSync(path, 2, 2);
  // Longer than a tick of the clock that file systems use: within one, no change can be seen.
  await sleep(20);
  let changed = false;
  const onProgress = () => {
    if (!changed) change(path);
    changed = true;
  };
  const error = await rejection(checksumFile(path, { onProgress }));
  expect(error).toMatchObject({ name: "SeamlessError", code: "FILE_CHANGED", file: path });
  expect(error.message).toContain("changed while it was read");
  // At rest, it is read.
  expect((await checksumFile(path)).hex()).toMatch(/^[0-9a-f]{64}$/);
});

// The kernel makes its content up as it is read: its size, 0, says nothing.
test("a file with more in it than its size says is not taken as empty", async ({ skip }) => {
  if (!existsSync("/proc/version")) unavailable(skip, "there is no /proc/version");
  const error = await rejection(checksumFile("/proc/version"));
  expect(error).toMatchObject({ code: "FILE_CHANGED" });
  expect(error.message).toBe(
    "cannot read /proc/version: its size is not what the system says (a file that the kernel makes up?)",
  );
});

test("no file stays open, whatever happens", async ({ skip }) => {
  if (!existsSync("/proc/self/fd")) unavailable(skip, "there is no /proc/self/fd");
  const folder = tempDir();
  const path = join(folder, "file");
  writeFileSync(path, new Uint8Array(3 * MiB));
  const open = () =>
    readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path;
      } catch {
        return false; // The descriptor of this very listing.
      }
    });
  const controller = new AbortController();
  await checksumFile(path);
  await rejection(checksumFile(path, { signal: controller.signal, onProgress: () => controller.abort() }));
  await rejection(checksumFile(path, { onProgress: () => appendFileSync(path, "x") }));
  expect(open()).toEqual([]);
});
