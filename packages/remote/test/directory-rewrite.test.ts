import { spawnSync } from "node:child_process";
import { linkSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { Checksum } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { type Coding, joinChunks, streamChunks } from "@seamless/store";
import { describe, expect, onTestFinished, test } from "vitest";
import { unavailable } from "../../../tools/build/unavailable.ts";
import { directoryStore } from "../src/directory/index.ts";
import { age, fileOf, files, plant } from "./support/folder.ts";
import { sample, sumOf } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

const SUFFIXES: Readonly<Record<Coding, string>> = { zstd: ".zst", gzip: ".gz" };
const CODINGS = Object.keys(SUFFIXES) as Coding[];

/** A text, which becomes much smaller. */
function textOf(length: number, seed = 0) {
  const lines = Array.from({ length: Math.ceil(length / 20) }, (_, i) => `Line ${i}, ${i * i + seed}, and its end\n`);
  const bytes = new TextEncoder().encode(lines.join("")).subarray(0, length);
  return { bytes, checksum: Checksum.of(bytes) };
}

const TEXTS = [1000, 70_000, 5_000_000].map((length) => textOf(length));
const NOISE = [sample(0), sample(100), sample(100_000)];

/** A folder with buffers that become smaller, buffers that do not, and what is none of a store's. */
async function makeFolder() {
  const folder = tempDir();
  const store = directoryStore(folder);
  for (const { checksum, bytes } of [...TEXTS, ...NOISE]) await store.put(checksum, bytes);
  plant(`${folder}/notes.txt`, "a note, a note, a note, a note, a note");
  plant(`${folder}/ab/README`, "x".repeat(1000));
  plant(`${folder}/.quarantine/${"0".repeat(64)}.1`, "x".repeat(1000));
  return { folder, store, before: contents(folder) };
}

/** Path → the hash of what is there. */
function contents(folder: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(files(folder).map((path) => [path, sumOf(readFileSync(`${folder}/${path}`))]));
}

/** The names of the files of a buffer, without the checksum. */
const suffixes = (folder: string, checksum: Checksum) =>
  files(folder)
    .filter((file) => file.includes(checksum.hex()))
    .map((file) => file.slice(file.indexOf(checksum.hex()) + 64));

const read = async (folder: string, checksum: Checksum) => {
  const store = directoryStore(folder);
  const stream = await store.getStream(checksum);
  return [sumOf(await store.get(checksum)), sumOf(await joinChunks(streamChunks(stream!)))];
};

describe.each(CODINGS)("%s", (coding) => {
  const suffix = SUFFIXES[coding];

  test("what becomes smaller is compressed, nothing else is touched, and all comes back", async () => {
    const { folder, store, before } = await makeFolder();
    const sizes = TEXTS.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
    const report = await store.compress({ coding });
    expect(report).toMatchObject({ rewritten: 3, before: sizes, left: 3, locked: 0, failed: 0, errors: [] });
    const stored = TEXTS.map(({ checksum }) => statSync(fileOf(folder, checksum, suffix)).size);
    expect(report.after).toBe(stored.reduce((sum, size) => sum + size));
    for (const { checksum, bytes } of TEXTS) {
      expect(suffixes(folder, checksum)).toEqual([".BUFFERLENGTH", suffix]);
      expect(readFileSync(fileOf(folder, checksum, ".BUFFERLENGTH"), "utf8")).toBe(String(bytes.byteLength));
      expect(await read(folder, checksum)).toEqual([checksum.hex(), checksum.hex()]);
    }
    for (const { checksum } of NOISE) expect(suffixes(folder, checksum)).toEqual([""]);
    expect(await store.compress({ coding })).toMatchObject({ rewritten: 0, before: 0, after: 0, left: 3 });
    expect((await store.verify()).ok).toBe(true);

    expect(await store.decompress()).toMatchObject({ rewritten: 3, before: report.after, after: sizes, left: 0 });
    expect(contents(folder)).toEqual(before);
    expect(await store.decompress()).toMatchObject({ rewritten: 0, left: 0 });
  });

  test("a dry run says the same, and changes nothing", async () => {
    const { folder, store, before } = await makeFolder();
    const dry = await store.compress({ coding, dryRun: true });
    expect(contents(folder)).toEqual(before);
    expect(await store.compress({ coding })).toEqual(dry);
    const compressed = contents(folder);
    const dryBack = await store.decompress({ dryRun: true });
    expect(contents(folder)).toEqual(compressed);
    expect(await store.decompress()).toEqual(dryBack);
  });

  test("a run that was killed in between: the next one removes the old form, and the length that is left", async () => {
    const { folder, store } = await makeFolder();
    const { checksum, bytes } = TEXTS[1]!;
    await store.compress({ coding });
    plant(fileOf(folder, checksum), bytes);
    expect(await store.compress({ coding })).toMatchObject({ rewritten: 1, before: bytes.byteLength, left: 3 });
    expect(suffixes(folder, checksum)).toEqual([".BUFFERLENGTH", suffix]);
    plant(fileOf(folder, checksum), bytes);
    expect(await store.decompress()).toMatchObject({ rewritten: 3 });
    expect(suffixes(folder, checksum)).toEqual([""]);
    plant(fileOf(folder, checksum, ".BUFFERLENGTH"), String(bytes.byteLength));
    expect(await store.decompress()).toMatchObject({ rewritten: 0 });
    expect(suffixes(folder, checksum)).toEqual([""]);
  });

  test("what is compressed in any way stays so", async () => {
    const folder = tempDir();
    const store = directoryStore(folder);
    const { checksum, bytes } = TEXTS[1]!;
    plant(fileOf(folder, checksum, ".gz"), gzipSync(bytes));
    expect(await store.compress({ coding })).toMatchObject({ rewritten: 0 });
    plant(fileOf(folder, checksum), bytes);
    expect(await store.compress({ coding })).toMatchObject({ rewritten: 1 });
    expect(suffixes(folder, checksum)).toEqual([".gz"]);
  });

  test("what is corrupt is reported, and left alone; all else is rewritten", async () => {
    const { folder, store } = await makeFolder();
    const [small, middle, large] = TEXTS as [(typeof TEXTS)[0], (typeof TEXTS)[0], (typeof TEXTS)[0]];
    const wrong = large.bytes.slice().fill(7, 4_999_000);
    plant(fileOf(folder, large.checksum), wrong);
    plant(fileOf(folder, middle.checksum, suffix), gzipSync("something else"));
    const told: unknown[] = [];
    const report = await store.compress({ coding, onError: (error) => told.push(error) });
    expect(report).toMatchObject({ rewritten: 1, left: 3, failed: 2 });
    expect(report.errors).toEqual(told);
    expect(report.errors.map(({ code }) => code)).toContain("CHECKSUM_MISMATCH");
    expect(report.errors.some(({ message }) => message.includes(large.checksum.hex()))).toBe(true);
    expect(suffixes(folder, large.checksum)).toEqual([""]);
    expect(sumOf(readFileSync(fileOf(folder, large.checksum)))).toBe(sumOf(wrong));
    expect(suffixes(folder, middle.checksum)).toEqual(["", suffix]);
    expect(suffixes(folder, small.checksum)).toEqual([".BUFFERLENGTH", suffix]);

    writeFileSync(fileOf(folder, small.checksum, suffix), gzipSync("something else"));
    expect(await store.decompress()).toMatchObject({ rewritten: 1, failed: 1 });
    expect(suffixes(folder, small.checksum)).toEqual([".BUFFERLENGTH", suffix]);
    expect(suffixes(folder, middle.checksum)).toEqual([""]);
  });

  test("links, and what is locked, are left", async () => {
    const { folder, store } = await makeFolder();
    const [small, middle] = TEXTS as [(typeof TEXTS)[0], (typeof TEXTS)[0]];
    const elsewhere = `${tempDir()}/elsewhere`;
    writeFileSync(elsewhere, small.bytes);
    rmSync(fileOf(folder, small.checksum));
    symlinkSync(elsewhere, fileOf(folder, small.checksum));
    plant(fileOf(folder, middle.checksum, ".LOCK"), "");
    expect(await store.compress({ coding })).toMatchObject({ rewritten: 1, left: 4, locked: 1, failed: 0 });
    expect(suffixes(folder, small.checksum)).toEqual([""]);
    expect(suffixes(folder, middle.checksum)).toEqual(["", ".LOCK"]);
    expect(readFileSync(elsewhere)).toEqual(Buffer.from(small.bytes));
  });

  test("buffers that others have linked are left, since nothing would be saved; once they are not, they are compressed", async () => {
    const { folder, store } = await makeFolder();
    const { checksum } = TEXTS[0]!;
    const elsewhere = `${tempDir()}/elsewhere`;
    linkSync(fileOf(folder, checksum), elsewhere);
    const { rewritten, left } = await store.compress({ coding });
    expect(suffixes(folder, checksum)).toEqual([""]);
    rmSync(elsewhere);
    expect(await store.compress({ coding })).toMatchObject({ rewritten: 1, left: left - 1, failed: 0 });
    expect([rewritten > 0, suffixes(folder, checksum)]).toEqual([true, [".BUFFERLENGTH", suffix]]);
  });

  test("what is old is young then, so that no collector takes what a put has just found", async () => {
    const { folder, store } = await makeFolder();
    const { checksum } = TEXTS[0]!;
    age(fileOf(folder, checksum), 7200);
    await store.compress({ coding });
    expect(await store.delete(checksum, { minAge: 3_600_000 })).toBe(false);
    age(fileOf(folder, checksum, suffix), 7200);
    await store.decompress();
    expect(await store.delete(checksum, { minAge: 3_600_000 })).toBe(false);
  });

  test("what is removed meanwhile does not come back", async () => {
    const { folder, store } = await makeFolder();
    const { checksum, bytes } = TEXTS[2]!;
    const remove = async () => {
      const place = dirname(fileOf(folder, checksum));
      while (!readdirSync(place).some((name) => name.endsWith(".tmp") && !name.includes("LENGTH"))) {
        await new Promise(setImmediate);
      }
      expect(await store.delete(checksum)).toBe(true);
    };
    await Promise.all([store.compress({ coding, level: 9 }), remove()]);
    expect(await store.has([checksum])).toEqual([false]);
    const compressed = directoryStore(folder, { compress: coding });
    await compressed.put(checksum, bytes);
    await Promise.all([store.decompress(), remove()]);
    expect(await store.has([checksum])).toEqual([false]);
  });

  test("a stream that was asked for before, and is read after, gives the same bytes", async () => {
    const { store } = await makeFolder();
    const { checksum, bytes } = TEXTS[2]!;
    for (const rewrite of [() => store.compress({ coding }), () => store.decompress()]) {
      const [whole, rest] = [await store.getStream(checksum), await store.getStream(checksum, { offset: 4_000_000 })];
      await rewrite();
      expect(sumOf(await joinChunks(streamChunks(whole!)))).toBe(checksum.hex());
      expect(sumOf(await joinChunks(streamChunks(rest!)))).toBe(sumOf(bytes.subarray(4_000_000)));
    }
  });

  test("flat folders, and those with files of both layouts", async () => {
    const folder = tempDir();
    const store = directoryStore(folder, { layout: "flat" });
    for (const { checksum, bytes } of TEXTS) await store.put(checksum, bytes);
    const stray = textOf(2000, 5);
    plant(fileOf(folder, stray.checksum), stray.bytes);
    const both = directoryStore(folder);
    expect(await both.compress({ coding })).toMatchObject({ rewritten: 4 });
    for (const { checksum } of [...TEXTS, stray]) {
      expect(sumOf(await both.get(checksum))).toBe(checksum.hex());
    }
    expect(await both.decompress()).toMatchObject({ rewritten: 4 });
    expect(await both.lengths([stray.checksum])).toEqual([2000]);
  });

  test("can be broken off, and goes on", async () => {
    const { folder, store } = await makeFolder();
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error("enough"));
    const broken = store.compress({ coding, signal: controller.signal, onProgress });
    expect(await rejection(broken)).toMatchObject({ message: "enough" });
    for (const { checksum } of TEXTS) expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
    await store.compress({ coding });
    for (const { checksum } of TEXTS) expect(suffixes(folder, checksum)).toEqual([".BUFFERLENGTH", suffix]);
  });

  test("tells how far it is", async () => {
    const { store } = await makeFolder();
    const told: (readonly [number, number])[] = [];
    await store.compress({ coding, onProgress: ({ files, totalFiles }) => told.push([files, totalFiles]) });
    expect(told).toEqual([1, 2, 3, 4, 5, 6].map((files) => [files, 6]));
  });

  test("a full disk: nothing is lost, and what has no room is not half there", async ({ skip }) => {
    const folder = tempDir();
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]).status !== 0) {
      unavailable(skip, "no disk to fill: mounting a tmpfs is not allowed here");
    }
    onTestFinished(() => void spawnSync("umount", ["-l", folder]));
    const store = directoryStore(folder, { compress: coding });
    const { checksum, bytes } = textOf(4_000_000);
    await store.put(checksum, bytes);
    expect(await rejection(store.decompress())).toMatchObject({ code: "DISK_FULL" });
    expect(suffixes(folder, checksum)).toEqual([".BUFFERLENGTH", suffix]);
    expect(files(folder).filter((file) => file.endsWith(".tmp"))).toEqual([]);
    expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
    expect(spawnSync("mount", ["-o", "remount,ro", folder]).status).toBe(0);
    expect(await rejection(store.decompress())).toMatchObject({ code: "READ_ONLY" });
    expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
  });
});

