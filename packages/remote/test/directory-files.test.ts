import {
  existsSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { Checksum, type SeamlessError } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { joinChunks, streamChunks } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { age, fileOf, files, plant } from "./support/folder.ts";
import { chunksOf, collect, sample, sumOf } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

/** `seamless\n`, a hundred times, as Node 22 compresses it. */
const ZSTD = "KLUv/WCEAoUAAEhzZWFtbGVzcwoBAHhZlSM=";

const { bytes, checksum } = sample(1000);
const hex = checksum.hex();

describe("the files are those of a Seamless hashserver", () => {
  test("with prefixes, and the mark by which it knows them", async () => {
    const folder = tempDir();
    await directoryStore(folder).put(checksum, bytes);
    expect(files(folder)).toEqual([".HASHSERVER_PREFIX", `${hex.slice(0, 2)}/${hex}`].sort());
    expect(readFileSync(join(folder, ".HASHSERVER_PREFIX"), "utf8")).toBe("1\n");
    expect(new Uint8Array(readFileSync(fileOf(folder, checksum)))).toEqual(bytes);
  });

  test("flat", async () => {
    const folder = tempDir();
    await directoryStore(folder, { layout: "flat" }).putStream(checksum, chunksOf(bytes));
    expect(files(folder)).toEqual([hex]);
  });

  test("the folder is made, with those that it is in", async () => {
    const folder = join(tempDir(), "not", "yet");
    const store = directoryStore(folder);
    expect([await store.get(checksum), await store.has([checksum])]).toEqual([undefined, [false]]);
    expect(await collect(store.list())).toEqual([]);
    await store.put(checksum, bytes);
    expect(await store.has([checksum])).toEqual([true]);
  });
});

describe("compressed forms", () => {
  const zstd = Buffer.from(ZSTD, "base64");
  const text = new TextEncoder().encode("seamless\n".repeat(100));
  const sum = Checksum.of(text);

  test.each([
    [".gz", gzipSync(text)],
    [".zst", zstd],
  ])("%s is read as the buffer that it holds", async (suffix, compressed) => {
    const folder = tempDir();
    const store = directoryStore(folder);
    plant(fileOf(folder, sum, suffix), compressed);
    expect(await store.get(sum)).toEqual(text);
    expect(await joinChunks(streamChunks((await store.getStream(sum))!))).toEqual(text);
    expect([await store.has([sum]), await store.lengths([sum])]).toEqual([[true], [text.byteLength]]);
    const listed = { checksum: sum, length: undefined, stored: compressed.byteLength, modified: expect.any(Number) };
    expect(await collect(store.list())).toEqual([listed]);
    expect(await store.verify()).toMatchObject({ ok: true, buffers: 1 });
    // It is there: nothing is written twice. Both may lie there, and both go.
    await store.put(sum, text);
    expect(existsSync(fileOf(folder, sum))).toBe(false);
    plant(fileOf(folder, sum), text);
    expect(await store.delete(sum)).toBe(true);
    expect(files(folder)).toEqual([]);
    expect(await store.has([sum])).toEqual([false]);
  });

  test("the length that is recorded beside them is believed", async () => {
    const folder = tempDir();
    plant(fileOf(folder, sum, ".zst"), zstd);
    plant(fileOf(folder, sum, ".BUFFERLENGTH"), "900\n");
    expect(await directoryStore(folder).lengths([sum])).toEqual([900]);
  });

  test.each([
    ["empty", ""],
    ["no number", "many"],
    ["another length", "899"],
    ["another length, larger", "9000000"],
    ["larger than any file", "9".repeat(15)],
    ["negative", "-900"],
    ["long", "9".repeat(1000)],
  ])("a length beside them that is wrong is ignored: %s", async (_, recorded) => {
    for (const [suffix, bytes] of [
      [".zst", zstd],
      [".gz", gzipSync(text)],
    ] as const) {
      const folder = tempDir();
      plant(fileOf(folder, sum, suffix), bytes);
      plant(fileOf(folder, sum, ".BUFFERLENGTH"), recorded);
      const store = directoryStore(folder);
      expect([await store.lengths([sum]), await store.has([sum])]).toEqual([[900], [true]]);
      expect(await store.get(sum)).toEqual(text);
      expect(await joinChunks(streamChunks((await store.getStream(sum))!))).toEqual(text);
      expect([await store.check([sum]), (await store.verify()).ok]).toEqual([["ok"], true]);
    }
  });

  test("a length that cannot be read is ignored", async () => {
    const folder = tempDir();
    plant(fileOf(folder, sum, ".gz"), gzipSync(text));
    symlinkSync("nowhere", fileOf(folder, sum, ".BUFFERLENGTH"));
    expect(await directoryStore(folder).lengths([sum])).toEqual([900]);
    rmSync(fileOf(folder, sum, ".BUFFERLENGTH"));
    mkdirSync(fileOf(folder, sum, ".BUFFERLENGTH"));
    expect(await directoryStore(folder).lengths([sum])).toEqual([900]);
  });

  describe("what they become is bounded", () => {
    const zeros = new Uint8Array(5 * 2 ** 20);
    const dense = Checksum.of(zeros);
    const folderOf = (recorded?: string) => {
      const folder = tempDir();
      plant(fileOf(folder, dense, ".gz"), gzipSync(zeros));
      if (recorded !== undefined) plant(fileOf(folder, dense, ".BUFFERLENGTH"), recorded);
      return folder;
    };
    const limited = (folder: string) => directoryStore(folder, { maxDecodedRatio: 100, maxDecodedBytes: 2 ** 30 });

    test("by a multiple of their size", async () => {
      const store = limited(folderOf());
      expect(await rejection(store.get(dense))).toMatchObject({ code: "TOO_LARGE", store: store.name });
      const stream = await store.getStream(dense);
      expect(await rejection(joinChunks(streamChunks(stream!)))).toMatchObject({ code: "TOO_LARGE" });
      expect([await store.has([dense]), await store.check([dense])]).toEqual([[false], ["unreadable"]]);
    });

    test("by a number of bytes", async () => {
      const store = directoryStore(folderOf(), { maxDecodedBytes: zeros.byteLength - 1, maxDecodedRatio: 1e6 });
      expect(await rejection(store.get(dense))).toMatchObject({ code: "TOO_LARGE" });
      const more = directoryStore(store.path, { maxDecodedBytes: zeros.byteLength, maxDecodedRatio: 1e6 });
      expect(sumOf(await more.get(dense))).toBe(dense.hex());
    });

    test("but not if the length beside them is right", async () => {
      const store = limited(folderOf(String(zeros.byteLength)));
      expect(sumOf(await store.get(dense))).toBe(dense.hex());
      expect(await store.lengths([dense])).toEqual([zeros.byteLength]);
      expect(await store.check([dense])).toEqual(["ok"]);
    });

    test("a wrong length beside them allows nothing", async () => {
      expect(await rejection(limited(folderOf("9".repeat(15))).get(dense))).toMatchObject({ code: "TOO_LARGE" });
    });

    test("one that is too large for us is not put aside", async () => {
      const folder = folderOf();
      age(fileOf(folder, dense, ".gz"), 7200);
      const report = await limited(folder).verify({ quarantine: true });
      expect(report).toMatchObject({ ok: false, corrupt: [], unreadable: [{ code: "TOO_LARGE" }] });
      expect(files(folder)).toEqual([fileOf(folder, dense, ".gz").slice(folder.length + 1)]);
    });
  });

  test("a wrong one does not hide a right one, nor keep it from being written", async () => {
    const folder = tempDir();
    const store = directoryStore(folder);
    plant(fileOf(folder, sum, ".zst"), zstd.subarray(0, 20));
    expect(await rejection(store.get(sum))).toMatchObject({ code: "STORE_FAILED" });
    plant(fileOf(folder, sum, ".gz"), gzipSync("something else"));
    rmSync(fileOf(folder, sum, ".zst"));
    expect(await rejection(store.get(sum))).toMatchObject({ code: "CHECKSUM_MISMATCH" });
    await store.put(sum, text);
    expect(await store.get(sum)).toEqual(text);
  });
});

describe("what is in the way is no miss", () => {
  const asked = async (folder: string) => {
    const store = directoryStore(folder);
    const asking = [store.get(checksum), store.getStream(checksum), store.has([checksum]), store.lengths([checksum])];
    const outcomes = await Promise.all(asking.map(rejection));
    return new Set(outcomes.map((error) => (error as SeamlessError).code));
  };

  /** One buffer that is right, and one that cannot be read: it fails alone. */
  const failsAlone = async (folder: string, code: string) => {
    const store = directoryStore(folder);
    const other = sample(10, 5);
    await store.put(other.checksum, other.bytes);
    const both = [checksum, other.checksum];
    expect([await store.has(both), await store.lengths(both)]).toEqual([
      [false, true],
      [undefined, 10],
    ]);
    expect(await store.check(both)).toEqual(["unreadable", "ok"]);
    expect(await store.get(other.checksum)).toEqual(other.bytes);
    expect(await rejection(store.get(checksum))).toMatchObject({ code });
    expect(await rejection(store.getStream(checksum))).toMatchObject({ code });
    // What is there, and cannot be read, is listed without a length.
    const listed = new Map((await collect(store.list())).map((one) => [one.checksum.hex(), one.length]));
    listed.delete(code === "NOT_A_FILE" ? "" : hex);
    expect(listed).toEqual(new Map([[other.checksum.hex(), 10]]));
    return store;
  };

  test("a directory by the name of a buffer", async () => {
    const folder = tempDir();
    mkdirSync(fileOf(folder, checksum), { recursive: true });
    const store = await failsAlone(folder, "NOT_A_FILE");
    const unreadable = [{ code: "NOT_A_FILE", file: fileOf(folder, checksum) }];
    expect(await store.verify()).toMatchObject({ ok: false, buffers: 1, unreadable, foreign: [] });
    expect(await rejection(store.put(checksum, bytes))).toMatchObject({ code: "NOT_A_FILE" });
  });

  test("a directory by the name of a compressed buffer, and quarantine, which makes room", async () => {
    const folder = tempDir();
    for (const suffix of ["", ".gz", ".zst"]) mkdirSync(fileOf(folder, checksum, suffix), { recursive: true });
    const store = directoryStore(folder);
    const { ok, unreadable } = await store.verify();
    expect([ok, unreadable.map(({ code }) => code)]).toEqual([false, ["NOT_A_FILE", "NOT_A_FILE", "NOT_A_FILE"]]);
    for (const suffix of ["", ".gz", ".zst"]) age(fileOf(folder, checksum, suffix), 7200);
    const { corrupt } = await store.verify({ quarantine: true });
    expect(corrupt.map(({ error, quarantined }) => [error?.code, quarantined !== undefined])).toEqual(
      corrupt.map(() => ["NOT_A_FILE", true]),
    );
    await store.put(checksum, bytes);
    expect(await store.verify()).toMatchObject({ ok: true, buffers: 1, unreadable: [] });
  });

  test("a file where a folder of buffers belongs: none of them can be put, and quarantine leaves it", async () => {
    for (const make of [(path: string) => writeFileSync(path, ""), (path: string) => symlinkSync("/nowhere", path)]) {
      const folder = tempDir();
      writeFileSync(join(folder, ".HASHSERVER_PREFIX"), "1\n");
      make(join(folder, hex.slice(0, 2)));
      const store = directoryStore(folder);
      expect(await rejection(store.put(checksum, bytes))).toBeInstanceOf(Error);
      const unreadable = [{ code: "NOT_A_DIRECTORY", file: join(folder, hex.slice(0, 2)) }];
      const report = await store.verify({ quarantine: true });
      expect(report).toMatchObject({ ok: false, buffers: 0, unreadable, corrupt: [], foreign: [] });
      expect(files(folder)).toContain(hex.slice(0, 2));
    }
  });

  test("in a flat folder, a file by the name of a prefix is none of a store's", async () => {
    const folder = tempDir();
    const store = directoryStore(folder, { layout: "flat" });
    await store.put(checksum, bytes);
    writeFileSync(join(folder, "ab"), "");
    expect(await store.verify()).toMatchObject({ ok: true, buffers: 1, foreign: ["ab"] });
  });

  test("a link that leads nowhere: put heals it", async () => {
    const folder = tempDir();
    for (const put of ["put", "putStream"] as const) {
      plant(fileOf(folder, checksum), "");
      rmSync(fileOf(folder, checksum));
      symlinkSync("/nowhere/at/all", fileOf(folder, checksum));
      const store = await failsAlone(folder, "IO_ERROR");
      expect(await store.verify()).toMatchObject({ ok: false, buffers: 1, unreadable: [{ code: "IO_ERROR" }] });
      await (put === "put" ? store.put(checksum, bytes) : store.putStream(checksum, chunksOf(bytes)));
      expect(await store.get(checksum)).toEqual(bytes);
      expect(existsSync("/nowhere/at/all")).toBe(false);
    }
  });

  test("a link that leads nowhere: quarantine moves it", async () => {
    const folder = tempDir();
    plant(join(folder, hex.slice(0, 2), "x"), "");
    const link = fileOf(folder, checksum);
    symlinkSync("/nowhere/at/all", link);
    const store = directoryStore(folder);
    expect(await store.verify({ quarantine: true })).toMatchObject({ corrupt: [{ spared: "young" }] });
    lutimesSync(link, Date.now() / 1000 - 7200, Date.now() / 1000 - 7200);
    const report = await store.verify({ quarantine: true });
    const [moved] = report.corrupt;
    expect(report).toMatchObject({ ok: false, corrupt: [{ checksum, error: { code: "IO_ERROR" } }] });
    expect(readlinkSync(join(folder, moved!.quarantined!))).toBe("/nowhere/at/all");
    expect([await store.has([checksum]), (await store.verify()).ok]).toEqual([[false], true]);
  });

  test("a file in place of the folder", async () => {
    const file = join(tempDir(), "file");
    writeFileSync(file, "");
    expect(await asked(file)).toEqual(new Set(["NOT_A_DIRECTORY"]));
    expect(await rejection(directoryStore(file).put(checksum, bytes))).toMatchObject({ code: "NOT_A_DIRECTORY" });
  });

  test("a folder that is not there, unless we may make it", async () => {
    const store = directoryStore(join(tempDir(), "away"), { writable: false });
    for (const ask of [() => store.get(checksum), () => store.getStream(checksum), () => store.has([checksum])]) {
      expect(await rejection(ask())).toMatchObject({
        code: "IO_ERROR",
        message: expect.stringContaining("no such folder"),
      });
    }
    expect(await rejection(collect(store.list()))).toMatchObject({ code: "IO_ERROR" });
  });
});

test("a link to a buffer that lies elsewhere counts as the buffer", async () => {
  const folder = tempDir();
  const elsewhere = join(tempDir(), "elsewhere");
  writeFileSync(elsewhere, bytes);
  mkdirSync(join(folder, hex.slice(0, 2)));
  symlinkSync(elsewhere, fileOf(folder, checksum));
  const store = directoryStore(folder);
  expect([await store.get(checksum), await store.lengths([checksum])]).toEqual([bytes, [1000]]);
  expect(await store.verify()).toMatchObject({ ok: true, buffers: 1 });
});

test("lists each buffer once, and nothing else", async () => {
  for (const layout of ["prefix", "flat"] as const) {
    const folder = tempDir();
    const store = directoryStore(folder, { layout });
    const all = Array.from({ length: 300 }, (_, i) => sample(i, i + 1));
    for (const one of all) await store.put(one.checksum, one.bytes);
    for (const name of ["README", `${hex}.LOCK`, hex.toUpperCase(), "abc", ".hidden"]) plant(join(folder, name), "");
    plant(join(folder, "zz", hex), bytes);
    const listed = await collect(store.list());
    const sorted = (pairs: [string, number | undefined][]) => pairs.sort(([a], [b]) => (a < b ? -1 : 1));
    expect(sorted(listed.map((one) => [one.checksum.hex(), one.length]))).toEqual(
      sorted(all.map((one) => [one.checksum.hex(), one.bytes.byteLength])),
    );
  }
});

test("deletes when asked, and says whether there was anything", async () => {
  const folder = tempDir();
  const store = directoryStore(folder);
  await store.put(checksum, bytes);
  expect(await store.delete(checksum)).toBe(true);
  expect(await store.delete(checksum)).toBe(false);
  expect(await store.get(checksum)).toBe(undefined);
  const readOnly = directoryStore(folder, { writable: false });
  expect(await rejection(readOnly.delete(checksum))).toMatchObject({ code: "READ_ONLY" });
});

test("takes paths and file URLs, and nothing else", async () => {
  const folder = tempDir();
  for (const path of [folder, pathToFileURL(folder), pathToFileURL(folder).href]) {
    expect(directoryStore(path).path).toBe(folder);
  }
  for (const wrong of ["", "a\0b", 1, undefined, new URL("http://localhost/"), "file://elsewhere/folder"]) {
    expect(() => directoryStore(wrong as string)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  }
  expect(() => directoryStore(folder, { layout: "deep" as never })).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining("prefix or flat") }),
  );
});

