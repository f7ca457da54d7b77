import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filePlatform } from "@seamless/internal/platform";
import { beforeEach, expect, test, vi } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { writeGroup } from "../src/directory/put-group.ts";
import { chunksOf, sample, sumOf } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

const flushes = vi.hoisted(() => ({ count: 0 }));

vi.mock("node:fs", async (importOriginal) => {
  const fs = await importOriginal<typeof import("node:fs")>();
  const fsync = (fd: number, callback: (error: Error | null) => void) => {
    flushes.count++;
    fs.fsync(fd, callback);
  };
  return { ...fs, fsync };
});

beforeEach(() => {
  flushes.count = 0;
});

/** Flushes of a file and of its folder. */
const BOTH = filePlatform().syncsFolders ? 2 : 1;

test.each([
  ["waits for the disk", {}, BOTH],
  ["does not wait for the disk with sync: false", { sync: false }, 0],
])("a put %s", async (_, options, each) => {
  const store = directoryStore(tempDir(), { layout: "flat", ...options });
  const [first, small, large, packed] = [sample(10), sample(1000), sample(3_000_000), sample(4000, 7)];
  // The first one makes what the folder needs.
  await store.put(first.checksum, first.bytes);
  flushes.count = 0;
  await store.put(small.checksum, small.bytes);
  await store.putStream(large.checksum, chunksOf(large.bytes));
  expect(flushes.count).toBe(2 * each);
  for (const { checksum } of [first, small, large]) expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
  flushes.count = 0;
  const compressing = directoryStore(store.path, { layout: "flat", compress: "gzip", ...options });
  await compressing.put(packed.checksum, new Uint8Array(packed.bytes));
  expect(flushes.count % Math.max(each, 1)).toBe(0);
  expect(flushes.count > 0).toBe(each > 0);
});

test("of buffers that are put together, those are waited for that have to be", async () => {
  const folder = tempDir();
  const samples = [sample(100, 1), sample(200, 2), sample(300, 3)];
  const write = (sync: readonly boolean[]) => {
    const bytes = Buffer.concat(samples.map((each) => each.bytes));
    return writeGroup({
      files: samples.map(({ checksum }) => join(folder, checksum.hex())),
      modes: samples.map(() => 0o644),
      masked: false,
      verified: samples.map(() => true),
      sync,
      bytes,
      ends: [100, 300, 600],
    });
  };
  expect(await write([false, false, false])).toEqual(["written", "written", "written"]);
  expect(flushes.count).toBe(0);
  for (const { checksum, bytes } of samples) {
    expect(new Uint8Array(readFileSync(join(folder, checksum.hex())))).toEqual(bytes);
  }
  const other = sample(50, 4);
  samples.splice(0, 3, other);
  const one = { files: [join(folder, other.checksum.hex())], modes: [0o644], masked: false, verified: [true] };
  expect(await writeGroup({ ...one, sync: [true], bytes: other.bytes, ends: [50] })).toEqual(["written"]);
  expect(flushes.count).toBe(BOTH);
});

test("an option that is neither is refused", () => {
  expect(() => directoryStore(tempDir(), { sync: "no" as never })).toThrow("sync is true or false");
});
