import { spawnSync } from "node:child_process";
import { chmodSync, createReadStream, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { unavailable } from "../../../tools/build/unavailable.ts";
import { writeAtomic } from "../src/node/index.ts";
import { askUnprivileged } from "./support/child.ts";
import { rejection } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";

/** A folder with a file in it. */
function folderWithFile(): { folder: string; path: string } {
  const folder = tempDir();
  const path = join(folder, "file");
  writeFileSync(path, "old");
  return { folder, path };
}

/** The file is as it was, and nothing is left beside it. */
function expectUntouched({ folder, path }: { folder: string; path: string }): void {
  expect(readdirSync(folder)).toEqual(["file"]);
  expect(readFileSync(path, "utf8")).toBe("old");
}

describe("abort leaves nothing", () => {
  const reason = new Error("enough");

  test.each([true, false])("before the start (overwrite: %s)", async (overwrite) => {
    const place = folderWithFile();
    const signal = AbortSignal.abort(reason);
    expect(await rejection(writeAtomic(place.path, "new", { signal, overwrite }))).toBe(reason);
    expectUntouched(place);
  });

  test.each([
    ["between the pieces", 1],
    ["after the last piece", 2],
  ])("%s; the source is told to stop", async (_, at) => {
    const place = folderWithFile();
    const controller = new AbortController();
    let finished = false;
    const source = async function* () {
      try {
        for (let i = 1; i <= 2; i++) {
          yield Buffer.from("piece");
          if (i === at) controller.abort(reason);
        }
      } finally {
        finished = true;
      }
    };
    expect(await rejection(writeAtomic(place.path, source(), { signal: controller.signal }))).toBe(reason);
    expect(finished).toBe(true);
    expectUntouched(place);
  });
});

describe("data that fails leaves nothing, and its error passes unchanged", () => {
  test("while another piece is still being written", async () => {
    const place = folderWithFile();
    const source = async function* () {
      yield Buffer.alloc(2 ** 24);
      throw new Error("gone");
    };
    expect(await rejection(writeAtomic(place.path, source(), { writes: 2 }))).toMatchObject({ message: "gone" });
    expectUntouched(place);
  });

  test("pieces that throw", async () => {
    const place = folderWithFile();
    const failure = new Error("mine");
    const source = async function* () {
      yield Buffer.from("piece");
      throw failure;
    };
    expect(await rejection(writeAtomic(place.path, source()))).toBe(failure);
    expectUntouched(place);
  });

  test("a file that cannot be read is not mistaken for the one that is written", async () => {
    const place = folderWithFile();
    const missing = join(place.folder, "missing");
    const source = async function* () {
      yield* createReadStream(missing);
    };
    const error = await rejection(writeAtomic(place.path, source()));
    expect(error).toMatchObject({ code: "ENOENT", path: missing });
    expectUntouched(place);
  });

  test.each<[string, unknown]>([
    [
      "pieces of text",
      (async function* () {
        yield "text";
      })(),
    ],
    [
      "pieces that are numbers",
      (async function* () {
        yield 5;
      })(),
    ],
    ["another typed array", new Float64Array(1)],
    ["an array of numbers", [1, 2, 3]],
    ["an object", {}],
    ["a number", 5],
    ["null", null],
    ["undefined", undefined],
  ])("%s are refused, not written as nothing", async (_, data) => {
    const place = folderWithFile();
    const error = await rejection(writeAtomic(place.path, data as Uint8Array));
    expect(error).toMatchObject({ name: "SeamlessError", code: "INVALID_ARGUMENT" });
    expectUntouched(place);
  });
});

describe("places that cannot be written", () => {
  test("a directory", async () => {
    const folder = tempDir();
    const path = join(folder, "dir");
    mkdirSync(join(path, "sub"), { recursive: true });
    const error = await rejection(writeAtomic(path, "new"));
    expect(error).toMatchObject({ name: "SeamlessError", code: "NOT_A_FILE", file: path });
    expect(error.message).toBe(`cannot write ${path}: it is a directory`);
    expect(readdirSync(folder)).toEqual(["dir"]);
  });

  test("in a folder that is not there, or is a file", async () => {
    const { folder, path } = folderWithFile();
    for (const [name, code] of [
      ["missing/file", "NOT_FOUND"],
      ["file/file", "NOT_A_DIRECTORY"],
    ]) {
      const target = join(folder, name!);
      expect(await rejection(writeAtomic(target, "new"))).toMatchObject({ name: "SeamlessError", code, file: target });
    }
    expectUntouched({ folder, path });
  });

  test("a name over 255 bytes, one with a NUL, a URL of another scheme", async () => {
    const place = folderWithFile();
    for (const overwrite of [true, false]) {
      const target = join(place.folder, "x".repeat(256));
      expect(await rejection(writeAtomic(target, "", { overwrite }))).toMatchObject({
        code: "INVALID_NAME",
        file: target,
      });
    }
    for (const target of [join(place.folder, "a\0b"), new URL("https://example.com/x")]) {
      expect(await rejection(writeAtomic(target, ""))).toMatchObject({
        name: "SeamlessError",
        code: "INVALID_ARGUMENT",
      });
    }
    expectUntouched(place);
  });

  test("a folder that we may not write to", async () => {
    const place = folderWithFile();
    const work = tempDir();
    chmodSync(place.path, 0o666);
    chmodSync(place.folder, 0o555);
    const error = await askUnprivileged(work, 'answer(await outcome(node.writeAtomic(args[0], "new")));', place.path);
    chmodSync(place.folder, 0o755);
    expect(error).toMatchObject({ name: "SeamlessError", code: "PERMISSION_DENIED", file: place.path });
    expectUntouched(place);
  });

  test("a folder that we may write to but not list", async () => {
    const folder = tempDir();
    const work = tempDir();
    chmodSync(folder, 0o333);
    const path = join(folder, "file");
    const body = 'answer(await outcome(node.writeAtomic(args[0], "new")));';
    expect(await askUnprivileged(work, body, path)).toEqual({ value: true });
    chmodSync(folder, 0o755);
    expect(readdirSync(folder)).toEqual(["file"]);
    expect(readFileSync(path, "utf8")).toBe("new");
  });
});

test("a full disk: the old file stays, and no temporary one", async ({ skip }) => {
  const folder = tempDir();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
  if (mounted.status !== 0) unavailable(skip, "no disk to fill: mounting a tmpfs is not allowed here");
  onTestFinished(() => void spawnSync("umount", ["-l", folder]));
  const path = join(folder, "file");
  writeFileSync(path, "old");
  const data = new Uint8Array(2 ** 20);
  const source = async function* () {
    for (let i = 0; i < 32; i++) yield new Uint8Array(2 ** 16);
  };
  for (const overwrite of [true, false]) {
    for (const content of [data, source()]) {
      const target = overwrite ? path : join(folder, "other");
      const error = await rejection(writeAtomic(target, content, { overwrite }));
      expect(error).toMatchObject({ name: "SeamlessError", code: "DISK_FULL", file: target });
      expectUntouched({ folder, path });
    }
  }
  // The room is free again.
  expect(await writeAtomic(path, new Uint8Array(2 ** 19))).toBe(true);
});
