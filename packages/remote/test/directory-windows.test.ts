import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { failCalls, fakePlatform } from "@seamless/internal/fake-platform";
import { afterEach, beforeEach, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { age, fileOf, files, plant } from "./support/folder.ts";
import { sample } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

/* What Windows does with files that others have open is faked: it cannot be had where these tests run. */

const { bytes, checksum } = sample(1000);
const restores: (() => void)[] = [];
beforeEach(() => void restores.push(fakePlatform("win32")));
afterEach(() => {
  for (const restore of restores.splice(0)) restore();
});
/** The first two calls fail. */
function busy(name: "rename" | "unlink") {
  const fake = failCalls(name, (call) => (call < 2 ? "EBUSY" : undefined));
  restores.push(fake.restore);
  return fake;
}

test("a buffer is put while a scanner has its temporary file open", async () => {
  const place = tempDir();
  const fake = busy("unlink");
  await using store = directoryStore(place, { layout: "flat" });
  await store.put(checksum, bytes);
  expect(fake.calls).toBe(3);
  expect(files(place)).toEqual([checksum.hex()]);
});

test("a corrupt copy is replaced once its reader has closed it", async () => {
  const place = tempDir();
  plant(fileOf(place, checksum), "wrong");
  const fake = busy("rename");
  await using store = directoryStore(place);
  await store.put(checksum, bytes);
  expect(fake.calls).toBe(3);
  expect(readFileSync(fileOf(place, checksum))).toEqual(Buffer.from(bytes));
});

test("a buffer is deleted once its reader has closed it", async () => {
  const place = tempDir();
  plant(fileOf(place, checksum), bytes);
  const fake = busy("unlink");
  await using store = directoryStore(place);
  expect(await store.delete(checksum)).toBe(true);
  expect(fake.calls).toBeGreaterThan(2);
  expect(existsSync(fileOf(place, checksum))).toBe(false);
});

test("a corrupt buffer is quarantined once its reader has closed it", async () => {
  const place = tempDir();
  plant(fileOf(place, checksum), "wrong");
  age(fileOf(place, checksum), 7200);
  const fake = busy("rename");
  await using store = directoryStore(place);
  const { corrupt } = await store.verify({ quarantine: true });
  expect(fake.calls).toBe(3);
  expect(corrupt).toMatchObject([{ quarantined: expect.stringMatching(/^\.quarantine\//) }]);
});

test("what a killed writer left is swept once a scanner has closed it", async () => {
  const place = tempDir();
  const left = join(place, checksum.hex().slice(0, 2), `.${checksum.hex()}.0123456789ab.tmp`);
  mkdirSync(join(place, checksum.hex().slice(0, 2)));
  plant(left, "half");
  age(left, 7200);
  busy("unlink");
  const store = directoryStore(place);
  await store.put(checksum, bytes);
  await store.close();
  expect(existsSync(left)).toBe(false);
});