test.each([
  ["writable", "no"],
  ["name", 1],
  ["lockTimeout", Number.NaN],
  ["lockTimeout", -1],
  ["maxDecodedBytes", "1 GiB"],
  ["maxDecodedRatio", 0],
])("refuses a wrong option at once: %s %s", (option, value) => {
  expect(() => directoryStore(tempDir(), { [option]: value })).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(`${option} is `) }),
  );
});

test("lists what is compressed, or decompressed, while it lists", async () => {
  const folder = tempDir();
  const buffers = Array.from({ length: 3000 }, (_, i) => sample(100, i));
  for (const { checksum, bytes } of buffers) {
    plant(`${folder}/${checksum.hex()}`, bytes);
    age(`${folder}/${checksum.hex()}`, 5000);
  }
  const store = directoryStore(folder, { layout: "flat" });
  for (const [from, to, content] of [
    ["", ".gz", (bytes: Uint8Array) => gzipSync(bytes)],
    [".gz", "", (bytes: Uint8Array) => bytes],
  ] as const) {
    const listed = new Set<string>();
    for await (const { checksum } of store.list()) {
      // More than the names that were read by then.
      if (listed.size === 0) {
        for (const { checksum, bytes } of buffers) {
          plant(`${folder}/${checksum.hex()}${to}`, content(bytes));
          rmSync(`${folder}/${checksum.hex()}${from}`);
        }
      }
      listed.add(checksum.hex());
    }
    expect(listed.size).toBe(buffers.length);
  }
});

test("of more files than are looked at together, each is listed once, whatever lies between them", async () => {
  const folder = tempDir();
  const samples = Array.from({ length: 600 }, (_, i) => sample(i, i));
  for (const [i, each] of samples.entries()) {
    plant(fileOf(folder, each.checksum), each.bytes);
    if (i % 3 === 0) plant(fileOf(folder, each.checksum, ".gz"), "also");
    if (i % 5 === 0) plant(fileOf(folder, each.checksum, ".BUFFERLENGTH"), "7");
  }
  const listed = await collect(directoryStore(folder).list());
  const lengths = new Map(listed.map(({ checksum, length }) => [checksum.hex(), length]));
  expect(listed).toHaveLength(new Set(samples.map((each) => each.checksum.hex())).size);
  for (const each of samples) expect(lengths.get(each.checksum.hex())).toBe(each.bytes.byteLength);
});
