import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { Checksum } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { type Coding, joinChunks, streamChunks } from "@seamless/store";
import { storeSuite } from "@seamless/store/suite";
import { describe, expect, test } from "vitest";
import { unavailable } from "../../../tools/build/unavailable.ts";
import { type DirectoryStoreOptions, directoryStore } from "../src/directory/index.ts";
import { age, fileOf, files, plant } from "./support/folder.ts";
import { chunksOf, collect, sample, sumOf } from "./support/sample.ts";
import { makeTempDir, removeTempDir, tempDir } from "./support/temp.ts";

const SUFFIXES: Readonly<Record<Coding, string>> = { zstd: ".zst", gzip: ".gz" };
const CODINGS = Object.keys(SUFFIXES) as Coding[];

/** A text of a length, and what goes with it. */
function textOf(length: number) {
  const lines = Array.from({ length: Math.ceil(length / 20) }, (_, i) => `Line ${i}, ${i * i}, and its end\n`);
  const bytes = new TextEncoder().encode(lines.join("")).subarray(0, length);
  return { bytes, checksum: Checksum.of(bytes) };
}

const SMALL = textOf(1000);
const MIDDLE = textOf(300_000);
const LARGE = textOf(5_000_000);

/** Leaves a test out where there is no decoder of zstd but ours. */
function requireZstd(skip: (note: string) => never): void {
  if (spawnSync("zstd", ["--version"]).status !== 0) unavailable(skip, "there is no command zstd");
}

/** What the form of a buffer in a folder holds, by decoders that are not ours. */
function decoded(folder: string, checksum: Checksum, coding: Coding): Uint8Array {
  const file = fileOf(folder, checksum, SUFFIXES[coding]);
  if (coding === "gzip") return gunzipSync(readFileSync(file));
  return execFileSync("zstd", ["-dc", file], { maxBuffer: 2 ** 30 });
}

const recordOf = (folder: string, checksum: Checksum) =>
  readFileSync(fileOf(folder, checksum, ".BUFFERLENGTH"), "utf8");

/** The names of the files of a buffer, without the checksum. */
const suffixes = (folder: string, checksum: Checksum) =>
  files(folder)
    .filter((file) => file.includes(checksum.hex()))
    .map((file) => file.slice(file.indexOf(checksum.hex()) + 64));

