import { forever, rejection, turn } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { chain, int, lab, recorded } from "./support/lab.ts";
import { scriptedStore, storeWith } from "./support/stores.ts";

describe("a chain of ten transformations", () => {
  test("with everything evicted but its start", async () => {
    const here = lab();
    const all = await chain(here, 10);
    here.cache.drop(...all.slice(1));
    here.ran.length = 0;
    const found = await here.fingertipper.fingertip(all[10]!);
    expect(found.content).toEqual(int(1010).content);
    expect(here.ran).toEqual(Array.from({ length: 10 }, (_, i) => `increment ${1000 + i}`));
  });

  test.each([1, 5, 9])("with input %i still there", async (kept) => {
    const here = lab();
    const all = await chain(here, 10);
    here.cache.drop(...all.filter((_, i) => i !== kept));
    here.ran.length = 0;
    await here.fingertipper.fingertip(all[10]!);
    expect(here.ran).toEqual(Array.from({ length: 10 - kept }, (_, i) => `increment ${1000 + kept + i}`));
  });

  test("with one in a store", async () => {
    const here = lab({ stores: [storeWith("store", int(1004))] });
    const all = await chain(here, 10);
    here.cache.drop(...all);
    here.ran.length = 0;
    await here.fingertipper.fingertip(all[10]!);
    expect(here.ran[0]).toBe("increment 1004");
    expect(here.ran).toHaveLength(6);
  });

  test("what was made on the way is in the cache, and known to be recomputable", async () => {
    const here = lab();
    const all = await chain(here, 10);
    here.cache.drop(...all.slice(1));
    here.cache.recipes.clear();
    await here.fingertipper.fingertip(all[10]!);
    for (const checksum of all.slice(1)) {
      expect(here.cache.get(checksum)?.getChecksum()).toEqual(checksum);
      expect(here.cache.recipes.has(checksum.hex())).toBe(true);
    }
    here.ran.length = 0;
    await here.fingertipper.fingertip(all[10]!);
    expect(here.ran).toEqual([]);
  });

  test("with its start lost: the message says where it broke", async () => {
    const here = lab({ stores: [storeWith("store")] });
    const all = await chain(here, 10);
    here.cache.drop(...all);
    const error = await rejection(here.fingertipper.fingertip(all[10]!));
    expect(error).toMatchObject({ code: "CACHE_MISS", checksum: all[10] });
    expect(String(error)).toContain(`the buffer ${all[0]!.hex()} was not found`);
    expect(String(error).length).toBeLessThan(3000);
    // And the whole way down is there to be looked at.
    let depth = 0;
    for (let next = error; next !== undefined; depth++) {
      const [candidate] = (next as { errors: { cause: { cause: unknown } }[] }).errors;
      next = candidate?.cause.cause;
    }
    expect(depth).toBe(11);
  });

  test("aborted in the middle: rejects with the reason, and runs nothing more", async () => {
    const here = lab();
    const all = await chain(here, 4);
    const controller = new AbortController();
    const reason = new Error("enough");
    here.transformations.register("slow", () => {
      controller.abort(reason);
      return forever;
    });
    const gone = int(5000);
    // As if an earlier process had recorded it.
    await recorded(here, "slow", { x: all[0]! }, gone.getChecksum());
    await recorded(here, "increment", { x: gone.getChecksum() }, int(5001).getChecksum());
    here.ran.length = 0;
    const running = here.fingertipper.fingertip(int(5001).getChecksum(), { signal: controller.signal });
    expect(await rejection(running)).toBe(reason);
    await turn();
    expect(here.ran).toEqual([]);
  });
});

describe("one fingertip for all who want it at the same time", () => {
  test("the transformations run once", async () => {
    const here = lab();
    const all = await chain(here, 10);
    here.cache.drop(...all.slice(1));
    here.ran.length = 0;
    const found = await Promise.all(Array.from({ length: 5 }, () => here.fingertipper.fingertip(all[10]!)));
    expect(new Set(found).size).toBe(1);
    expect(here.ran).toHaveLength(10);
  });

  test("two fingertips that cross in one chain run nothing twice at the same time, and do not wait for each other", async () => {
    const here = lab();
    const all = await chain(here, 10);
    here.cache.drop(...all.slice(1));
    here.ran.length = 0;
    const wanted = [10, 5, 7, 10, 3].map((i) => all[i]!);
    const found = await Promise.all(wanted.map((checksum) => here.fingertipper.fingertip(checksum)));
    expect(found.map((buffer) => buffer.getChecksum())).toEqual(wanted);
    expect(new Set(here.ran).size).toBe(10);
  });

  test("aborted only when all have given up", async () => {
    let signal: AbortSignal | undefined;
    const slow = scriptedStore("slow", (_, given) => {
      signal = given;
      return forever;
    });
    const { fingertipper } = lab({ stores: [slow] });
    const controllers = [1, 2].map(() => new AbortController());
    const reason = new Error("enough");
    const running = controllers.map((one) =>
      rejection(fingertipper.fingertip(int(1).getChecksum(), { signal: one.signal })),
    );
    await turn();
    controllers[0]?.abort(reason);
    expect(await running[0]).toBe(reason);
    expect(signal?.aborted).toBe(false);
    controllers[1]?.abort(reason);
    expect(await running[1]).toBe(reason);
    expect(signal?.aborted).toBe(true);
    expect(await rejection(fingertipper.fingertip(int(1).getChecksum(), { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
  });
});
