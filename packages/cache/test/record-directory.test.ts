import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { rejection } from "@seamless/internal/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { openDirectoryRecord } from "../src/node/index.ts";
import { decodeLine, encodeLine } from "../src/node/segments.ts";
import type { RecordEntry } from "../src/transformations/record.ts";
import { call, int, lab } from "./support/lab.ts";
import { entry, names, open, segment, temporary, write } from "./support/records.ts";

/** Permissions do not bind root: for the rest of the test, be nobody, whom the folder then belongs to. */
function bePermissionBound(folder: string): void {
  if (process.geteuid?.() !== 0) return;
  const nobody = 65534;
  chownSync(folder, nobody, nobody);
  process.seteuid?.(nobody);
  onTestFinished(() => process.seteuid?.(0));
}

describe("survives a restart", () => {
  test("entries are as they were", async () => {
    const folder = temporary();
    const entries = [entry("f", 1, 0.1), entry("g", 2, 1e-9), entry("ü\u{1f600}", 3, 0)];
    await write(folder, ...entries);
    const again = await open(folder);
    for (const one of entries) expect(await again.find(one.transformation.getChecksum())).toEqual(one);
    expect(again.stats()).toEqual({ entries: 3, damaged: 0, replaced: 0 });
  });

  test("and so do fingertips", async () => {
    const folder = join(temporary(), "new", "folder");
    const first = await open(folder);
    const before = lab({ record: first });
    before.cache.register(int(1));
    const { result } = await before.fingertipper.run(call("increment", { x: int(1).getChecksum() }));
    await first.close();
    const after = lab({ record: await open(folder) });
    after.cache.register(int(1));
    expect(await after.fingertipper.restore()).toBe(1);
    expect((await after.fingertipper.fingertip(result)).content).toEqual(int(2).content);
    const again = await after.fingertipper.run(call("increment", { x: int(1).getChecksum() }));
    expect(again).toMatchObject({ origin: "record", result });
  });

  test("what was replaced stays so", async () => {
    const folder = temporary();
    await write(folder, entry("f", 1), entry("f", 2));
    await write(folder, entry("f", 3));
    const again = await open(folder);
    expect((await again.find(entry("f").transformation.getChecksum()))?.result).toEqual(int(3).getChecksum());
    expect(again.stats()).toMatchObject({ entries: 1, replaced: 2 });
  });

  test("looking makes no files", async () => {
    const folder = temporary();
    await write(folder);
    const record = await open(folder);
    await record.find(entry("f").transformation.getChecksum());
    expect(readdirSync(folder)).toEqual([]);
  });

  test("what is known already is not written again", async () => {
    const folder = temporary();
    const record = await open(folder);
    await record.add(entry("f", 1));
    const size = readFileSync(segment(folder)).byteLength;
    expect(await record.add(entry("f", 1, 99))).toBe(true);
    expect(readFileSync(segment(folder)).byteLength).toBe(size);
  });
});

describe("crash-safe", () => {
  test("cut short at every byte, it keeps every whole line, and goes on", async () => {
    const folder = temporary();
    await write(folder, entry("a"), entry("b"));
    const path = segment(folder);
    const whole = readFileSync(path);
    const first = whole.indexOf("\n");
    for (let length = 0; length <= whole.byteLength; length += length < whole.byteLength - 3 ? 7 : 1) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      writeFileSync(path, whole.subarray(0, length));
      const record = await openDirectoryRecord(folder);
      // A line without its newline is whole too, if its checksum says so.
      const expected = ["a", "b"].slice(0, Number(length >= first) + Number(length >= whole.byteLength - 1));
      expect(await names(record)).toEqual(expected);
      await record.add(entry("c"));
      await record.close();
      const again = await openDirectoryRecord(folder);
      expect(await names(again)).toEqual([...expected, "c"]);
      await again.close();
    }
  });

  test("one damaged line costs one entry, and is counted", async () => {
    const folder = temporary();
    await write(folder, entry("a"), entry("b"), entry("c"));
    const path = segment(folder);
    writeFileSync(path, readFileSync(path, "utf8").replace('"b"', '"x"'));
    const record = await open(folder);
    expect(await names(record)).toEqual(["a", "c"]);
    expect(record.stats()).toMatchObject({ entries: 2, damaged: 1 });
  });

  test("a line that never ends is given up, in bounded memory", async () => {
    const folder = temporary();
    await write(folder, entry("a"));
    appendFileSync(segment(folder), Buffer.alloc(20 * 2 ** 20, "x"));
    appendFileSync(segment(folder), `\n${encodeLine(entry("b"))}`);
    const record = await open(folder);
    expect(await names(record)).toEqual(["a", "b"]);
    expect(record.stats().damaged).toBe(1);
  });

  test("binary rubbish and an empty file", async () => {
    const folder = temporary();
    await write(folder, entry("a"));
    writeFileSync(
      join(folder, "000-rubbish.v1.jsonl"),
      Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) >> 3),
    );
    writeFileSync(join(folder, "000-empty.v1.jsonl"), "");
    const record = await open(folder);
    expect(await names(record)).toEqual(["a"]);
    expect(record.stats().damaged).toBeGreaterThan(0);
  });

  test("files of others and of later formats are left alone", async () => {
    const folder = temporary();
    writeFileSync(join(folder, "README.md"), "mine");
    writeFileSync(join(folder, "a.v2.jsonl"), "later");
    await write(folder, entry("a"));
    const record = await open(folder);
    await record.compact();
    expect(readdirSync(folder)).toHaveLength(3);
    expect(readFileSync(join(folder, "a.v2.jsonl"), "utf8")).toBe("later");
  });

  test("a whole line that is no entry is an error that names the file", async () => {
    const folder = temporary();
    await write(folder, entry("a"));
    const path = segment(folder);
    const bad = { ...entry("a"), result: { hex: () => "abc" } } as unknown as RecordEntry;
    appendFileSync(path, encodeLine(bad));
    const error = await rejection(openDirectoryRecord(folder));
    expect(error).toMatchObject({ code: "INVALID_BUFFER", file: path });
  });
});