describe.each(CODINGS)("%s", (coding) => {
  const suffix = SUFFIXES[coding];
  const storeIn = (folder: string, options: DirectoryStoreOptions = {}) =>
    directoryStore(folder, { compress: coding, ...options });

  storeSuite({
    test,
    create() {
      const folder = makeTempDir();
      return {
        store: storeIn(folder),
        readOnly: storeIn(folder, { writable: false }),
        plant: (checksum, bytes) => plant(fileOf(folder, checksum), bytes),
        dispose: () => removeTempDir(folder),
      };
    },
  });

  test.for([
    ["small", SMALL],
    ["of the middle", MIDDLE],
    ["large", LARGE],
  ] as const)("a buffer that is %s is written compressed, with its length beside it", async ([, buffer], { skip }) => {
    const { bytes, checksum } = buffer;
    if (coding === "zstd") requireZstd(skip);
    for (const put of ["put", "stream", "stream of known length"]) {
      const folder = tempDir();
      const store = storeIn(folder);
      const length = put === "stream" ? undefined : bytes.byteLength;
      if (put === "put") await store.put(checksum, bytes);
      else await store.putStream(checksum, chunksOf(bytes.subarray(0, 700), bytes.subarray(700)), { length });
      expect(suffixes(folder, checksum)).toEqual([".BUFFERLENGTH", suffix]);
      expect(recordOf(folder, checksum)).toBe(String(bytes.byteLength));
      expect(sumOf(decoded(folder, checksum, coding))).toBe(checksum.hex());
      // Anybody reads it, whatever he writes.
      const reader = directoryStore(folder);
      expect(sumOf(await reader.get(checksum))).toBe(checksum.hex());
      expect(await reader.lengths([checksum])).toEqual([bytes.byteLength]);
      expect((await reader.verify()).ok).toBe(true);
      expect(await reader.delete(checksum)).toBe(true);
      expect(files(folder)).toEqual([".HASHSERVER_PREFIX"]);
    }
  });

  test("what does not become a tenth smaller by its first 64 KiB is written as it is", async () => {
    const noise = sample(200_000);
    const noisy = Buffer.concat([noise.bytes.subarray(0, 65_536), new Uint8Array(500_000)]);
    for (const bytes of [new Uint8Array(), noise.bytes, noise.bytes.subarray(0, 100), noisy]) {
      const checksum = Checksum.of(bytes);
      const folder = tempDir();
      const store = storeIn(folder);
      await store.put(checksum, bytes);
      expect(suffixes(folder, checksum)).toEqual([""]);
      await store.delete(checksum);
      await store.putStream(checksum, chunksOf(bytes.subarray(0, 10), bytes.subarray(10)));
      expect(suffixes(folder, checksum)).toEqual([""]);
      expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
    }
  });

  test("what is dense is read again, by its length", async () => {
    const zeros = new Uint8Array(12 * 2 ** 20);
    const checksum = Checksum.of(zeros);
    for (const length of [undefined, zeros.byteLength]) {
      const folder = tempDir();
      const store = storeIn(folder, { maxDecodedRatio: 10 });
      await store.putStream(checksum, chunksOf(zeros), { length });
      expect(suffixes(folder, checksum)).toEqual([".BUFFERLENGTH", suffix]);
      expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
      expect((await store.verify()).ok).toBe(true);
    }
  });

  test("what is there in any form, and right, is not written again", async () => {
    const { bytes, checksum } = MIDDLE;
    for (const [there, content] of [
      ["", bytes],
      [".gz", gzipSync(bytes)],
    ] as const) {
      for (const store of [storeIn(tempDir()), directoryStore(tempDir())]) {
        const file = fileOf(store.path, checksum, there);
        plant(file, content);
        age(file, 5000);
        const before = statSync(file);
        await store.put(checksum, bytes);
        await store.putStream(checksum, chunksOf(bytes));
        await store.putEncoded(checksum, coding, chunksOf(new Uint8Array()));
        expect(suffixes(store.path, checksum)).toEqual([there]);
        expect([statSync(file).ino, statSync(file).size]).toEqual([before.ino, before.size]);
      }
    }
  });

  test("what is there in any form, and wrong, is replaced", async () => {
    const { bytes, checksum } = MIDDLE;
    for (const there of ["", ".zst", ".gz"]) {
      for (const store of [storeIn(tempDir()), directoryStore(tempDir())]) {
        plant(fileOf(store.path, checksum, there), gzipSync("something else"));
        expect(await store.check([checksum])).not.toEqual(["ok"]);
        await store.put(checksum, bytes);
        expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
        expect(sumOf(await joinChunks(streamChunks((await store.getStream(checksum))!)))).toBe(checksum.hex());
      }
    }
  });

  test("a wrong body leaves nothing behind", async () => {
    const folder = tempDir();
    const store = storeIn(folder);
    const { bytes } = LARGE;
    const wrong = SMALL.checksum;
    expect(await rejection(store.put(wrong, bytes))).toMatchObject({ code: "CHECKSUM_MISMATCH" });
    expect(await rejection(store.putStream(wrong, chunksOf(bytes, bytes)))).toMatchObject({
      code: "CHECKSUM_MISMATCH",
    });
    expect(
      await rejection(store.putStream(LARGE.checksum, chunksOf(bytes), { length: bytes.byteLength + 1 })),
    ).toMatchObject({ code: "INVALID_ARGUMENT" });
    const broken = (async function* () {
      yield bytes;
      throw new Error("it broke");
    })();
    expect(await rejection(store.putStream(LARGE.checksum, broken))).toMatchObject({ message: "it broke" });
    expect(files(folder).filter((file) => file !== ".HASHSERVER_PREFIX")).toEqual([]);
  });

  test("a source that hangs can be left", async () => {
    const store = storeIn(tempDir());
    const hanging = (chunks: number) =>
      (async function* () {
        for (let i = 0; i < chunks; i++) yield LARGE.bytes.subarray(0, 100_000);
        await new Promise(() => {});
      })();
    for (const chunks of [0, 1, 5]) {
      const controller = new AbortController();
      const putting = store.putStream(LARGE.checksum, hanging(chunks), { signal: controller.signal });
      setTimeout(() => controller.abort(new Error("enough")), 20);
      expect(await rejection(putting)).toMatchObject({ message: "enough" });
    }
    expect(files(store.path).filter((file) => file.includes(LARGE.checksum.hex()))).toEqual([]);
  });

  test("a folder that was removed meanwhile is made again", async () => {
    const folder = tempDir();
    const store = storeIn(folder);
    await store.put(SMALL.checksum, SMALL.bytes);
    rmSync(folder, { recursive: true });
    await store.put(SMALL.checksum, SMALL.bytes);
    rmSync(folder, { recursive: true });
    await store.putStream(SMALL.checksum, chunksOf(SMALL.bytes));
    expect(await store.get(SMALL.checksum)).toEqual(SMALL.bytes);
  });

  test("many at once, of one buffer and of several", async () => {
    const folder = tempDir();
    const stores = [storeIn(folder), storeIn(folder), directoryStore(folder)];
    const all = Array.from({ length: 10 }, (_, i) => textOf(1000 * (i + 1)));
    await Promise.all(
      stores.flatMap((store) => all.flatMap(({ bytes, checksum }) => [1, 2].map(() => store.put(checksum, bytes)))),
    );
    for (const { bytes, checksum } of all) expect(await stores[0]!.get(checksum)).toEqual(bytes);
    expect(await stores[0]!.verify()).toMatchObject({ ok: true, unfinished: [], foreign: [] });
    expect(await collect(stores[0]!.list())).toHaveLength(all.length);
  });

  describe("encoded bytes", () => {
    const encodedOf = async ({ bytes, checksum }: typeof SMALL) => {
      const other = directoryStore(tempDir(), { compress: coding });
      await other.put(checksum, bytes);
      return readFileSync(fileOf(other.path, checksum, suffix));
    };

    test("are kept as they came, and given as they lie", async () => {
      for (const buffer of [SMALL, MIDDLE, LARGE]) {
        const encoded = await encodedOf(buffer);
        const { checksum, bytes } = buffer;
        const store = directoryStore(tempDir());
        await store.putEncoded(checksum, coding, chunksOf(encoded.subarray(0, 100), encoded.subarray(100)), {
          length: encoded.byteLength,
        });
        expect(suffixes(store.path, checksum)).toEqual([".BUFFERLENGTH", suffix]);
        expect(recordOf(store.path, checksum)).toBe(String(bytes.byteLength));
        const given = await store.getEncoded(checksum, CODINGS);
        expect([given?.coding, given?.length]).toEqual([coding, encoded.byteLength]);
        expect(Buffer.compare(await joinChunks(streamChunks(given!.stream)), encoded)).toBe(0);
        expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
        expect(await store.getEncoded(checksum, [])).toBeUndefined();
        expect(await store.getEncoded(checksum, [coding === "gzip" ? "zstd" : "gzip"])).toBeUndefined();
      }
    });

    test("are not given of what lies plain, or not at all", async () => {
      const store = directoryStore(tempDir());
      expect(await store.getEncoded(SMALL.checksum, CODINGS)).toBeUndefined();
      await store.put(SMALL.checksum, SMALL.bytes);
      expect(await store.getEncoded(SMALL.checksum, CODINGS)).toBeUndefined();
    });

    test("that are wrong are refused, and leave nothing behind", async () => {
      const store = directoryStore(tempDir(), { maxDecodedRatio: 10 });
      const encoded = await encodedOf(LARGE);
      const put = (checksum: Checksum, bytes: Uint8Array) =>
        rejection(store.putEncoded(checksum, coding, chunksOf(bytes)));
      expect(await put(SMALL.checksum, encoded)).toMatchObject({ code: "CHECKSUM_MISMATCH" });
      for (const bytes of [LARGE.bytes, encoded.subarray(0, -10), new Uint8Array()]) {
        expect(await put(LARGE.checksum, bytes)).toMatchObject({ code: "STORE_FAILED", store: "the body" });
      }
      const zeros = new Uint8Array(5 * 2 ** 20);
      const dense = await encodedOf({ bytes: zeros, checksum: Checksum.of(zeros) });
      expect(await put(Checksum.of(zeros), dense)).toMatchObject({ code: "TOO_LARGE" });
      const readOnly = directoryStore(store.path, { writable: false });
      expect(await rejection(readOnly.putEncoded(LARGE.checksum, coding, chunksOf(encoded)))).toMatchObject({
        code: "READ_ONLY",
      });
      expect(files(store.path).filter((file) => file !== ".HASHSERVER_PREFIX")).toEqual([]);
    });

    test("that are wrong where they lie are never given whole", async () => {
      const store = directoryStore(tempDir());
      const encoded = new Uint8Array(await encodedOf(LARGE));
      encoded[encoded.byteLength - 20]! ^= 1;
      plant(fileOf(store.path, LARGE.checksum, suffix), encoded);
      const { length, stream } = (await store.getEncoded(LARGE.checksum, CODINGS))!;
      let got = 0;
      const reading = (async () => {
        for await (const chunk of streamChunks(stream)) got += chunk.byteLength;
      })();
      expect(await rejection(reading)).toMatchObject({ store: store.name });
      expect(got).toBeLessThan(length);
    });
  });
});

