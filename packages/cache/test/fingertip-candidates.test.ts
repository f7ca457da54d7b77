import { Buffer } from "@seamless/celltypes";
import { CacheMissError, type Checksum, type SeamlessError } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { memoryRecord, type TransformationRecord } from "../src/transformations/record.ts";
import { int, type Lab, lab, recorded } from "./support/lab.ts";
import { scriptedStore, storeWith } from "./support/stores.ts";

const one = int(1);
const two = int(2);
const three = int(3);

async function failure(here: Lab, checksum: Checksum): Promise<SeamlessError> {
  return (await rejection(here.fingertipper.fingertip(checksum))) as SeamlessError;
}

describe("candidates", () => {
  test("trivial, cached and stored buffers need none", async () => {
    const here = lab({ stores: [storeWith("store", two)] });
    here.cache.register(one);
    const empty = new Buffer([], "plain");
    for (const buffer of [one, two, empty]) {
      expect((await here.fingertipper.fingertip(buffer.getChecksum())).content).toEqual(buffer.content);
    }
    expect(here.ran).toEqual([]);
  });

  test("none: a miss that says so", async () => {
    const error = await failure(lab({ stores: [storeWith("store")] }), one.getChecksum());
    expect(error).toBeInstanceOf(CacheMissError);
    expect(error).toMatchObject({ code: "CACHE_MISS", checksum: one.getChecksum(), errors: [] });
    expect(error.message).toMatch(/was not found .*asked: the cache, store\); to make it again: no transformation/);
  });

  test("the cheapest is tried first", async () => {
    const here = lab();
    here.cache.register(one);
    here.cache.register(two);
    await recorded(here, "add", { a: one.getChecksum(), b: two.getChecksum() }, three.getChecksum(), 2);
    await recorded(here, "increment", { x: two.getChecksum() }, three.getChecksum(), 1);
    await here.fingertipper.fingertip(three.getChecksum());
    expect(here.ran).toEqual(["increment 2"]);
  });

  test("the next one when one fails", async () => {
    const here = lab();
    here.cache.register(one);
    here.cache.register(two);
    await recorded(here, "add", { a: one.getChecksum(), b: two.getChecksum() }, three.getChecksum(), 2);
    await recorded(here, "increment", { x: int(77).getChecksum() }, three.getChecksum(), 1);
    await here.fingertipper.fingertip(three.getChecksum());
    expect(here.ran).toEqual(["add 1 2"]);
  });

  test("every one that failed is named, with why", async () => {
    const here = lab();
    here.cache.register(one);
    here.transformations.register("boom", () => {
      throw new Error("kaboom");
    });
    const target = three.getChecksum();
    const candidates = [
      await recorded(here, "increment", { x: one.getChecksum() }, target, 1),
      await recorded(here, "boom", {}, target, 2),
      await recorded(here, "unheard of", {}, target, 3),
      await recorded(here, "increment", { x: int(99).getChecksum() }, target, 4),
    ];
    const error = await failure(here, target);
    expect(error.code).toBe("CACHE_MISS");
    const codes = ["NOT_REPRODUCIBLE", "TRANSFORMATION_FAILED", "UNKNOWN_FUNCTION", "CACHE_MISS"];
    expect(error.errors?.map(({ code }) => code)).toEqual(codes);
    expect(error.errors?.map(({ transformation }) => transformation)).toEqual(
      candidates.map((candidate) => candidate.getChecksum()),
    );
    for (const candidate of candidates) expect(error.message).toContain(candidate.getChecksum().hex());
    const whys = [/it gave [0-9a-f]{64} this time/, /it threw: kaboom/, /no function is registered as "unheard of"/];
    for (const why of [...whys, /input "x" \([0-9a-f]{64}\) cannot be had: the buffer [0-9a-f]{64} was not found/]) {
      expect(error.message).toMatch(why);
    }
  });

  test("many that failed: the message stays short, the errors are all there", async () => {
    const here = lab();
    for (let i = 0; i < 200; i++) await recorded(here, `f${i}`, {}, one.getChecksum());
    const error = await failure(here, one.getChecksum());
    expect(error.errors).toHaveLength(200);
    expect(error.message).toContain("195 more ways failed");
    expect(error.message.length).toBeLessThan(3000);
  });

  test("what is not the very buffer is not given, and not registered", async () => {
    const here = lab();
    here.cache.register(one);
    await recorded(here, "increment", { x: one.getChecksum() }, three.getChecksum());
    await failure(here, three.getChecksum());
    expect(here.cache.get(three.getChecksum())).toBeUndefined();
    expect(here.cache.get(two.getChecksum())).toBeUndefined();
  });

  test("a transformation itself comes from the record", async () => {
    const here = lab();
    const transformation = await recorded(here, "unheard of", {}, one.getChecksum());
    const found = await here.fingertipper.fingertip(transformation.getChecksum());
    expect(found.content).toEqual(transformation.toBuffer().content);
  });
});

