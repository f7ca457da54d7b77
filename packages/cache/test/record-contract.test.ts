import { join } from "node:path";
import { rejection } from "@seamless/internal/testing";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { openDirectoryRecord } from "../src/node/index.ts";
import { memoryRecord, type RecordEntry, type TransformationRecord } from "../src/transformations/record.ts";
import { Transformation } from "../src/transformations/transformation.ts";
import { int } from "./support/lab.ts";
import { temporary } from "./support/records.ts";

function entry(name: string, result: number, cpuSeconds = 1): RecordEntry {
  const transformation = new Transformation({ function: name, inputs: {}, output: "int" });
  return { transformation, result: int(result).getChecksum(), cpuSeconds };
}

function keyOf({ transformation }: RecordEntry) {
  return transformation.getChecksum();
}

async function all(record: TransformationRecord): Promise<RecordEntry[]> {
  const entries: RecordEntry[] = [];
  for await (const one of record.entries()) entries.push(one);
  return entries;
}

const RECORDS: Readonly<Record<string, (maxEntries?: number) => Promise<TransformationRecord>>> = {
  memory: async (maxEntries) => memoryRecord({ maxEntries }),
  directory: async (maxEntries) => {
    const record = await openDirectoryRecord(join(temporary(), "record"), { maxEntries });
    onTestFinished(() => record.close());
    return record;
  },
};

describe.each(Object.entries(RECORDS))("%s record", (_, create) => {
  test("empty", async () => {
    const record = await create();
    expect(record.name).not.toBe("");
    expect(await record.find(keyOf(entry("f", 1)))).toBeUndefined();
    expect(await record.producers(int(1).getChecksum())).toEqual([]);
    expect(await all(record)).toEqual([]);
  });

  test("finds by transformation and by result", async () => {
    const record = await create();
    const entries = [entry("f", 1), entry("g", 1, 0.25), entry("h", 2)];
    for (const one of entries) expect(await record.add(one)).toBe(true);
    for (const one of entries) expect(await record.find(keyOf(one))).toEqual(one);
    expect(await record.producers(int(1).getChecksum())).toEqual([entries[0], entries[1]]);
    expect(await record.producers(int(2).getChecksum())).toEqual([entries[2]]);
    expect(await record.producers(int(3).getChecksum())).toEqual([]);
    expect(await all(record)).toEqual(entries);
  });

  test("a later entry replaces an earlier one of the same transformation", async () => {
    const record = await create();
    await record.add(entry("f", 1));
    await record.add(entry("g", 1));
    await record.add(entry("f", 2));
    expect(await record.find(keyOf(entry("f", 0)))).toEqual(entry("f", 2));
    expect(await record.producers(int(1).getChecksum())).toEqual([entry("g", 1)]);
    expect(await record.producers(int(2).getChecksum())).toEqual([entry("f", 2)]);
    await record.add(entry("g", 2));
    expect(await record.producers(int(1).getChecksum())).toEqual([]);
    expect(await all(record)).toHaveLength(2);
  });

  test("keeps no more than its limit, and says so", async () => {
    const record = await create(2);
    const added = await Promise.all([entry("f", 1), entry("g", 2), entry("h", 3)].map((one) => record.add(one)));
    expect(added).toEqual([true, true, false]);
    expect(await record.find(keyOf(entry("h", 3)))).toBeUndefined();
    expect(await record.add(entry("f", 4))).toBe(true);
    expect(await all(record)).toHaveLength(2);
  });

  test("aborted before the start: nothing is added", async () => {
    const record = await create();
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    const one = entry("f", 1);
    for (const call of [
      () => record.add(one, { signal }),
      () => record.find(keyOf(one), { signal }),
      () => record.producers(one.result, { signal }),
    ]) {
      expect(await rejection(call())).toBe(reason);
    }
    expect(await all(record)).toEqual([]);
    await record.add(one);
    expect(await rejection(record.entries({ signal })[Symbol.asyncIterator]().next())).toBe(reason);
  });

  test("agrees with a map, whatever is added", async () => {
    const step = fc.tuple(fc.constantFrom("f", "g", "h", "i"), fc.integer({ min: 0, max: 3 }));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const record = await create();
        const model = new Map<string, number>();
        for (const [name, result] of steps) {
          await record.add(entry(name, result));
          model.set(name, result);
        }
        for (const name of ["f", "g", "h", "i"]) {
          const result = model.get(name);
          const found = await record.find(keyOf(entry(name, 0)));
          expect(found?.result.hex()).toBe(result === undefined ? undefined : int(result).getChecksum().hex());
        }
        for (const result of [0, 1, 2, 3]) {
          const names = (await record.producers(int(result).getChecksum())).map((one) => one.transformation.function);
          expect(names.sort()).toEqual(
            [...model]
              .filter(([, value]) => value === result)
              .map(([name]) => name)
              .sort(),
          );
        }
        await record.close?.();
      }),
      { numRuns: 20 },
    );
  });
});