test("a record that was removed meanwhile is written again", async () => {
  const store = directoryStore(tempDir(), { compress: "gzip" });
  const { bytes, checksum } = MIDDLE;
  const record = fileOf(store.path, checksum, ".BUFFERLENGTH");
  plant(record, "left by somebody");
  await store.put(checksum, bytes);
  expect(readFileSync(record, "utf8")).toBe(String(bytes.byteLength));
});

test("a level says how hard", async () => {
  for (const coding of CODINGS) {
    const sizes: number[] = [];
    for (const level of [1, coding === "gzip" ? 9 : 19]) {
      const store = directoryStore(tempDir(), { compress: coding, level });
      await store.put(MIDDLE.checksum, MIDDLE.bytes);
      sizes.push(statSync(fileOf(store.path, MIDDLE.checksum, SUFFIXES[coding])).size);
    }
    expect(sizes[1]).toBeLessThan(sizes[0]!);
  }
});

test.each([
  [{ compress: "br" }, /compress is gzip or zstd, got "br"/],
  [{ compress: "gzip", level: 10 }, /level/],
  [{ compress: "zstd", level: 20 }, /level/],
  [{ compress: "zstd", level: 0 }, /level/],
  [{ compress: "gzip", level: 1.5 }, /level/],
])("%j is refused at once", (options, message) => {
  expect(() => directoryStore("nowhere", options as DirectoryStoreOptions)).toThrow(message);
});

test("a zstd file that takes a decoder much memory is not given as it lies", async ({ skip }) => {
  requireZstd(skip);
  const store = directoryStore(tempDir());
  const { bytes, checksum } = textOf(9_000_000);
  const file = fileOf(store.path, checksum, ".zst");
  plant(file, "");
  const compress = (...options: string[]) => {
    writeFileSync(file, execFileSync("zstd", ["-c", ...options], { input: bytes, maxBuffer: 2 ** 30 }));
    return store.getEncoded(checksum, ["zstd"]);
  };
  expect(await compress("-3")).toBeDefined();
  expect(await compress("-3", "--long=27")).toBeUndefined();
  expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
  expect(existsSync(dirname(file))).toBe(true);
});
