import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { Checksum } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { unavailable } from "../../../tools/build/unavailable.ts";
import { type DirectoryStore, directoryStore } from "../src/directory/index.ts";
import { putThread } from "../src/directory/put-thread.ts";
import { emptiedAndFilled } from "./support/directory-suite.ts";
import { age, fileOf, files, plant } from "./support/folder.ts";
import { chunksOf, sample, sumOf } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

const { bytes, checksum } = sample(2_500_000);
const hex = checksum.hex();

describe("what lies by the name of a buffer and is wrong", () => {
  test.each([
    ["cut off", bytes.subarray(0, 1000)],
    ["of the same length", new Uint8Array(bytes.byteLength)],
    ["nothing", new Uint8Array()],
  ])("is replaced by put and putStream: %s", async (_, wrong) => {
    const folder = tempDir();
    const store = directoryStore(folder);
    for (const put of [() => store.put(checksum, bytes), () => store.putStream(checksum, chunksOf(bytes))]) {
      plant(fileOf(folder, checksum), wrong);
      await put();
      expect(sumOf(await store.get(checksum))).toBe(hex);
    }
    expect(files(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("is replaced also if it comes while we write", async () => {
    const folder = tempDir();
    const store = directoryStore(folder);
    const source = async function* () {
      yield bytes.subarray(0, 2_000_000);
      plant(fileOf(folder, checksum), "somebody else");
      yield bytes.subarray(2_000_000);
    };
    expect(await rejection(store.putStream(checksum, source()))).toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining("try again"),
    });
    await store.putStream(checksum, chunksOf(bytes));
    expect(sumOf(await store.get(checksum))).toBe(hex);
  });
});

test("many are put where no thread can be had for it: there is no file for one beside the sources", async () => {
  const folder = tempDir();
  const store = directoryStore(folder);
  for (let round = 0; round < 3; round++) {
    const samples = Array.from({ length: 100 }, (_, i) => sample(100, 100 * round + i));
    await Promise.all(samples.map((each) => store.put(each.checksum, each.bytes)));
    expect((await store.verify()).buffers).toBe(100 * (round + 1));
  }
  expect(putThread.isReady()).toBe(false);
});

test("what is right is left as it is", async () => {
  const folder = tempDir();
  const store = directoryStore(folder);
  plant(fileOf(folder, checksum), bytes);
  age(fileOf(folder, checksum), 1000);
  const read: number[] = [];
  await store.put(checksum, bytes);
  await store.putStream(
    checksum,
    (async function* () {
      read.push(1);
      yield bytes;
    })(),
  );
  expect(read).toEqual([]);
  expect(files(folder)).toEqual([fileOf(folder, checksum).slice(folder.length + 1)]);
});

test("bytes that change while they are written are not written", async () => {
  const folder = tempDir();
  const store = directoryStore(folder);
  const mine = bytes.slice();
  const putting = store.put(checksum, mine);
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  mine.fill(1);
  await putting.catch((error) => expect(error).toMatchObject({ code: "CHECKSUM_MISMATCH" }));
  if (existsSync(fileOf(folder, checksum))) expect(sumOf(await store.get(checksum))).toBe(hex);
  else expect(await store.has([checksum])).toEqual([false]);
});

test("a large buffer is what it was, byte for byte, though its owner changes it right after", async () => {
  const store = directoryStore(tempDir());
  const large = sample(40_000_001, 9);
  const mine = large.bytes.slice();
  const putting = store.put(large.checksum, mine);
  await putting;
  mine.fill(0);
  expect(sumOf(await store.get(large.checksum))).toBe(large.checksum.hex());
});

test("a source with chunks without end, all of them empty, can be stopped", async () => {
  const store = directoryStore(tempDir());
  const source = async function* () {
    for (;;) yield new Uint8Array();
  };
  const controller = new AbortController();
  setImmediate(() => controller.abort(new Error("enough")));
  const putting = store.putStream(checksum, source(), { signal: controller.signal });
  expect(await rejection(putting)).toMatchObject({ message: "enough" });
});

test("a right compressed form does not keep a wrong buffer from being mended", async () => {
  const folder = tempDir();
  const store = directoryStore(folder);
  for (const put of [() => store.put(checksum, bytes), () => store.putStream(checksum, chunksOf(bytes))]) {
    plant(fileOf(folder, checksum, ".gz"), gzipSync(bytes));
    plant(fileOf(folder, checksum), new Uint8Array(bytes.byteLength));
    await put();
    expect(sumOf(readFileSync(fileOf(folder, checksum)))).toBe(hex);
  }
});

describe("a put that repairs a buffer", () => {
  const damaged = { ".gz": "not gzip", ".zst": "nor zstd" };
  const puts = [
    (store: DirectoryStore) => store.put(checksum, bytes),
    (store: DirectoryStore) => store.putStream(checksum, chunksOf(bytes)),
  ];

  test.each(puts)("leaves no form of it that is wrong (%#)", async (put) => {
    const folder = tempDir();
    for (const [suffix, content] of Object.entries(damaged)) plant(fileOf(folder, checksum, suffix), content);
    const store = directoryStore(folder);
    await put(store);
    expect(readdirSync(dirname(fileOf(folder, checksum)))).toEqual([hex]);
    expect(await store.verify()).toMatchObject({ ok: true, buffers: 1 });
    plant(fileOf(folder, checksum, ".gz"), gzipSync("something else"));
    plant(fileOf(folder, checksum), "wrong");
    await put(store);
    expect(await store.verify()).toMatchObject({ ok: true, buffers: 1 });
  });

  test("but a link, what another program has locked, and what is right", async () => {
    const folder = tempDir();
    const link = join(tempDir(), "elsewhere");
    plant(link, "not gzip");
    const store = directoryStore(folder, { lockTimeout: 0 });
    plant(fileOf(folder, checksum), "wrong");
    symlinkSync(link, fileOf(folder, checksum, ".gz"));
    plant(fileOf(folder, checksum, ".zst"), "nor zstd");
    plant(fileOf(folder, checksum, ".zst.LOCK"), "");
    await store.put(checksum, bytes);
    const names = [hex, `${hex}.gz`, `${hex}.zst`, `${hex}.zst.LOCK`];
    expect(readdirSync(dirname(fileOf(folder, checksum))).sort()).toEqual(names);
    rmSync(fileOf(folder, checksum, ".gz"));
    plant(fileOf(folder, checksum, ".gz"), gzipSync(bytes));
    plant(fileOf(folder, checksum), "wrong");
    await store.put(checksum, bytes);
    expect(readdirSync(dirname(fileOf(folder, checksum))).sort()).toEqual(names);
  });
});

test("a folder that somebody uses as a flat one is not marked as one with prefixes", async () => {
  const folder = tempDir();
  const other = sample(10, 4);
  plant(join(folder, other.checksum.hex()), other.bytes);
  await directoryStore(folder).put(checksum, bytes);
  expect(existsSync(join(folder, ".HASHSERVER_PREFIX"))).toBe(false);
});

describe("what killed writers have left", () => {
  const name = (i: number) => `.${checksum.hex()}.00000000000${i}.tmp`;

  test.each(["prefix", "flat"] as const)(
    "is removed after an hour, by whoever writes there next (%s)",
    async (layout) => {
      const folder = tempDir();
      const store = directoryStore(folder, { layout });
      const beside = layout === "flat" ? folder : dirname(fileOf(folder, checksum));
      for (const [i, seconds] of [3700, 3500, 0].entries()) {
        plant(join(beside, name(i)), "half");
        age(join(beside, name(i)), seconds);
      }
      mkdirSync(join(beside, name(7)));
      age(join(beside, name(7)), 5000);
      plant(join(beside, "mine.tmp"), "");
      age(join(beside, "mine.tmp"), 5000);
      await store.has([checksum]);
      await store.close();
      expect(existsSync(join(beside, name(0)))).toBe(true);
      await store.put(checksum, bytes);
      await store.close();
      const left = [name(0), name(1), name(2), name(7), "mine.tmp"].map((each) => existsSync(join(beside, each)));
      expect(left).toEqual([false, true, true, true, true]);
    },
  );

  test("is gone when a store that was disposed of has ended", async () => {
    const folder = tempDir();
    const store = directoryStore(folder, { layout: "flat" });
    plant(join(folder, name(0)), "half");
    age(join(folder, name(0)), 3700);
    await store.put(checksum, bytes);
    await store[Symbol.asyncDispose]();
    expect(existsSync(join(folder, name(0)))).toBe(false);
  });
});

describe("where it cannot be written", () => {
  test("a full disk: nothing is left, and what was there stays", async ({ skip }) => {
    const folder = tempDir();
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], { encoding: "utf8" });
    if (mounted.status !== 0) unavailable(skip, "a small file system cannot be mounted here");
    onTestFinished(() => void spawnSync("umount", [folder]));
    const store = directoryStore(folder);
    const small = sample(1000, 7);
    await store.put(small.checksum, small.bytes);
    const before = files(folder);
    expect(await rejection(store.put(checksum, bytes))).toMatchObject({ code: "DISK_FULL" });
    let stopped = false;
    const source = async function* () {
      try {
        for (let at = 0; ; at += 1000) yield bytes.subarray(at, at + 1000);
      } finally {
        stopped = true;
      }
    };
    expect(await rejection(store.putStream(checksum, source()))).toMatchObject({ code: "DISK_FULL" });
    expect(stopped).toBe(true);
    expect(files(folder)).toEqual(before);
    expect(await store.get(small.checksum)).toEqual(small.bytes);
    expect(await store.verify()).toMatchObject({ ok: true });
  });

  test("a full disk does not keep waiting for a source that hangs", async ({ skip }) => {
    const folder = tempDir();
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], { encoding: "utf8" });
    if (mounted.status !== 0) unavailable(skip, "a small file system cannot be mounted here");
    onTestFinished(() => void spawnSync("umount", [folder]));
    const hanging = async function* () {
      yield bytes.subarray(0, 1_000_000);
      yield bytes.subarray(1_000_000, 2_000_000);
      await new Promise(() => {});
    };
    const putting = directoryStore(folder).putStream(checksum, hanging());
    expect(await rejection(putting)).toMatchObject({ code: "DISK_FULL" });
  });

  test("a file system that is read-only: reading goes on", async ({ skip }) => {
    const folder = tempDir();
    const store = directoryStore(folder);
    await store.put(checksum, bytes);
    const bound = spawnSync("mount", ["--bind", folder, folder], { encoding: "utf8" });
    if (bound.status !== 0) unavailable(skip, "nothing can be mounted here");
    onTestFinished(() => void spawnSync("umount", [folder]));
    spawnSync("mount", ["-o", "remount,ro,bind", folder]);
    const other = sample(10, 3);
    expect(await rejection(store.put(other.checksum, other.bytes))).toMatchObject({ code: "READ_ONLY" });
    expect(sumOf(await store.get(checksum))).toBe(hex);
    expect(await rejection(store.delete(checksum))).toMatchObject({ code: "READ_ONLY" });
    await store.put(checksum, bytes);
  });

  test("a file in place of a folder", async () => {
    const folder = tempDir();
    writeFileSync(join(folder, checksum.hex().slice(0, 2)), "");
    expect(await rejection(directoryStore(folder).put(checksum, bytes))).toMatchObject({ code: "NOT_A_DIRECTORY" });
  });
});

test("a folder that is removed while the store is open is made again", async () => {
  const folder = join(tempDir(), "store");
  const store = directoryStore(folder);
  await store.put(checksum, bytes);
  rmSync(folder, { recursive: true });
  expect(await store.has([checksum])).toEqual([false]);
  await store.put(checksum, bytes);
  expect(sumOf(readFileSync(fileOf(folder, checksum)))).toBe(hex);
});

test("a thousand small buffers at once", async () => {
  const store = directoryStore(tempDir());
  const all = Array.from({ length: 1000 }, (_, i) => new TextEncoder().encode(`buffer ${i}`));
  await Promise.all(all.map((one) => store.put(Checksum.of(one), one)));
  expect(await store.lengths(all.map((one) => Checksum.of(one)))).toEqual(all.map((one) => one.byteLength));
  expect(await store.verify()).toMatchObject({ ok: true, buffers: 1000 });
});

test("a folder that was emptied is filled again by many puts at a time", emptiedAndFilled);
