import { appendFileSync, readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { rejection } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { int } from "./support/lab.ts";
import { entry, names, open, segment, temporary, write } from "./support/records.ts";

describe("compacted", () => {
  test("into one file, without what was replaced or damaged", async () => {
    const folder = temporary();
    for (let i = 0; i < 4; i++) await write(folder, entry("f", i), entry(`g${i}`));
    appendFileSync(join(folder, readdirSync(folder)[0]!), "half a li");
    const record = await open(folder);
    const before = await names(record);
    expect(record.stats()).toEqual({ entries: 5, damaged: 1, replaced: 3 });
    await record.compact();
    expect(record.stats()).toEqual({ entries: 5, damaged: 1, replaced: 0 });
    expect(readFileSync(segment(folder), "utf8").trimEnd().split("\n")).toHaveLength(5);
    expect(await names(record)).toEqual(before);
    const again = await open(folder);
    expect(await names(again)).toEqual(before);
    expect((await again.find(entry("f").transformation.getChecksum()))?.result).toEqual(int(3).getChecksum());
  });

  test("by itself, when it is opened with many files", async () => {
    const folder = temporary();
    for (let i = 0; i < 9; i++) await write(folder, entry(`f${i}`));
    expect(readdirSync(folder)).toHaveLength(9);
    const record = await open(folder);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(await names(record)).toHaveLength(9);
  });

  test("by itself, when most lines have been replaced", async () => {
    const folder = temporary();
    const record = await open(folder);
    for (let i = 0; i < 500; i++) await record.add(entry("f", i));
    const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").trimEnd().split("\n"));
    expect(lines.length).toBeLessThan(210);
    const again = await open(folder);
    expect((await again.find(entry("f").transformation.getChecksum()))?.result).toEqual(int(499).getChecksum());
  });

  test("a merge that crashed before its end loses nothing", async () => {
    const folder = temporary();
    await write(folder, entry("a"), entry("b"));
    const path = segment(folder);
    renameSync(path, `${path}.retired`);
    const record = await open(folder);
    expect(await names(record)).toEqual(["a", "b"]);
    await record.compact();
    expect(segment(folder)).not.toContain("retired");
    expect(await names(await open(folder))).toEqual(["a", "b"]);
  });

  test("while others write: nothing is lost", async () => {
    const folder = temporary();
    const writers = await Promise.all([1, 2, 3].map(() => open(folder)));
    const merger = await open(folder);
    let writing = true;
    const merging = (async () => {
      let count = 0;
      for (; writing; count++) await merger.compact();
      return count;
    })();
    await Promise.all(
      writers.map(async (writer, w) => {
        for (let i = 0; i < 60; i++) await writer.add(entry(`${w}-${i}`));
      }),
    );
    writing = false;
    expect(await merging).toBeGreaterThan(0);
    expect(await names(await open(folder))).toHaveLength(180);
    await merger.compact();
    expect(await names(merger)).toHaveLength(180);
  });

  test("by several at once: nothing is lost", async () => {
    const folder = temporary();
    for (let i = 0; i < 8; i++) await write(folder, entry(`f${i}`));
    const records = await Promise.all([1, 2, 3, 4].map(() => open(folder)));
    await Promise.all(records.flatMap((record) => [record.compact(), record.compact()]));
    for (const record of records) expect(await names(record)).toHaveLength(8);
    expect(await names(await open(folder))).toHaveLength(8);
  });

  test("what a killed merge left behind is removed when it is old", async () => {
    const folder = temporary();
    await write(folder, entry("a"));
    const [old, young] = ["1", "2"].map((digit) => join(folder, `.x.v1.jsonl.${digit.repeat(12)}.tmp`));
    for (const path of [old!, young!]) writeFileSync(path, "half");
    utimesSync(old!, 1, 1);
    const record = await open(folder);
    await record.compact();
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([basename(young!)]);
  });

  test("aborted, it leaves everything", async () => {
    const folder = temporary();
    await write(folder, entry("a"));
    const record = await open(folder);
    const reason = new Error("enough");
    expect(await rejection(record.compact({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(await names(await open(folder))).toEqual(["a"]);
    await record.compact();
    expect(await names(await open(folder))).toEqual(["a"]);
  });
});
