import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rejection } from "@seamless/internal/testing";
import { joinChunks, streamChunks } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { age, fileOf, plant } from "./support/folder.ts";
import { sample, sumOf } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

const { bytes, checksum } = sample(3_000_000);
const hex = checksum.hex();
const half = bytes.subarray(0, 2_000_000);

/** Where other tools put their locks: beside the file, in its folder, at the top. */
const LOCKS: Readonly<Record<string, (folder: string) => string>> = {
  "of the buffer": (folder) => fileOf(folder, checksum, ".LOCK"),
  "of its folder": (folder) => join(folder, checksum.hex().slice(0, 2), ".LOCK"),
  "of the whole": (folder) => join(folder, ".LOCK"),
};

/** A tool that writes in place, as the hashserver in Python does: what it has written so far lies there. */
function writing(lock: string) {
  const folder = tempDir();
  plant(fileOf(folder, checksum), half);
  plant(LOCKS[lock]!(folder), "");
  const finish = (content: Uint8Array | undefined) => {
    if (content === undefined) rmSync(fileOf(folder, checksum));
    else writeFileSync(fileOf(folder, checksum), content);
    rmSync(LOCKS[lock]!(folder));
  };
  return { folder, finish };
}

describe.each(Object.keys(LOCKS))("the lock %s", (lock) => {
  test("is waited for: then the buffer is whole, for get and getStream", async () => {
    const { folder, finish } = writing(lock);
    const store = directoryStore(folder);
    const reading = [
      store.get(checksum),
      store.getStream(checksum).then((stream) => joinChunks(streamChunks(stream!))),
    ];
    expect([await store.has([checksum]), await store.lengths([checksum])]).toEqual([[false], [undefined]]);
    finish(bytes);
    for (const found of await Promise.all(reading)) expect(sumOf(found)).toBe(hex);
    expect(await store.lengths([checksum])).toEqual([bytes.byteLength]);
  });

  test("is waited for where there is nothing yet", async () => {
    const { folder, finish } = writing(lock);
    rmSync(fileOf(folder, checksum));
    const store = directoryStore(folder);
    const reading = [
      store.get(checksum),
      store.getStream(checksum).then((stream) => joinChunks(streamChunks(stream!))),
    ];
    finish(bytes);
    for (const found of await Promise.all(reading)) expect(sumOf(found)).toBe(hex);
  });

  test("whose tool has given up leaves a miss", async () => {
    const { folder, finish } = writing(lock);
    const store = directoryStore(folder);
    const reading = store.get(checksum);
    finish(undefined);
    expect(await reading).toBe(undefined);
  });

  test("is waited for so long, and no longer; what is half written is no miss", async () => {
    const { folder } = writing(lock);
    const store = directoryStore(folder, { lockTimeout: 60 });
    expect(await rejection(store.get(checksum))).toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining("another tool has had its lock for 60 ms"),
    });
    const stream = await store.getStream(checksum);
    expect(await rejection(joinChunks(streamChunks(stream!)))).toMatchObject({ code: "CHECKSUM_MISMATCH" });
    expect(await store.has([checksum])).toEqual([false]);
  });

  test("does not keep from reading what is whole", async () => {
    const { folder } = writing(lock);
    writeFileSync(fileOf(folder, checksum), bytes);
    expect(sumOf(await directoryStore(folder, { lockTimeout: 1e9 }).get(checksum))).toBe(hex);
  });

  test("that nobody has touched for two minutes is that of a dead process", async () => {
    const { folder } = writing(lock);
    age(LOCKS[lock]!(folder), 121);
    const store = directoryStore(folder, { lockTimeout: 1e9 });
    expect(await rejection(store.get(checksum))).toMatchObject({ code: "CHECKSUM_MISMATCH" });
    expect(await store.lengths([checksum])).toEqual([half.byteLength]);
  });

  test("is waited for by put, which then finds the buffer, or replaces what is wrong", async () => {
    for (const content of [bytes, half, undefined]) {
      const { folder, finish } = writing(lock);
      const store = directoryStore(folder);
      const putting = store.put(checksum, bytes);
      finish(content);
      await putting;
      expect(sumOf(await store.get(checksum))).toBe(hex);
    }
  });

  test("does not keep waiting who has given up", async () => {
    const { folder } = writing(lock);
    const controller = new AbortController();
    const store = directoryStore(folder, { lockTimeout: 1e9 });
    const reason = new Error("enough");
    const waiting = [store.get(checksum, controller), store.getStream(checksum, controller)].map(rejection);
    setTimeout(() => controller.abort(reason), 20);
    expect(await Promise.all(waiting)).toEqual([reason, reason]);
  });
});

test("by default ten seconds are waited", async () => {
  const { folder } = writing("of the buffer");
  const started = performance.now();
  await rejection(directoryStore(folder).get(checksum));
  expect(performance.now() - started).toBeGreaterThan(9_900);
  expect(performance.now() - started).toBeLessThan(20_000);
});