describe("stores that fail", () => {
  const down = scriptedStore("down", async () => Promise.reject(new Error("refused")));

  test("what a store failed to give is made again", async () => {
    const here = lab({ stores: [down] });
    here.cache.register(two);
    await recorded(here, "increment", { x: two.getChecksum() }, three.getChecksum());
    expect((await here.fingertipper.fingertip(three.getChecksum())).content).toEqual(three.content);
  });

  test("when that is impossible, it is no miss", async () => {
    const here = lab({ stores: [down] });
    await recorded(here, "unheard of", {}, three.getChecksum());
    const error = await failure(here, three.getChecksum());
    expect(error).toMatchObject({ code: "STORE_FAILED", store: "down", errors: [{ code: "UNKNOWN_FUNCTION" }] });
    expect(error.message).toMatch(/down failed to get .*refused; to make it again: "unheard of"/);
  });

  test("nor when it was only an input, deep down", async () => {
    const flaky = scriptedStore("flaky", async (checksum) => {
      if (checksum.equals(one.getChecksum())) throw new Error("timed out");
      return undefined;
    });
    const here = lab({ stores: [flaky] });
    await recorded(here, "increment", { x: one.getChecksum() }, two.getChecksum());
    await recorded(here, "increment", { x: two.getChecksum() }, three.getChecksum());
    const error = await failure(here, three.getChecksum());
    expect(error.code).toBe("STORE_FAILED");
    expect(error.message).toMatch(/flaky failed to get .*timed out/);
  });

  test.each(["producers", "find"] as const)("a record that fails (%s) is no miss", async (method) => {
    const record: TransformationRecord = {
      ...memoryRecord(),
      name: "the ledger",
      [method]: async () => Promise.reject(new Error("disk on fire")),
    };
    const error = await failure(lab({ record }), one.getChecksum());
    expect(error).toMatchObject({ code: "STORE_FAILED", errors: [{ store: "the ledger" }] });
    expect(error.message).toMatch(/the ledger failed to .*disk on fire/);
  });
});

