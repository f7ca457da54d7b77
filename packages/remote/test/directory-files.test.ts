import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { joinPieces, streamPieces } from "@seamless/cache";
import { Checksum, type SeamlessError } from "@seamless/checksum";
import { describe, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { fileOf, files, plant } from "./support/folder.ts";
import { collect, pieces, rejection, sample } from "./support/sample.ts";
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
    await directoryStore(folder, { layout: "flat" }).putStream(checksum, pieces(bytes));
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
    expect(await joinPieces(streamPieces((await store.getStream(sum))!))).toEqual(text);
    expect([await store.has([sum]), await store.lengths([sum])]).toEqual([[true], [text.byteLength]]);
    expect(await collect(store.list())).toEqual([{ checksum: sum, length: undefined }]);
    expect(await store.verify()).toMatchObject({ ok: true, buffers: 1 });
    // Both may lie there, and both go.
    await store.put(sum, text);
    expect(new Uint8Array(readFileSync(fileOf(folder, sum)))).toEqual(text);
    expect(await store.delete(sum)).toBe(true);
    expect(files(folder)).toEqual([]);
    expect(await store.has([sum])).toEqual([false]);
  });

  test("the length that is recorded beside them is believed", async () => {
    const folder = tempDir();
    plant(fileOf(folder, sum, ".zst"), zstd);
    plant(fileOf(folder, sum, ".BUFFERLENGTH"), "900\n");
    expect(await directoryStore(folder).lengths([sum])).toEqual([900]);
    plant(fileOf(folder, sum, ".BUFFERLENGTH"), "many");
    expect(await rejection(directoryStore(folder).lengths([sum]))).toMatchObject({ code: "IO_ERROR" });
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

  test("a directory by the name of a buffer", async () => {
    const folder = tempDir();
    mkdirSync(fileOf(folder, checksum), { recursive: true });
    expect(await asked(folder)).toEqual(new Set(["NOT_A_FILE"]));
  });

  test("a link that leads nowhere", async () => {
    const folder = tempDir();
    mkdirSync(join(folder, hex.slice(0, 2)));
    symlinkSync("/nowhere/at/all", fileOf(folder, checksum));
    expect(await asked(folder)).toEqual(new Set(["IO_ERROR"]));
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
