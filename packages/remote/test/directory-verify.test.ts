import { readFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { rejection } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { type DirectoryLayout, directoryStore, type VerifyProgress } from "../src/directory/index.ts";
import { age, fileOf, files, plant } from "./support/folder.ts";
import { sample } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

const HOUR = 3600;
const [one, two, three] = [sample(1000, 1), sample(2000, 2), sample(3000, 3)];
const wrong = new Uint8Array(10);
const text = (stream: ReadableStream<Uint8Array> | undefined) => new Response(stream).text();

async function storeWith(layout: DirectoryLayout = "prefix") {
  const folder = tempDir();
  const store = directoryStore(folder, { layout });
  for (const { checksum, bytes } of [one, two, three]) await store.put(checksum, bytes);
  return { folder, store };
}

describe("verify", () => {
  test("finds a sound store sound, and says what its steps did", async () => {
    const { store } = await storeWith();
    const progress: VerifyProgress[] = [];
    const report = await store.verify({ onProgress: (state) => void progress.push(state) });
    expect(report).toEqual({
      ok: true,
      buffers: 3,
      bytes: 6000,
      corrupt: [],
      unreadable: [],
      locked: [],
      misplaced: [],
      leftovers: [],
      unfinished: [],
      foreign: [],
      steps: [
        { name: "survey", files: 4, time: expect.any(Number) },
        { name: "check", files: 3, time: expect.any(Number) },
        { name: "quarantine", files: 0, time: expect.any(Number) },
      ],
    });
    expect(progress.at(-1)).toEqual({ files: 3, totalFiles: 3, bytes: 6000, totalBytes: 6000 });
  });

  test("finds what is wrong, and changes nothing", async () => {
    const { folder, store } = await storeWith();
    const [corrupt] = [fileOf(folder, two.checksum)];
    plant(corrupt, wrong);
    age(corrupt, 2 * HOUR);
    const before = files(folder);
    expect(await store.verify()).toMatchObject({
      ok: false,
      buffers: 2,
      corrupt: [{ checksum: two.checksum, file: corrupt.slice(folder.length + 1), size: 10 }],
    });
    expect(await directoryStore(folder, { writable: false }).verify()).toMatchObject({ ok: false });
    expect(files(folder)).toEqual(before);
  });

  test("names what is none of a store's", async () => {
    const { folder, store } = await storeWith();
    const name = (suffix: string) => `.${one.checksum.hex()}.0123456789ab${suffix}`;
    plant(join(folder, "ab", name(".tmp")), "");
    plant(join(folder, "ab", name("0.tmp")), "");
    age(join(folder, "ab", name(".tmp")), 2 * HOUR);
    plant(join(folder, one.checksum.hex()), one.bytes);
    plant(join(folder, "zz/file"), "");
    const report = await store.verify();
    expect(report).toMatchObject({ ok: true, buffers: 3, leftovers: [`ab/${name(".tmp")}`], unfinished: [] });
    expect(report.misplaced).toEqual([one.checksum.hex()]);
    expect([...report.foreign].sort()).toEqual([`ab/${name("0.tmp")}`, "zz"]);
  });

  test("reports what may still be being written, as that, and removes nothing", async () => {
    const { folder, store } = await storeWith();
    const hex = one.checksum.hex();
    const names = [`.${hex}.0123456789ab.tmp`, `${hex}-a_b0c1d2`];
    for (const name of names) plant(join(folder, "ab", name), "");
    for (const name of names) plant(join(folder, "ac", name), "");
    for (const name of names) age(join(folder, "ac", name), 2 * HOUR);
    plant(join(folder, "ab/.notes.0123456789ab.tmp"), "");
    const report = await store.verify();
    expect([[...report.unfinished].sort(), [...report.leftovers].sort()]).toEqual(
      ["ab", "ac"].map((prefix) => names.map((name) => `${prefix}/${name}`)),
    );
    expect(report).toMatchObject({ ok: true, buffers: 3, foreign: ["ab/.notes.0123456789ab.tmp"] });
    expect(files(folder)).toHaveLength(3 + 1 + 5);
  });

  test("looks into prefixes that are links to folders elsewhere", async () => {
    const { folder, store } = await storeWith();
    const elsewhere = join(tempDir(), "disk");
    const prefix = join(folder, one.checksum.hex().slice(0, 2));
    renameSync(prefix, elsewhere);
    symlinkSync(elsewhere, prefix);
    expect(await store.verify()).toMatchObject({ ok: true, buffers: 3, foreign: [] });
    plant(fileOf(folder, one.checksum), wrong);
    expect(await store.verify()).toMatchObject({ ok: false, buffers: 2 });
  });

  test("reports files that cannot be read, and goes on", async () => {
    const { folder, store } = await storeWith();
    const { checksum } = sample(5, 5);
    const file = fileOf(folder, checksum, ".gz");
    plant(file, "not gzip");
    const report = await store.verify();
    expect(report).toMatchObject({ ok: false, buffers: 3, unreadable: [{ code: "STORE_FAILED", file, checksum }] });
    expect(report.unreadable[0]!.message).toContain(`${file}: the gzip data cannot be decoded`);
    // Whoever else reads it is told the same.
    for (const read of [() => store.get(checksum), async () => text(await store.getStream(checksum))]) {
      expect(await rejection(read())).toMatchObject({ file, message: report.unreadable[0]!.message });
    }
    expect(await store.decompress()).toMatchObject({ failed: 1, errors: [{ file }] });
  });

  test("stops when asked to, and fails for a folder that is not there", async () => {
    const { store } = await storeWith();
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = () => controller.abort(reason);
    expect(await rejection(store.verify({ signal: controller.signal, onProgress }))).toBe(reason);
    const away = directoryStore(join(tempDir(), "away"));
    expect(await rejection(away.verify())).toMatchObject({ code: "NOT_FOUND" });
  });
});

describe.each(["prefix", "flat"] as const)("quarantine, %s", (layout) => {
  const place = (folder: string, checksum = two.checksum) =>
    layout === "flat" ? join(folder, checksum.hex()) : fileOf(folder, checksum);

  test("puts aside what is corrupt: it can be put again, and nothing is lost", async () => {
    const { folder, store } = await storeWith(layout);
    plant(place(folder), wrong);
    age(place(folder), 2 * HOUR);
    const report = await store.verify({ quarantine: true });
    const [entry] = report.corrupt;
    expect(entry?.quarantined).toMatch(new RegExp(`^\\.quarantine/${two.checksum.hex()}\\.\\d+$`));
    expect(new Uint8Array(readFileSync(join(folder, entry!.quarantined!)))).toEqual(wrong);
    expect(report.steps[2]).toMatchObject({ name: "quarantine", files: 1 });
    expect(await store.get(two.checksum)).toBe(undefined);
    expect(await store.verify()).toMatchObject({ ok: true, buffers: 2, foreign: [] });
    await store.put(two.checksum, two.bytes);
    expect(await store.verify()).toMatchObject({ ok: true, buffers: 3 });
  });

  test("spares what is younger than an hour", async () => {
    const { folder, store } = await storeWith(layout);
    plant(place(folder), wrong);
    age(place(folder), HOUR - 60);
    const report = await store.verify({ quarantine: true });
    expect(report).toMatchObject({ ok: false, corrupt: [{ spared: "young" }] });
    expect(new Uint8Array(readFileSync(place(folder)))).toEqual(wrong);
  });

  test("spares what has a lock, which is not even checked", async () => {
    const { folder, store } = await storeWith(layout);
    plant(place(folder), wrong);
    age(place(folder), 2 * HOUR);
    plant(`${place(folder)}.LOCK`, "");
    expect(await store.verify({ quarantine: true })).toMatchObject({
      ok: true,
      locked: [expect.any(String)],
      corrupt: [],
    });
    expect(new Uint8Array(readFileSync(place(folder)))).toEqual(wrong);
  });

  test("spares what was mended after it was checked", async () => {
    const { folder, store } = await storeWith(layout);
    for (const { checksum } of [one, two, three]) {
      plant(place(folder, checksum), wrong);
      age(place(folder, checksum), 2 * HOUR);
    }
    // At the last of them all have been checked, and none has been put aside.
    const onProgress = ({ files: done }: VerifyProgress) => {
      if (done < 3) return;
      plant(place(folder), two.bytes);
      age(place(folder), 2 * HOUR);
    };
    const report = await store.verify({ quarantine: true, onProgress });
    expect(report.corrupt.map(({ quarantined }) => quarantined !== undefined)).toEqual([true, true]);
    expect(await store.get(two.checksum)).toEqual(two.bytes);
  });

  test("is not for a store that is only read", async () => {
    const { folder } = await storeWith(layout);
    const store = directoryStore(folder, { layout, writable: false });
    expect(await rejection(store.verify({ quarantine: true }))).toMatchObject({ code: "READ_ONLY" });
  });
});