test("a store that is read-only, a folder that is not there, wrong options", async () => {
  const { folder, before } = await makeFolder();
  const store = directoryStore(folder, { writable: false });
  expect(await rejection(store.compress({ coding: "gzip" }))).toMatchObject({ code: "READ_ONLY" });
  expect(await rejection(store.decompress())).toMatchObject({ code: "READ_ONLY" });
  expect(await store.compress({ coding: "gzip", dryRun: true })).toMatchObject({ rewritten: 3 });
  expect(contents(folder)).toEqual(before);
  const missing = directoryStore(`${folder}/missing`);
  expect(await rejection(missing.compress({ coding: "gzip" }))).toMatchObject({ code: "NOT_FOUND" });
  expect(await rejection(missing.compress({ coding: "gzip", level: 10 }))).toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(await rejection(missing.compress({ coding: "brotli" as Coding }))).toMatchObject({ code: "INVALID_ARGUMENT" });
});

test("waits for an upload to a server in Python, which would remove the new file with it", async () => {
  const folder = tempDir();
  const store = directoryStore(folder, { compress: "gzip" });
  const { checksum, bytes } = TEXTS[0]!;
  await store.put(checksum, bytes);
  const upload = fileOf(folder, checksum, "-a1b2c3d4");
  writeFileSync(upload, bytes.subarray(0, 10));
  const fail = async () => {
    const plain = fileOf(folder, checksum);
    while (!files(folder).some((file) => plain.endsWith(file))) await new Promise(setImmediate);
    rmSync(upload);
    rmSync(plain);
  };
  await Promise.all([store.decompress(), fail()]);
  expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
});
