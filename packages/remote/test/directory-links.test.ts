import { chmodSync, linkSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { afterEach, beforeEach, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";

let dir = "";
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "directory-links-")));
  writeFileSync(join(dir, "a"), "hello\n");
});
afterEach(() => rmSync(dir, { recursive: true }));

const bytes = new TextEncoder().encode("hello\n");
const checksum = Checksum.of(bytes);

test("a file is put by a hard link, and is young then, however old it was", async () => {
  const store = directoryStore(join(dir, "store"));
  await store.putLink(checksum, join(dir, "a"), "hard");
  const file = await store.plainFile(checksum);
  expect(file).toBe(join(dir, "store", checksum.hex().slice(0, 2), checksum.hex()));
  const { ino, mode, mtimeMs } = statSync(file!);
  expect([ino, mode & 0o222, Date.now() - mtimeMs < 60_000]).toEqual([statSync(join(dir, "a")).ino, 0, true]);
  expect(await store.get(checksum)).toEqual(bytes);
  expect((await store.verify()).ok).toBe(true);
  // What is there is not put again.
  await store.putLink(checksum, join(dir, "missing"), "hard");
});

test("wrong bytes are refused, and nothing is there", async () => {
  const store = directoryStore(join(dir, "store"));
  const other = Checksum.of(new Uint8Array(3));
  await expect(store.putLink(other, join(dir, "a"), "hard")).rejects.toMatchObject({ code: "CHECKSUM_MISMATCH" });
  expect(await store.has([other])).toEqual([false]);
  const readOnly = directoryStore(join(dir, "store"), { writable: false });
  await expect(readOnly.putLink(checksum, join(dir, "a"), "hard")).rejects.toMatchObject({ code: "READ_ONLY" });
});

test("a corrupt copy is not replaced by a link, but by a put", async () => {
  const store = directoryStore(join(dir, "store"));
  await store.put(checksum, bytes);
  const file = (await store.plainFile(checksum))!;
  chmodSync(file, 0o644);
  writeFileSync(file, "HELLO\n");
  await expect(store.putLink(checksum, join(dir, "a"), "hard")).rejects.toMatchObject({ code: "UNSUPPORTED" });
  await store.put(checksum, bytes);
  expect(await store.get(checksum)).toEqual(bytes);
});

test("what is compressed or missing has no plain file; where a file has another name, compressing frees nothing, and leaves it", async () => {
  const store = directoryStore(join(dir, "store"));
  expect(await store.plainFile(checksum)).toBeUndefined();
  const large = new Uint8Array(100_000);
  const zeros = Checksum.of(large);
  await store.put(zeros, large);
  const twin = join(dir, "twin");
  linkSync((await store.plainFile(zeros))!, twin);
  expect(await store.compress({ coding: "gzip" })).toMatchObject({ rewritten: 0, left: 1 });
  expect(await store.plainFile(zeros)).toBeDefined();
  rmSync(twin);
  // What a killed writer has left is no other name: nobody uses it.
  const file = (await store.plainFile(zeros))!;
  linkSync(file, join(dirname(file), `.${zeros.hex()}.0123456789ab.tmp`));
  expect(await store.compress({ coding: "gzip" })).toMatchObject({ rewritten: 1, left: 0 });
  expect(await store.plainFile(zeros)).toBeUndefined();
  expect(await store.get(zeros)).toEqual(large);
});
