import { Buffer } from "@seamless/celltypes";
import { Checksum, currentRuntime } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { memoryStore } from "@seamless/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CacheRuntime, createRuntime, installRuntime, Transformations } from "../src/index.ts";
import { flakyStore } from "./support/flaky-store.ts";
import { text } from "./support/stores.ts";

describe("installed", () => {
  const store = flakyStore("store");
  let runtime: CacheRuntime;
  beforeEach(() => {
    store.contents.clear();
    runtime = createRuntime({ stores: [store] });
    installRuntime(runtime);
  });
  afterEach(async () => {
    installRuntime(undefined);
    await runtime.close();
  });

  test("buffers and checksums use it", async () => {
    const buffer = new Buffer({ a: [1, 2.5] }, "plain");
    const checksum = buffer.getChecksum();
    const reference = buffer.incref();
    expect(runtime.stats().cache).toMatchObject({ strong: { buffers: 1, bytes: buffer.length }, references: 1 });
    checksum.incref();
    checksum.decref();
    reference.release();
    buffer.tempref();
    checksum.tempref({ interest: 1 });
    expect(runtime.stats().cache).toMatchObject({ strong: { buffers: 1 }, references: 0, temprefs: 1 });
    await buffer.write();
    expect([...store.contents.keys()]).toEqual([checksum.hex()]);
    expect(await checksum.resolve()).toBe(buffer);
    expect(await checksum.resolve("plain")).toEqual({ a: [1, 2.5] });
    expect(await checksum.fingertip("plain")).toEqual({ a: [1, 2.5] });
    expect(() => checksum.decref()).toThrow(expect.objectContaining({ code: "INVALID_STATE" }));
  });

  test("resolve reads any celltype, as Buffer.getValue does", async () => {
    const buffer = new Buffer(new Float64Array([1, 2]), "binary");
    await store.put(buffer.getChecksum(), buffer.content);
    const array = await buffer.getChecksum().resolve("binary");
    expect(array?.toArray()).toEqual([1, 2]);
    await expect(buffer.getChecksum().resolve("plain")).rejects.toMatchObject({ code: "INVALID_BUFFER" });
    await expect(buffer.getChecksum().resolve("nonsense" as "plain")).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });

  test("what was given out can be changed, and the cache stays right", async () => {
    const buffer = new Buffer(new Float64Array([1, 2]), "binary");
    const checksum = buffer.getChecksum();
    await store.put(checksum, buffer.content);
    const value = (await checksum.resolve("binary"))!;
    value.bytes().fill(255);
    const bytes = (await checksum.resolve("bytes")) as Uint8Array;
    bytes.fill(255);
    expect(Checksum.of((await checksum.resolve()).content).equals(checksum)).toBe(true);
    expect(store.contents.get(checksum.hex())).toEqual(buffer.content);
  });

  test("an aborted call rejects with the reason of the signal", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    const checksum = text("nowhere").getChecksum();
    await expect(checksum.resolve(undefined, { signal })).rejects.toThrow("enough");
    await expect(checksum.fingertip("text", { signal })).rejects.toThrow("enough");
    await expect(text("x").write({ signal })).rejects.toThrow("enough");
  });

  test("nobody has it", async () => {
    const checksum = text("nowhere").getChecksum();
    await expect(checksum.resolve("text")).rejects.toMatchObject({ code: "CACHE_MISS", checksum });
    await expect(checksum.fingertip("text")).rejects.toMatchObject({ code: "CACHE_MISS", checksum });
  });
});

test("what comes from a store is not written to it again, but to the others", async () => {
  const [a, b] = [flakyStore("a"), flakyStore("b")];
  const buffer = text("in a");
  await a.put(buffer.getChecksum(), buffer.content);
  a.puts.length = 0;
  const runtime = createRuntime({ stores: [a, b] });
  const found = await runtime.resolve(buffer.getChecksum());
  runtime.incref(buffer.getChecksum());
  await runtime.flush();
  expect([found.length, a.puts.length, b.puts.length]).toEqual([buffer.length, 0, 1]);
  await runtime.close();
});

test("scratch buffers stay here", async () => {
  const store = flakyStore();
  const runtime = createRuntime({ stores: [store] });
  const [mine, shared] = [text("mine"), text("shared")];
  for (const buffer of [mine, shared]) runtime.register(buffer);
  runtime.incref(mine.getChecksum(), { scratch: true });
  runtime.tempref(mine.getChecksum(), { scratch: true });
  runtime.incref(shared.getChecksum(), { scratch: true });
  await runtime.flush();
  expect(store.contents.size).toBe(0);
  await expect(runtime.write(mine)).rejects.toMatchObject({ code: "INVALID_STATE" });
  runtime.tempref(shared.getChecksum());
  await runtime.close();
  expect([...store.contents.keys()]).toEqual([shared.getChecksum().hex()]);
});

test("a cache that was given stays open, and its buffers are written by the next runtime too", async () => {
  const [a, b] = [flakyStore("a"), flakyStore("b")];
  const first = createRuntime({ stores: [a] });
  const { cache } = first;
  const second = createRuntime({ cache, stores: [b] });
  const buffer = text("held");
  cache.register(buffer);
  cache.incref(buffer.getChecksum());
  await second.close();
  const third = createRuntime({ cache, stores: [memoryStore(), a] });
  await third.close();
  expect([a.contents.size, b.contents.size]).toEqual([1, 1]);
  expect(cache.get(buffer.getChecksum())).toBe(buffer);
  await first.close();
  expect(() => cache.register(buffer)).toThrow(expect.objectContaining({ code: "INVALID_STATE" }));
});

test("nothing is done after close", async () => {
  const runtime = createRuntime({ stores: [memoryStore()] });
  await runtime.close();
  await runtime.close();
  const buffer = text("late");
  const checksum = buffer.getChecksum();
  for (const late of [
    () => runtime.resolve(checksum),
    () => runtime.fingertip(checksum),
    () => runtime.run({ function: "f", inputs: {}, output: "plain" }),
    () => runtime.restore(),
    () => runtime.write(buffer),
    async () => runtime.register(buffer),
    async () => runtime.incref(checksum),
    async () => runtime.tempref(checksum),
  ]) {
    expect(await rejection(late())).toMatchObject({ code: "INVALID_STATE" });
  }
});

test("wrong options are refused at once", () => {
  const wrong: readonly unknown[] = [
    { cache: {} },
    { stores: memoryStore() },
    { stores: [undefined] },
    { transformations: { add: () => 1 } },
    { storeTimeout: 0 },
    { writer: { concurrency: Number.NaN } },
    { writer: { bytesInFlight: 0 } },
    { writer: { patience: -1 } },
    { writer: { timeout: "1 s" } },
  ];
  for (const options of wrong) {
    expect(() => createRuntime(options as object), JSON.stringify(options)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  }
  expect(currentRuntime()).toBe(undefined);
  expect(createRuntime({ transformations: new Transformations() }).stores).toEqual([]);
});
