import { chmodSync, chownSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { age, fileOf, plant } from "./support/folder.ts";
import { pieces, sample } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

const { bytes, checksum } = sample(1000);
const modeOf = (path: string) => statSync(path).mode & 0o7777;

function withUmask(umask: number): void {
  const before = process.umask(umask);
  onTestFinished(() => void process.umask(before));
}

// Mode of the folder → of the folders in it, of a buffer, of the marker.
describe.each([
  [0o755, 0o755, 0o644, 0o644],
  [0o775, 0o775, 0o644, 0o664],
  [0o2775, 0o2775, 0o644, 0o664],
  [0o2770, 0o2770, 0o640, 0o660],
  [0o700, 0o700, 0o640, 0o640],
  [0o777, 0o777, 0o644, 0o666],
])("in a folder of mode %o", (root, folder, buffer, marker) => {
  test.each([0o022, 0o077, 0o000])("what is made has its permissions, under any umask (%o)", async (umask) => {
    withUmask(umask);
    const place = tempDir();
    chmodSync(place, root);
    await directoryStore(place).put(checksum, bytes);
    const file = fileOf(place, checksum);
    expect([modeOf(dirname(file)), modeOf(file), modeOf(join(place, ".HASHSERVER_PREFIX"))]).toEqual([
      folder,
      buffer,
      marker,
    ]);
    const flat = tempDir();
    chmodSync(flat, root);
    await directoryStore(flat, { layout: "flat" }).putStream(checksum, pieces(bytes));
    expect(modeOf(join(flat, checksum.hex()))).toBe(buffer);
  });
});

test("the group of the folder is handed down where it says so", async ({ skip }) => {
  if (process.getuid?.() !== 0) skip("only root can give a folder to another group");
  const place = tempDir();
  chownSync(place, 0, 54_321);
  chmodSync(place, 0o2770);
  await directoryStore(place).put(checksum, bytes);
  const file = fileOf(place, checksum);
  expect([statSync(dirname(file)).gid, statSync(file).gid]).toEqual([54_321, 54_321]);
  expect(modeOf(dirname(file))).toBe(0o2770);
});

test("what is mended can be read by those who could not read it", async () => {
  const place = tempDir();
  chmodSync(place, 0o755);
  plant(fileOf(place, checksum), "wrong");
  chmodSync(fileOf(place, checksum), 0o600);
  await directoryStore(place).put(checksum, bytes);
  expect(modeOf(fileOf(place, checksum))).toBe(0o644);
});

test("the folder for what is put aside has its permissions, too", async () => {
  withUmask(0o077);
  const place = tempDir();
  chmodSync(place, 0o775);
  plant(fileOf(place, checksum), "wrong");
  age(fileOf(place, checksum), 7200);
  await directoryStore(place).verify({ quarantine: true });
  expect(modeOf(join(place, ".quarantine"))).toBe(0o775);
});

test("a folder that was there keeps its own", async () => {
  const place = tempDir();
  chmodSync(place, 0o775);
  mkdirSync(dirname(fileOf(place, checksum)), { mode: 0o750 });
  await directoryStore(place).put(checksum, bytes);
  expect(modeOf(dirname(fileOf(place, checksum)))).toBe(0o750);
});
