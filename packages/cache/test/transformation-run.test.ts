import { Buffer, type Celltype, NdArray } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import { rejection, turn } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { Transformations } from "../src/transformations/transformations.ts";
import { call, int, lab } from "./support/lab.ts";
import { scriptedStore, storeWith } from "./support/stores.ts";

const two = int(2);
const three = int(3);
const ADD = call("add", { a: two.getChecksum(), b: three.getChecksum() });

describe("run", () => {
  test("computes, registers, records, and tells the cache how", async () => {
    const times = [10, 12.5];
    const { cache, fingertipper, transformations, ran } = lab({ cpuTime: () => times.shift()! });
    cache.register(two);
    cache.register(three);
    const found = await fingertipper.run(ADD);
    expect(ran).toEqual(["add 2 3"]);
    expect(found).toMatchObject({ origin: "computed", recorded: true, cpuSeconds: 2.5 });
    expect(found.result).toEqual(int(5).getChecksum());
    expect(found.buffer?.content).toEqual(int(5).content);
    expect(cache.get(found.result)).toBe(found.buffer);
    const inputs = [two.getChecksum(), three.getChecksum()];
    expect(cache.recipes.get(found.result.hex())).toEqual({ inputs, cpuSeconds: 2.5 });
    const entry = await transformations.record.find(found.transformation);
    expect(entry).toMatchObject({ result: found.result, cpuSeconds: 2.5 });
    expect(entry?.transformation.getChecksum()).toEqual(found.transformation);
  });

  test("again answers from the record, without inputs", async () => {
    const { cache, fingertipper, ran } = lab();
    cache.register(two);
    cache.register(three);
    const first = await fingertipper.run(ADD);
    cache.drop(two.getChecksum(), three.getChecksum(), first.result);
    cache.recipes.clear();
    const again = await fingertipper.run(ADD);
    expect(again).toEqual({ ...first, origin: "record", buffer: undefined });
    expect(ran).toEqual(["add 2 3"]);
    expect(cache.recipes.size).toBe(1);
  });

  test("the default clock of CPU time sees the work", async () => {
    const { fingertipper, transformations } = lab();
    transformations.register("work", () => {
      let hash = new Uint8Array(2 ** 16);
      for (let i = 0; i < 200; i++) hash = hash.map((byte) => byte + i);
      return hash.length;
    });
    const { cpuSeconds } = await fingertipper.run(call("work", {}));
    expect(cpuSeconds).toBeGreaterThan(0);
    expect(cpuSeconds).toBeLessThan(60);
  });

  test("inputs come from stores too, and are computed again when they are gone", async () => {
    const { cache, fingertipper, ran } = lab({ stores: [storeWith("store", two, three)] });
    const { result } = await fingertipper.run(ADD);
    cache.drop(result);
    await fingertipper.run(call("increment", { x: result }));
    expect(ran).toEqual(["add 2 3", "add 2 3", "increment 5"]);
  });

  test("one buffer under two names is fetched once", async () => {
    const store = scriptedStore("store", async () => two.content.slice());
    const { fingertipper } = lab({ stores: [store] });
    const inputs = { a: two.getChecksum(), b: two.getChecksum() };
    expect((await fingertipper.run(call("add", inputs))).result).toEqual(int(4).getChecksum());
    expect(store.asked).toHaveLength(1);
  });

  test("many inputs: all are fetched, in bounded numbers at a time", async () => {
    const buffers = Array.from({ length: 100 }, (_, i) => int(i + 1000));
    const bytes = new Map(buffers.map((buffer) => [buffer.getChecksum().hex(), buffer.content]));
    let now = 0;
    let most = 0;
    const store = scriptedStore("store", async (checksum) => {
      most = Math.max(most, ++now);
      await turn();
      now--;
      return bytes.get(checksum.hex())?.slice();
    });
    const { fingertipper, transformations } = lab({ stores: [store] });
    transformations.register<Record<string, number>>("sum", (all) => Object.values(all).reduce((a, b) => a + b));
    const inputs = Object.fromEntries(buffers.map((buffer, i) => [`x${i}`, buffer.getChecksum()]));
    const { result } = await fingertipper.run(call("sum", inputs));
    expect(result).toEqual(int(100 * 1000 + 4950).getChecksum());
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(16);
  });
});

