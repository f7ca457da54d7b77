import { createHash } from "node:crypto";
import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { indexDirectory, type MemoryOptions } from "../src/node/index.ts";
import { makeTempDir, removeTempDir } from "./support/temp.ts";

let folder: string;
let data: string;
let file: string;
beforeEach(() => {
  folder = makeTempDir();
  data = join(folder, "data");
  file = join(folder, "cache/memory");
  mkdirSync(data);
});
afterEach(() => removeTempDir(folder));

/** On one thread: the build has the other. */
const index = (options: Partial<MemoryOptions> = {}) =>
  indexDirectory(data, { threads: 1, memory: { file, ...options } });
const write = (name: string, content: string) => writeFileSync(join(data, name), content);

/** Until so much time has gone by, by the clock, that all changes so far can be told from later ones. */
async function settle(): Promise<void> {
  const times = readdirSync(folder, { recursive: true }).map((path) => lstatSync(join(folder, String(path))).ctimeMs);
  const last = Math.max(...times);
  while (Date.now() - last < 150) await new Promise((resolve) => setImmediate(resolve));
}

/** What is indexed with the memory is what is indexed without it. */
async function expectRight(): Promise<Awaited<ReturnType<typeof index>>> {
  const [found, right] = [await index(), await indexDirectory(data, { threads: 1 })];
  expect([...found.entries].map(([path, checksum]) => [path, checksum.hex()])).toEqual(
    [...right.entries].map(([path, checksum]) => [path, checksum.hex()]),
  );
  expect(found.checksum.hex()).toBe(right.checksum.hex());
  expect(found.bytes).toBe(right.bytes);
  return found;
}

test("what has not changed is not read again, whatever its size", async () => {
  write("a", "1");
  write("empty", "");
  write("large", "x".repeat(3_000_000));
  mkdirSync(join(data, "sub"));
  write("sub/b", "2");
  symlinkSync("a", join(data, "link"));
  await settle();
  expect((await index()).memory).toEqual({ remembered: 0, read: 5, wrong: [], unfit: 0, faults: [] });
  const before = readFileSync(file);
  expect((await expectRight()).memory).toMatchObject({ remembered: 5, read: 0 });
  // Nothing has come to it.
  expect(readFileSync(file)).toEqual(before);
  expect(lstatSync(file).mode & 0o777).toBe(0o600);
  rmSync(join(data, "sub"), { recursive: true });
  expect((await expectRight()).memory).toMatchObject({ remembered: 4, read: 0 });
  expect(readFileSync(file).byteLength).toBeLessThan(before.byteLength);
});

describe("a change is seen that", () => {
  const times = () => lstatSync(join(data, "a"));
  const putBack = (name: string) => utimesSync(join(data, name), 1e9, 1e9);
  const changes: Readonly<Record<string, () => void>> = {
    "keeps the size": () => write("a", "2222"),
    "keeps the size, and sets the time back": () => {
      write("a", "2222");
      putBack("a");
    },
    "sets the time back, and not the size": () => {
      write("a", "22222");
      putBack("a");
    },
    "is a new file of this size and time in its place": () => {
      write("new", "2222");
      putBack("new");
      renameSync(join(data, "new"), join(data, "a"));
    },
    "swaps two files of one size and time": () => {
      renameSync(join(data, "a"), join(data, "t"));
      renameSync(join(data, "b"), join(data, "a"));
      renameSync(join(data, "t"), join(data, "b"));
    },
    "copies over it": () => {
      copyFileSync(join(data, "b"), join(data, "a"));
      putBack("a");
    },
    "cuts it and fills it again": () => {
      truncateSync(join(data, "a"), 0);
      truncateSync(join(data, "a"), 4);
      putBack("a");
    },
    "goes by way of another name of it": () => {
      writeFileSync(join(folder, "other"), "2222");
      putBack("a");
    },
    "has the time of the future": () => {
      write("a", "2222");
      utimesSync(join(data, "a"), 4e9, 4e9);
    },
    "puts a link in its place": () => {
      rmSync(join(data, "a"));
      symlinkSync("b", join(data, "a"));
    },
    "leads a link elsewhere": () => {
      rmSync(join(data, "link"));
      symlinkSync("b", join(data, "link"));
    },
    "is to the file that a link leads to": () => {
      writeFileSync(join(folder, "target"), "2222");
      utimesSync(join(folder, "target"), 1e9, 1e9);
    },
    "puts another folder in the place of its own": () => {
      renameSync(join(data, "sub"), join(folder, "old"));
      renameSync(join(data, "like"), join(data, "sub"));
    },
    "only sets times": () => utimesSync(join(data, "a"), 2e9, 2e9),
    "makes it new with the bytes that it had": () => {
      rmSync(join(data, "a"));
      write("a", "1111");
      putBack("a");
    },
  };
  test.each(Object.entries(changes))("%s", async (_, change) => {
    for (const name of ["sub", "like"]) mkdirSync(join(data, name));
    write("a", "1111");
    write("b", "3333");
    write("sub/c", "4444");
    write("like/c", "5555");
    writeFileSync(join(folder, "target"), "1111");
    linkSync(join(data, "a"), join(folder, "other"));
    symlinkSync("../target", join(data, "link"));
    for (const name of ["a", "b", "sub/c", "like/c", "link"]) putBack(name);
    await settle();
    await index();
    expect((await index()).memory).toMatchObject({ remembered: 5, read: 0 });
    expect(times().mtimeMs).toBe(1e12);
    change();
    await expectRight();
    await settle();
    await expectRight();
    await expectRight();
  });
});

