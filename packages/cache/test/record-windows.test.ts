import fs, { type BigIntStats } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { failCalls, fakePlatform } from "@seamless/internal/fake-platform";
import { afterEach, beforeEach, expect, test } from "vitest";
import { entry, names, open, temporary, write } from "./support/records.ts";

/* What Windows does with files that others have open is faked: it cannot be had where these tests run. */

const restores: (() => void)[] = [];
beforeEach(() => void restores.push(fakePlatform("win32")));
afterEach(() => {
  for (const restore of restores.splice(0)) restore();
});

test.each(["rename", "unlink"] as const)(
  "a record is compacted while others have its files open (%s)",
  async (name) => {
    const folder = temporary();
    for (let i = 0; i < 3; i++) await write(folder, entry(`f${i}`));
    const record = await open(folder);
    const fake = failCalls(name, (call) => (call % 3 < 2 ? "EBUSY" : undefined));
    restores.push(fake.restore);
    await record.compact();
    expect(fake.calls).toBeGreaterThanOrEqual(9);
    expect(await names(await open(folder))).toEqual(["f0", "f1", "f2"]);
    expect(fs.readdirSync(folder)).toHaveLength(1);
  },
);

test("an entry is written once where a path has another device than the open file, as in Node 22.12 on Windows", async () => {
  const { stat } = fs.promises;
  fs.promises.stat = (async (...args: Parameters<typeof stat>) => {
    const stats = (await stat(...args)) as unknown as BigIntStats;
    stats.dev = 0n;
    return stats;
  }) as typeof stat;
  syncBuiltinESMExports();
  restores.push(() => {
    fs.promises.stat = stat;
    syncBuiltinESMExports();
  });
  const folder = temporary();
  const record = await open(folder);
  await record.add(entry("f"));
  await record.add(entry("g"));
  expect(fs.readdirSync(folder)).toHaveLength(1);
  expect(await names(await open(folder))).toEqual(["f", "g"]);
});