describe("functions", () => {
  test("get values as their celltypes, in a dict without prototype, and the transformation", async () => {
    const { cache, fingertipper, transformations } = lab();
    const buffers = [new Buffer({ a: [1] }, "plain"), new Buffer(new NdArray(Float64Array.of(1, 2)), "binary")];
    for (const buffer of buffers) cache.register(buffer);
    const seen: unknown[] = [];
    const proto = "__proto__";
    transformations.register("look", (inputs, { transformation, signal }) => {
      seen.push(Object.getPrototypeOf(inputs), inputs["plain"], inputs[proto], transformation.function);
      expect(signal.aborted).toBe(false);
      return (inputs["binary"] as NdArray).toArray();
    });
    const of = (i: number, celltype: Celltype) => ({ checksum: buffers[i]!.getChecksum(), celltype });
    const inputs = { [proto]: of(0, "text"), plain: of(0, "plain"), binary: of(1, "binary") };
    const { result } = await fingertipper.run({ function: "look", inputs, output: "plain" });
    expect(result).toEqual(new Buffer("[\n  1.0,\n  2.0\n]\n", "text").getChecksum());
    expect(seen).toEqual([null, { a: [1] }, '{\n  "a": [\n    1\n  ]\n}', "look"]);
  });

  test("may change what they get", async () => {
    const { cache, fingertipper, transformations } = lab();
    const buffer = new Buffer(Uint8Array.of(1, 2, 3));
    cache.register(buffer);
    transformations.register<{ x: Uint8Array }>("spoil", ({ x }) => x.fill(0));
    await fingertipper.run(call("spoil", { x: buffer.getChecksum() }, "bytes"));
    expect(buffer.content).toEqual(Uint8Array.of(1, 2, 3));
  });

  test("may change what they gave", async () => {
    const { cache, fingertipper, transformations } = lab();
    const mine = Uint8Array.of(1, 2, 3);
    transformations.register("give", () => mine);
    const { result } = await fingertipper.run(call("give", {}, "bytes"));
    mine.fill(0);
    expect(cache.get(result)?.content).toEqual(Uint8Array.of(1, 2, 3));
  });

  test("may be asynchronous", async () => {
    const { fingertipper, transformations } = lab();
    transformations.register("later", async () => {
      await turn();
      return 7;
    });
    expect((await fingertipper.run(call("later", {}))).result).toEqual(int(7).getChecksum());
  });

  test("a name is taken once", async () => {
    const transformations = new Transformations();
    const one = () => 1;
    transformations.register("f", one).register("f", one);
    expect(() => transformations.register("f", () => 1)).toThrow(/another function is registered as "f"/);
    for (const name of ["", undefined]) {
      expect(() => transformations.register(name as string, one)).toThrow(/a name and a function/);
    }
    expect(() => transformations.register("g", undefined as never)).toThrow(/a name and a function/);
  });
});

describe("failures", () => {
  test("an unknown function, before anything is fetched", async () => {
    const store = scriptedStore("store", async () => undefined);
    const { fingertipper } = lab({ stores: [store] });
    const error = await rejection(fingertipper.run(call("nobody", { x: two.getChecksum() })));
    expect(error).toMatchObject({ code: "UNKNOWN_FUNCTION" });
    expect(String(error)).toContain('"nobody"');
    expect(store.asked).toHaveLength(0);
  });

  test.each<[string, unknown]>([
    ["Error", new Error("boom")],
    ["string", "boom"],
  ])("a function that throws (%s): which, and why; nothing is recorded", async (_, thrown) => {
    const { cache, fingertipper, transformations } = lab();
    transformations.register("bad", () => {
      throw thrown;
    });
    const error = await rejection(fingertipper.run(call("bad", {})));
    expect(error).toMatchObject({ code: "TRANSFORMATION_FAILED", cause: { cause: thrown } });
    expect(String(error)).toMatch(/"bad" \(transformation [0-9a-f]{64}\): it threw: boom/);
    expect((error as { transformation: Checksum }).transformation).toBeInstanceOf(Checksum);
    expect(cache.buffers.size).toBe(0);
    expect(await transformations.record.find((error as { transformation: Checksum }).transformation)).toBeUndefined();
  });

  test("a result that its celltype has no form for", async () => {
    const { fingertipper, transformations } = lab();
    transformations.register("bad", () => ({ date: new Date(0) }));
    const error = await rejection(fingertipper.run(call("bad", {}, "plain")));
    expect(error).toMatchObject({ code: "TRANSFORMATION_FAILED" });
    expect(String(error)).toContain("its result has no form as plain");
  });

  test("an input that is not of its celltype", async () => {
    const { cache, fingertipper, ran } = lab();
    const word = new Buffer("word", "text");
    cache.register(word);
    const error = await rejection(fingertipper.run(call("increment", { x: word.getChecksum() })));
    expect(error).toMatchObject({ code: "TRANSFORMATION_FAILED" });
    expect(String(error)).toContain('input "x" cannot be read as int');
    expect(ran).toEqual([]);
  });

  test("a missing input: which, and who was asked", async () => {
    const { fingertipper } = lab({ stores: [storeWith("store", two)] });
    const error = await rejection(fingertipper.run(ADD));
    expect(error).toMatchObject({ code: "CACHE_MISS", checksum: three.getChecksum() });
    expect(String(error)).toMatch(/"add".*input "b" .*the buffer .* was not found .*asked: the cache, store/);
  });

  test("an input whose store is down is no miss", async () => {
    const down = scriptedStore("down", async () => Promise.reject(new Error("refused")));
    const error = await rejection(lab({ stores: [down] }).fingertipper.run(ADD));
    expect(error).toMatchObject({ code: "STORE_FAILED" });
    expect(String(error)).toMatch(/input "a" .*down failed to get .*refused/);
  });

  test("a transformation that is none", async () => {
    const error = await rejection(lab().fingertipper.run({ function: "f" } as never));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
