import { existsSync, rmSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { rejection } from "@seamless/internal/testing";
import type { Store } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { age, fileOf, files, plant } from "./support/folder.ts";
import { chunksOf, sample } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

const HOUR = 3_600_000;
const { bytes, checksum } = sample(1000);
const LOCK = ".DELETION.LOCK";

/** A folder with one buffer, which was put two hours ago. */
function oldBuffer(suffix = "", content: Uint8Array = bytes) {
  const folder = tempDir();
  const file = fileOf(folder, checksum, suffix);
  plant(file, content);
  age(file, 7200);
  return { folder, file };
}

/** In seconds. */
const ageOf = (file: string) => (Date.now() - statSync(file).mtimeMs) / 1000;

const WAYS: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  put: (store) => store.put(checksum, bytes),
  putStream: (store) => store.putStream(checksum, chunksOf(bytes)),
  touch: (store) => store.touch!([checksum]),
};

describe.each(Object.keys(WAYS))("%s of what is there", (way) => {
  test("makes it young: it is not removed for its age", async () => {
    const { folder, file } = oldBuffer();
    const store = directoryStore(folder);
    await WAYS[way]!(store);
    expect(ageOf(file)).toBeLessThan(60);
    expect(await store.delete(checksum, { minAge: HOUR })).toBe(false);
    expect(await store.get(checksum)).toEqual(bytes);
  });

  test("waits for one who is about to remove it", async () => {
    const { folder, file } = oldBuffer();
    plant(fileOf(folder, checksum, LOCK), "");
    const store = directoryStore(folder);
    let done = false;
    const going = WAYS[way]!(store).then((result) => {
      done = true;
      return result;
    });
    while (ageOf(file) > 60) await new Promise(setImmediate);
    expect(done).toBe(false);
    rmSync(file);
    rmSync(fileOf(folder, checksum, LOCK));
    // Whoever has the bytes writes them again.
    const result = await going.catch((error) => error.code);
    expect(result).toEqual({ put: undefined, putStream: undefined, touch: [false] }[way]);
    expect(existsSync(file)).toBe(way !== "touch");
  });

  test("says so if he does not come to an end, and does not wait for one that was killed", async () => {
    const { folder } = oldBuffer();
    const lock = fileOf(folder, checksum, LOCK);
    plant(lock, "");
    const store = directoryStore(folder, { lockTimeout: 0 });
    expect(await rejection(WAYS[way]!(store))).toMatchObject({ code: "STORE_FAILED", checksum });
    age(lock, 121);
    await WAYS[way]!(store);
  });
});

test("what is wrong and is replaced while it is about to be removed is written again", async () => {
  const { folder, file } = oldBuffer("", bytes.slice(1));
  const lock = fileOf(folder, checksum, LOCK);
  plant(lock, "");
  const store = directoryStore(folder);
  const going = store.put(checksum, bytes);
  while (statSync(file).size < bytes.length) await new Promise(setImmediate);
  rmSync(file);
  rmSync(lock);
  await going;
  expect(await store.get(checksum)).toEqual(bytes);
});

describe("delete with a least age", () => {
  test("removes what is older, in all its forms, and its own lock", async () => {
    const { folder } = oldBuffer();
    const compressed = fileOf(folder, checksum, ".gz");
    plant(compressed, gzipSync(bytes));
    plant(fileOf(folder, checksum, ".BUFFERLENGTH"), "1000");
    const store = directoryStore(folder);
    // One form is young.
    expect(await store.delete(checksum, { minAge: HOUR })).toBe(false);
    age(compressed, 7200);
    expect(await store.delete(checksum, { minAge: HOUR })).toBe(true);
    expect(files(folder)).toEqual([]);
    expect(await store.delete(checksum, { minAge: HOUR })).toBe(false);
  });

  test("leaves what others have locked, and takes over the lock of one who was killed", async () => {
    for (const suffix of [".LOCK", LOCK]) {
      const { folder } = oldBuffer();
      const lock = fileOf(folder, checksum, suffix);
      plant(lock, "");
      const store = directoryStore(folder);
      expect(await store.delete(checksum, { minAge: HOUR })).toBe(false);
      expect(await store.get(checksum)).toEqual(bytes);
      age(lock, 121);
      expect(await store.delete(checksum, { minAge: HOUR })).toBe(true);
    }
  });

  test("a wrong one is refused", async () => {
    const store = directoryStore(tempDir());
    expect(await rejection(store.delete(checksum, { minAge: -1 }))).toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
