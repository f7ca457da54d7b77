import { describe, expect, test as unit } from "vitest";
import { parseSize } from "../src/program/options.ts";
import { createRate } from "../src/transfer/rate.ts";
import { refusal, run, runAll } from "./support/commands.ts";
import { sha256, snapshot, writeTree } from "./support/files.ts";
import { stored } from "./support/stores.ts";
import { test } from "./support/test.ts";

describe("parseSize", () => {
  unit.each([
    ["0", 0],
    ["500", 500],
    ["500B", 500],
    ["1k", 1000],
    ["1.5 MB", 1_500_000],
    ["100 mb", 100_000_000],
    ["2GiB", 2 ** 31],
    ["1Ki", 1024],
    ["0.001", 0],
    ["9P", 9e15],
    ["10P", undefined],
    ["1i", undefined],
    ["", undefined],
    ["k", undefined],
    ["-1", undefined],
    ["1e3", undefined],
    ["0x10", undefined],
    ["1  k", undefined],
    ["1 kB/s", undefined],
    ["Infinity", undefined],
  ])("%j is %s", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });
});

/** A clock that only waits move. */
function createTime() {
  let now = 0;
  const sleep = async (ms: number) => {
    now += ms;
  };
  return { time: { now: () => now, sleep }, pause: (ms: number) => sleep(ms) };
}

async function* chunksOf(...sizes: readonly number[]) {
  for (const size of sizes) yield new Uint8Array(size).fill(size);
}

async function sizesOf(chunks: AsyncIterable<Uint8Array>) {
  const sizes: number[] = [];
  for await (const { byteLength } of chunks) sizes.push(byteLength);
  return sizes;
}

describe("a rate", () => {
  unit("holds for what comes in large chunks, which are split", async () => {
    const { time } = createTime();
    const sizes = await sizesOf(createRate(1000, time)(chunksOf(10_000)));
    expect(Math.max(...sizes)).toBe(250);
    expect(sizes.reduce((a, b) => a + b)).toBe(10_000);
    // The last part is paid for afterwards.
    expect(time.now()).toBeCloseTo(9750);
  });

  unit("is shared, and nothing is saved up in a pause", async () => {
    const { time, pause } = createTime();
    const pass = createRate(100, time);
    await Promise.all([sizesOf(pass(chunksOf(25, 25))), sizesOf(pass(chunksOf(25, 25)))]);
    expect(time.now()).toBeCloseTo(750);
    await pause(60_000);
    const before = time.now();
    await sizesOf(pass(chunksOf(100)));
    expect(time.now() - before).toBeCloseTo(750);
  });

  unit("of one byte a second comes to its end, and so do no chunks at all", async () => {
    const { time } = createTime();
    expect(await sizesOf(createRate(1, time)(chunksOf(3)))).toEqual([1, 1, 1]);
    expect(await sizesOf(createRate(1, time)(chunksOf()))).toEqual([]);
  });
});

describe.concurrent("--limit-rate", () => {
  test("slows uploads, downloads and copies, and changes nothing else", async ({ dir }) => {
    writeTree(dir, { "d/a": "x".repeat(60_000), "d/b": "y".repeat(60_000) });
    const options = { cwd: dir, env: { SEAMLESS_STORE: "store" } };
    for (const [name, args] of [
      ["seamless upload", ["--limit-rate", "200k", "d"]],
      ["seamless download", ["--limit-rate", "200k", "d", "-o", "copy"]],
      ["seamless store sync", ["--limit-rate", "200k", "store", "other"]],
      ["seamless store copy", ["--limit-rate", "200k", "store", "third", "d"]],
    ] as const) {
      const start = performance.now();
      expect(await run(name, args, options)).toMatchObject({ status: 0 });
      // 120 kB at 200 kB a second; the last part is paid for afterwards.
      expect(performance.now() - start).toBeGreaterThan(345);
    }
    expect(snapshot(`${dir}/copy`)).toEqual(snapshot(`${dir}/d`));
    for (const name of ["other", "third"]) expect(stored(`${dir}/${name}`)).toEqual(stored(`${dir}/store`));
    const put = await run("seamless put", ["--limit-rate", "10MB", "d/a"], options);
    expect(put.out).toBe(`${sha256("x".repeat(60_000))}\n`);
    expect((await run("seamless get", ["--limit-rate", "10MB", put.out.trim()], options)).out).toHaveLength(60_000);
  });

  test("takes a size, more than nothing", async ({ dir }) => {
    const values = ["0", "fast", "-1", "1e6", ""];
    const outcomes = await runAll(
      values.map((value) => ["seamless upload", [`--limit-rate=${value}`, "d"]]),
      { cwd: dir },
    );
    expect(outcomes).toEqual(
      values.map((value) =>
        refusal(
          "seamless upload",
          value === "" ? "--limit-rate needs SIZE" : "--limit-rate takes bytes, as in 500, 1.5MB or 2GiB",
        ),
      ),
    );
  });
});