test("what changes within the tick of the clock is read again", async () => {
  for (let i = 100; i < 150; i++) {
    write("a", `${i}`);
    await index();
    write("a", `${i + 100}`);
    const { entries } = await index();
    expect(entries.get("a")?.hex()).toBe(
      createHash("sha256")
        .update(`${i + 100}`)
        .digest("hex"),
    );
  }
});

/** A file with the checksum of its new content behind it, as a program that means harm would write it. */
function seal(bytes: Buffer): Buffer {
  createHash("sha256")
    .update(bytes.subarray(0, -32))
    .digest()
    .copy(bytes, bytes.byteLength - 32);
  return bytes;
}

test("rehash reads all, and tells what was remembered wrong", async () => {
  for (const name of ["a", "b", "c"]) write(name, name);
  await settle();
  await index();
  const memory = readFileSync(file);
  // The second checksum of three, before that of the file.
  memory[memory.byteLength - 32 - 2 * 32]! ^= 1;
  writeFileSync(file, seal(memory));
  expect((await index()).memory).toMatchObject({ remembered: 3 });
  const { memory: report, checksum } = await index({ rehash: true });
  expect(report).toEqual({ remembered: 0, read: 3, wrong: ["b"], unfit: 0, faults: [] });
  expect(checksum.hex()).toBe((await indexDirectory(data, { threads: 1 })).checksum.hex());
  expect((await expectRight()).memory).toMatchObject({ remembered: 3, read: 0 });
  expect((await index({ rehash: true })).memory).toMatchObject({ wrong: [] });
});

describe("a memory is dropped, and made anew, that", () => {
  const harms: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
    "is empty": () => Buffer.alloc(0),
    "is cut": (bytes) => bytes.subarray(0, -1),
    "has no more than a name": (bytes) => bytes.subarray(0, 16),
    "is longer": (bytes) => Buffer.concat([bytes, Buffer.alloc(8)]),
    "is of another version": (bytes) => seal(Buffer.concat([Buffer.from("seamless files 9"), bytes.subarray(16)])),
    "is something else": () => Buffer.from("hello\n".repeat(100)),
    "has a wrong checksum in it": (bytes) => {
      bytes[bytes.byteLength - 40]! ^= 4;
      return bytes;
    },
    "has a wrong time in it": (bytes) => {
      bytes[60]! ^= 4;
      return bytes;
    },
    "says that there are more rows": (bytes) => {
      bytes.writeDoubleLE(1e300, 16);
      return seal(bytes);
    },
    "says that there are less than none": (bytes) => {
      bytes.writeDoubleLE(-1, 16);
      return seal(bytes);
    },
  };
  test.each(Object.entries(harms))("%s", async (_, harm) => {
    for (const name of ["a", "b", "c"]) write(name, name);
    await settle();
    await index();
    writeFileSync(file, harm(readFileSync(file)));
    const { memory } = await expectRight();
    expect(memory).toMatchObject({ remembered: 0, read: 3 });
    expect(memory!.faults.map(({ code }) => code)).toHaveLength(1);
    expect((await expectRight()).memory).toMatchObject({ remembered: 3, read: 0, faults: [] });
  });
});

test("a memory that cannot be written is no failure", async () => {
  write("a", "1");
  await settle();
  writeFileSync(join(folder, "cache"), "a file");
  const { memory, entries } = await index();
  expect(entries.size).toBe(1);
  expect(memory).toMatchObject({ read: 1 });
  expect(memory!.faults.length).toBeGreaterThan(0);
});

test("several runs share it", async () => {
  for (let i = 0; i < 50; i++) write(`f${i}`, `${i}`);
  await settle();
  const right = (await indexDirectory(data, { threads: 1 })).checksum.hex();
  for (let round = 0; round < 5; round++) {
    const found = await Promise.all(Array.from({ length: 8 }, () => index()));
    expect(new Set(found.map(({ checksum }) => checksum.hex()))).toEqual(new Set([right]));
    expect(found.flatMap(({ memory }) => memory!.faults)).toEqual([]);
  }
  expect((await index()).memory).toMatchObject({ remembered: 50 });
});

test("what is left out stays remembered", async () => {
  for (const name of ["a", "b", "c"]) write(name, name);
  await settle();
  await index();
  const select = (path: string) => path !== "b";
  write("d", "d");
  await settle();
  const part = await indexDirectory(data, { threads: 1, memory: { file }, select });
  expect(part.memory).toMatchObject({ remembered: 2, read: 1 });
  expect(part.leftOut).toEqual({ files: 1, folders: 0 });
  expect([...part.entries.keys()]).toEqual(["a", "c", "d"]);
  expect((await index()).memory).toMatchObject({ remembered: 4, read: 0 });
});

test("one file that fails does not make the others forgotten", async () => {
  for (const name of ["a", "b"]) write(name, name);
  await settle();
  symlinkSync("/proc/self/mem", join(data, "never"));
  await expect(index()).rejects.toMatchObject({ name: "SeamlessError" });
  rmSync(join(data, "never"));
  expect((await index()).memory).toMatchObject({ remembered: 2 });
});