describe("bounds", () => {
  test("cycles: a way out is found", async () => {
    const here = lab();
    here.transformations.register<{ x: number }>("decrement", ({ x }) => x - 1);
    here.cache.register(one);
    // 2 and 3 make each other; 2 comes from 1 too, at a higher price.
    await recorded(here, "decrement", { x: three.getChecksum() }, two.getChecksum(), 1);
    await recorded(here, "increment", { x: one.getChecksum() }, two.getChecksum(), 100);
    await recorded(here, "increment", { x: two.getChecksum() }, three.getChecksum(), 1);
    for (const buffer of [three, two]) {
      here.cache.drop(two.getChecksum(), three.getChecksum());
      expect((await here.fingertipper.fingertip(buffer.getChecksum())).content).toEqual(buffer.content);
    }
  });

  test("cycles: no way out is a miss that says so", async () => {
    const here = lab();
    await recorded(here, "increment", { x: three.getChecksum() }, two.getChecksum());
    await recorded(here, "increment", { x: two.getChecksum() }, three.getChecksum());
    const error = await failure(here, three.getChecksum());
    expect(error.code).toBe("CACHE_MISS");
    expect(error.message).toContain(`making ${three.getChecksum().hex()} needs ${three.getChecksum().hex()} itself`);
  });

  test("a transformation of its own result", async () => {
    const here = lab();
    await recorded(here, "increment", { x: one.getChecksum() }, one.getChecksum());
    expect((await failure(here, one.getChecksum())).message).toContain("itself");
  });

  test("cycles: fingertips from both ends do not wait for each other", async () => {
    const here = lab();
    await recorded(here, "increment", { x: three.getChecksum() }, two.getChecksum());
    await recorded(here, "increment", { x: two.getChecksum() }, three.getChecksum());
    const errors = await Promise.all([failure(here, two.getChecksum()), failure(here, three.getChecksum())]);
    expect(errors.map(({ code }) => code)).toEqual(["CACHE_MISS", "CACHE_MISS"]);
  });

  test.each([
    [9, false],
    [10, true],
  ])("depth %i of ten", async (maxDepth, reaches) => {
    const here = lab({ maxDepth });
    here.cache.register(int(0));
    for (let i = 0; i < 10; i++) {
      await recorded(here, "increment", { x: int(i).getChecksum() }, int(i + 1).getChecksum());
    }
    const running = here.fingertipper.fingertip(int(10).getChecksum());
    if (reaches) expect((await running).content).toEqual(int(10).content);
    else expect(String(await rejection(running))).toContain("more than 9 transformations deep");
  });

  test("a thousand deep by default", async () => {
    const here = lab();
    here.cache.register(int(0));
    for (let i = 0; i < 1000; i++) {
      await recorded(here, "increment", { x: int(i).getChecksum() }, int(i + 1).getChecksum());
    }
    expect((await here.fingertipper.fingertip(int(1000).getChecksum())).content).toEqual(int(1000).content);
  });

  /** Layers in which everything can be made from everything in the layer below, in pairs; the lowest one is missing. */
  async function lattice(here: Lab, layers: number, width: number, ring = false): Promise<Checksum> {
    const node = (layer: number, i: number) => int(1_000_000 + layer * width + (i % width)).getChecksum();
    for (let layer = 0; layer < layers; layer++) {
      for (let i = 0; i < width; i++) {
        for (let j = 0; j < width; j++) {
          const below = ring ? (layer + 1) % layers : layer + 1;
          await recorded(here, "add", { a: node(below, i), b: node(below, j) }, node(layer, i));
        }
      }
    }
    return node(0, 0);
  }

  test("what cannot be made is tried once, however many ways lead to it", async () => {
    const here = lab({ maxAttempts: 2000 });
    const top = await lattice(here, 40, 3);
    const error = await failure(here, top);
    expect(error.code).toBe("CACHE_MISS");
    expect(JSON.stringify(error.errors?.map(({ message }) => message))).not.toContain("were tried already");
  });

  test("and with cycles everywhere, the number of attempts is bounded", async () => {
    const here = lab({ maxAttempts: 500 });
    const asked: string[] = [];
    const { producers } = here.transformations.record;
    here.transformations.record.producers = async (checksum, options) => {
      asked.push(checksum.hex());
      return producers(checksum, options);
    };
    const error = await failure(here, await lattice(here, 30, 3, true));
    expect(error.code).toBe("CACHE_MISS");
    expect(asked.length).toBeLessThan(2000);
  });

  test("what can be made is made once, however many ways need it", async () => {
    const here = lab();
    here.cache.register(one);
    let last = one;
    for (let i = 0; i < 30; i++) {
      const next = new Buffer((BigInt(2) ** BigInt(i + 1)).toString(), "int");
      await recorded(here, "add", { a: last.getChecksum(), b: last.getChecksum() }, next.getChecksum());
      last = next;
    }
    expect((await here.fingertipper.fingertip(last.getChecksum())).content).toEqual(last.content);
    expect(here.ran).toHaveLength(30);
  });
});