describe("limits and faults", () => {
  test("many adds at once are flushed together, in order", async () => {
    const folder = temporary();
    const record = await open(folder);
    await Promise.all(Array.from({ length: 3000 }, (_, i) => record.add(entry(`f${i}`))));
    const lines = readFileSync(segment(folder), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => decodeLine(Buffer.from(line))?.transformation.function)).toEqual(
      Array.from({ length: 3000 }, (_, i) => `f${i}`),
    );
  });

  test("more entries than the limit are an error when opening", async () => {
    const folder = temporary();
    await write(folder, entry("a"), entry("b"), entry("c"));
    const error = await rejection(openDirectoryRecord(folder, { maxEntries: 2 }));
    expect(error).toMatchObject({ code: "TOO_LARGE" });
    expect(String(error)).toContain("more than 2 entries");
  });

  test("closed, it takes no more; closing waits for what is being written", async () => {
    const folder = temporary();
    const record = await open(folder);
    const adding = record.add(entry("a"));
    await record.close();
    expect(await adding).toBe(true);
    await record.close();
    expect(await rejection(record.add(entry("b")))).toMatchObject({ code: "INVALID_STATE" });
    expect(await names(await open(folder))).toEqual(["a"]);
  });

  test("an add that is aborted is let go, and is recorded or not", async () => {
    const folder = temporary();
    const record = await open(folder);
    const controller = new AbortController();
    const adding = rejection(record.add(entry("a"), { signal: controller.signal }));
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await adding).toBe(reason);
    await record.close();
    expect(await names(record)).toEqual(await names(await open(folder)));
  });

  test("a path that is a file", async () => {
    const path = join(temporary(), "file");
    writeFileSync(path, "");
    const error = await rejection(openDirectoryRecord(path));
    expect(error).toMatchObject({ name: "SeamlessError" });
    expect(String(error)).toContain(path);
  });

  test("a folder that cannot be written to", async () => {
    const folder = temporary();
    bePermissionBound(folder);
    const record = await open(folder);
    chmodSync(folder, 0o555);
    expect(await rejection(record.add(entry("a")))).toMatchObject({ code: "PERMISSION_DENIED" });
    chmodSync(folder, 0o755);
    expect(await record.add(entry("a"))).toBe(true);
  });

  test("a folder that was removed is an error, and the record goes on when it is back", async () => {
    const folder = join(temporary(), "record");
    const record = await open(folder);
    rmSync(folder, { recursive: true });
    expect(await rejection(record.add(entry("a")))).toMatchObject({ code: "NOT_FOUND" });
    expect(await record.find(entry("a").transformation.getChecksum())).toBeUndefined();
    mkdirSync(folder);
    expect(await record.add(entry("a"))).toBe(true);
    expect(await names(await open(folder))).toEqual(["a"]);
  });

  test("its segment cut short by somebody is found out when reading", async () => {
    const folder = temporary();
    await write(folder, entry("a"));
    truncateSync(segment(folder), 10);
    const record = await open(folder);
    expect(record.stats()).toEqual({ entries: 0, damaged: 1, replaced: 0 });
  });
});
