import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { rejection, turn } from "@seamless/internal/testing";
import { type ManualClock, manualClock } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { type DirectoryLayout, directoryStore } from "../src/directory/index.ts";
import { age, fileOf, files, plant } from "./support/folder.ts";
import { chunksOf, sample } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

const { bytes, checksum } = sample(2000);
const hex = checksum.hex();

type Store = ReturnType<typeof directoryStore>;
const PUTS: Readonly<Record<string, (store: Store, signal?: AbortSignal) => Promise<void>>> = {
  put: (store, signal) => store.put(checksum, bytes, { signal }),
  putStream: (store, signal) => store.putStream(checksum, chunksOf(bytes), { signal }),
};

/** A hashserver in Python is receiving the same buffer: what it has so far lies beside it. */
function uploading(layout: DirectoryLayout, lockTimeout = 10_000) {
  const folder = tempDir();
  const file = layout === "flat" ? join(folder, hex) : fileOf(folder, checksum);
  const upload = `${file}-a_b0c1d2`;
  plant(upload, "half");
  const clock = manualClock();
  return { folder, file, upload, clock, store: directoryStore(folder, { layout, lockTimeout, clock }) };
}

/** Let the time go on, look by look, until a promise is settled; tells how much went by, in milliseconds. */
async function until(clock: ManualClock, promise: Promise<unknown>, onLook: (look: number) => void = () => {}) {
  let settled = false;
  const done = promise.finally(() => {
    settled = true;
  });
  done.catch(() => {});
  const start = clock.now();
  for (let look = 1; !settled; ) {
    if (clock.pending > 0) {
      onLook(look++);
      clock.advance(50);
    }
    await turn();
  }
  await done;
  return clock.now() - start;
}

describe.each(["prefix", "flat"] as const)("an upload of the same buffer to a hashserver in Python, %s", (layout) => {
  describe.each(Object.keys(PUTS))("%s", (put) => {
    test("that fails takes the file with it: it is put back", async () => {
      const { file, upload, clock, store } = uploading(layout);
      await until(clock, PUTS[put]!(store), (look) => {
        if (look === 3) rmSync(upload);
        if (look === 4) rmSync(file);
      });
      expect(new Uint8Array(readFileSync(file))).toEqual(bytes);
      expect(files(dirname(file)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    });

    test("that fails twice is outlasted twice", async () => {
      const { file, upload, clock, store } = uploading(layout);
      await until(clock, PUTS[put]!(store), (look) => {
        if (look === 2) rmSync(file);
        if (look === 5) rmSync(upload);
        if (look === 6) rmSync(file);
      });
      expect(await store.get(checksum)).toEqual(bytes);
    });

    test("that ends well changes nothing, and is waited for no longer", async () => {
      const { folder, upload, clock, store } = uploading(layout);
      const waited = await until(clock, PUTS[put]!(store), (look) => look === 2 && rmSync(upload));
      expect(waited).toBeLessThan(400);
      expect(files(folder).filter((name) => name.includes(hex))).toHaveLength(1);
      expect(await store.get(checksum)).toEqual(bytes);
    });

    test("that does not end is waited for as for a lock", async () => {
      const { file, clock, store } = uploading(layout, 1000);
      const waited = await until(clock, PUTS[put]!(store));
      expect(waited).toBeGreaterThanOrEqual(1000);
      expect(waited).toBeLessThan(1200);
      expect(new Uint8Array(readFileSync(file))).toEqual(bytes);
    });

    test("that was left by a server that was killed is not waited for", async () => {
      const { upload, clock, store } = uploading(layout);
      age(upload, 121);
      expect(await until(clock, PUTS[put]!(store))).toBe(0);
    });

    test("is outlasted also where the buffer has just been written", async () => {
      const { file, upload, clock, store } = uploading(layout);
      plant(file, bytes);
      await until(clock, PUTS[put]!(store), (look) => {
        if (look === 1) rmSync(upload);
        if (look === 2) rmSync(file);
      });
      expect(await store.get(checksum)).toEqual(bytes);
    });

    test("can be given up", async () => {
      const { folder, clock, store } = uploading(layout);
      const controller = new AbortController();
      const reason = new Error("enough");
      const putting = until(clock, PUTS[put]!(store, controller.signal), () => controller.abort(reason));
      expect(await rejection(putting)).toBe(reason);
      expect(files(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    });
  });

  test("of another buffer is none of ours", async () => {
    const { file, upload, clock, store } = uploading(layout);
    rmSync(upload);
    plant(join(dirname(file), `${"0".repeat(64)}-a_b0c1d2`), "half");
    plant(`${file}-notes`, "");
    expect(await until(clock, PUTS["put"]!(store))).toBe(0);
  });

  test("what it has left, or who rewrites it, is removed after an hour, and no other file of such a name", async () => {
    const { file, upload, store } = uploading(layout);
    const lock = `${file}.REWRITE.LOCK`;
    const young = join(dirname(file), `${"0".repeat(64)}.REWRITE.LOCK`);
    const other = [
      `${file}-notes`,
      join(dirname(file), ".notes.0123456789ab.tmp"),
      join(dirname(file), "a.REWRITE.LOCK"),
    ];
    for (const name of [lock, young, ...other]) plant(name, "");
    for (const name of [upload, lock, ...other]) age(name, 3700);
    await store.put(checksum, bytes);
    await store.close();
    const left = files(dirname(file)).map((name) => join(dirname(file), name));
    expect([upload, lock].filter((name) => left.includes(name))).toEqual([]);
    expect([young, ...other].filter((name) => !left.includes(name))).toEqual([]);
  });
});
