import { Buffer } from "@seamless/celltypes";
import { CacheMissError, Checksum, isSeamlessError } from "@seamless/checksum";
import { forever, rejection } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { Resolver, trivialBuffer } from "../src/resolve/resolver.ts";
import { FakeCache } from "./support/fake-cache.ts";
import { scriptedStore, storeWith, text } from "./support/stores.ts";

const hello = text("hello");
const checksum = hello.getChecksum();
const never = scriptedStore("never", () => {
  throw new Error("should not be asked");
});

describe("trivial checksums need nothing", () => {
  const texts = ["null", "true", "false", "{}", "[]", '""'].flatMap((value) => [value, `${value}\n`]);

  test.each(texts)("%j", async (value) => {
    const bytes = new TextEncoder().encode(value);
    const resolver = new Resolver({ cache: new FakeCache(), stores: [never] });
    const found = await resolver.resolve(Checksum.of(bytes));
    expect(found.content).toEqual(bytes);
    // Whoever spoils it spoils only theirs.
    found.content.fill(0);
    expect(trivialBuffer(Checksum.of(bytes))?.content).toEqual(bytes);
  });

  test("no other ones are", () => {
    for (const value of ["", "\n", "0", "1", "null\n\n", " null"]) {
      expect(trivialBuffer(Checksum.of(new TextEncoder().encode(value)))).toBeUndefined();
    }
  });
});

describe("in order", () => {
  test("the cache first", async () => {
    const cache = new FakeCache();
    cache.register(hello);
    expect(await new Resolver({ cache, stores: [never] }).resolve(checksum)).toBe(hello);
  });

  test("a buffer of another kind in the cache comes as a Buffer on the same bytes", async () => {
    const cache = new FakeCache();
    cache.register({ content: hello.content, getChecksum: () => checksum });
    const found = await new Resolver({ cache }).resolve(checksum);
    expect(Buffer.isBuffer(found)).toBe(true);
    expect(found.content).toBe(hello.content);
  });

  test("then the stores; the first that has it, and none behind", async () => {
    const cache = new FakeCache();
    const empty = scriptedStore("empty", async () => undefined);
    const resolver = new Resolver({ cache, stores: [empty, storeWith("full", hello), never] });
    const found = await resolver.resolve(checksum);
    expect(found.content).toEqual(hello.content);
    expect(empty.asked.map((one) => one.checksum.hex())).toEqual([checksum.hex()]);
  });

  test("what a store gave is in the cache, known to be stored", async () => {
    const cache = new FakeCache();
    const store = scriptedStore("far", async () => hello.content.slice());
    const resolver = new Resolver({ cache, stores: [store] });
    const found = await resolver.resolve(checksum);
    expect(cache.get(checksum)).toBe(found);
    expect(cache.stored.get(checksum.hex())).toEqual({ costClass: "remote", length: 6 });
    expect(await resolver.resolve(checksum)).toBe(found);
    expect(store.asked).toHaveLength(1);
  });

  test("a copy that came into the cache meanwhile is preferred", async () => {
    const cache = new FakeCache();
    const store = scriptedStore("far", async () => {
      cache.register = () => {};
      cache.buffers.set(checksum.hex(), hello);
      return hello.content.slice();
    });
    expect(await new Resolver({ cache, stores: [store] }).resolve(checksum)).toBe(hello);
  });
});

describe("a miss", () => {
  test("is a CacheMissError that says who was asked", async () => {
    const stores = [storeWith("near"), storeWith("far")];
    const error = await rejection(new Resolver({ cache: new FakeCache(), stores }).resolve(checksum));
    expect(error).toBeInstanceOf(CacheMissError);
    expect(error).toMatchObject({ code: "CACHE_MISS", checksum });
    expect(String(error)).toContain("near, far");
  });

  test("is one without stores too", async () => {
    const error = await rejection(new Resolver({ cache: new FakeCache() }).resolve(checksum));
    expect(isSeamlessError(error, "CACHE_MISS")).toBe(true);
  });
});

describe("a store that fails is not a miss", () => {
  const down = () =>
    scriptedStore("down", async () => {
      throw new Error("connection\n  refused");
    });
  const corrupt = () => scriptedStore("corrupt", async () => new Uint8Array(3));
  const FAULTS: Readonly<Record<string, readonly [() => ReturnType<typeof down>, RegExp]>> = {
    "it throws": [down, /down failed to get [0-9a-f]{64}: connection refused$/],
    "it throws at once": [
      () =>
        scriptedStore("down", () => {
          throw new Error("not even a promise");
        }),
      /down failed to get [0-9a-f]{64}: not even a promise$/,
    ],
    "its answer is corrupt": [corrupt, /corrupt failed to get [0-9a-f]{64}: .*have the checksum 709e80c8/],
    "its answer is empty": [
      () => scriptedStore("hollow", async () => new Uint8Array()),
      /hollow failed to get .*have the checksum e3b0c442/,
    ],
    "its answer is not bytes": [
      () => scriptedStore("odd", async () => "hello\n" as unknown as Uint8Array),
      /odd failed to get .*expected bytes/,
    ],
    "it says null": [
      () => scriptedStore("null", async () => null as unknown as undefined),
      /null failed to get .*expected bytes/,
    ],
  };

  describe.each(Object.entries(FAULTS))("%s", (_, [create, message]) => {
    test("the error says which store, what and why", async () => {
      const store = create();
      const error = await rejection(new Resolver({ cache: new FakeCache(), stores: [store] }).resolve(checksum));
      expect(error).toMatchObject({ code: "STORE_FAILED", store: store.name, checksum });
      expect((error as Error).message).toMatch(message);
      expect((error as Error).cause).toBeDefined();
    });

    test("also when the other stores say that it is missing", async () => {
      const stores = [storeWith("before"), create(), storeWith("behind")];
      const error = await rejection(new Resolver({ cache: new FakeCache(), stores }).resolve(checksum));
      expect((error as Error).message).toMatch(message);
    });

    test("unless a later one has it; it is reported all the same", async () => {
      const reported: unknown[] = [];
      const cache = new FakeCache();
      const resolver = new Resolver({
        cache,
        stores: [create(), storeWith("behind", hello)],
        onStoreFailure: (error) => reported.push(error),
      });
      expect((await resolver.resolve(checksum)).content).toEqual(hello.content);
      expect(cache.stored.get(checksum.hex())?.costClass).toBe("local");
      expect(reported).toHaveLength(1);
      expect(String(reported[0])).toMatch(message);
    });

    test("nothing wrong comes into the cache", async () => {
      const cache = new FakeCache();
      await rejection(new Resolver({ cache, stores: [create()] }).resolve(checksum));
      expect(cache.buffers.size).toBe(0);
      expect(cache.stored.size).toBe(0);
    });
  });

  test("several are all named", async () => {
    const stores = [down(), storeWith("fine"), corrupt()];
    const error = await rejection(new Resolver({ cache: new FakeCache(), stores }).resolve(checksum));
    expect(error).toMatchObject({ code: "STORE_FAILED", errors: [{ store: "down" }, { store: "corrupt" }] });
    expect(String(error)).toMatch(/2 stores failed .*down: connection refused; corrupt: /);
  });

  test("the next call asks it again", async () => {
    let up = false;
    const store = scriptedStore("flaky", async () => {
      if (!up) throw new Error("down");
      return hello.content.slice();
    });
    const resolver = new Resolver({ cache: new FakeCache(), stores: [store] });
    await rejection(resolver.resolve(checksum));
    up = true;
    expect((await resolver.resolve(checksum)).content).toEqual(hello.content);
  });

  test("a cache that fails is no failure of the store", async () => {
    const cache = new FakeCache();
    const failure = new Error("cache");
    cache.register = () => {
      throw failure;
    };
    const resolver = new Resolver({ cache, stores: [storeWith("full", hello)] });
    expect(await rejection(resolver.resolve(checksum))).toBe(failure);
  });
});

describe("a store that hangs", () => {
  /** Timers that ring when the test says. */
  function manualTimers() {
    const waiting = new Map<() => void, number>();
    return {
      waiting,
      ring: () => [...waiting.keys()].forEach((run) => void run()),
      setTimeout(run: () => void, ms: number) {
        waiting.set(run, ms);
        return { cancel: () => void waiting.delete(run) };
      },
    };
  }

  test("is given up after the timeout, and the next one is asked", async () => {
    const clock = manualTimers();
    const slow = scriptedStore("slow", () => forever);
    const stores = [slow, storeWith("behind", hello)];
    const reported: unknown[] = [];
    const onStoreFailure = (error: unknown) => reported.push(error);
    const resolver = new Resolver({ cache: new FakeCache(), stores, timeout: 5000, clock, onStoreFailure });
    const running = resolver.resolve(checksum);
    await Promise.resolve();
    expect([...clock.waiting.values()]).toEqual([5000]);
    clock.ring();
    expect((await running).content).toEqual(hello.content);
    expect(slow.asked[0]?.signal?.aborted).toBe(true);
    expect(String(reported[0])).toMatch(/slow failed to get .*no answer within 5000 ms/);
    expect(clock.waiting.size).toBe(0);
  });

  test("alone, that is the error", async () => {
    const clock = manualTimers();
    const stores = [scriptedStore("slow", () => forever)];
    const running = rejection(new Resolver({ cache: new FakeCache(), stores, timeout: 7, clock }).resolve(checksum));
    await Promise.resolve();
    clock.ring();
    expect(await running).toMatchObject({ code: "STORE_FAILED", store: "slow" });
  });

  test("the timers of the platform are used by default", async () => {
    const stores = [scriptedStore("slow", () => forever), storeWith("behind", hello)];
    const resolver = new Resolver({ cache: new FakeCache(), stores, timeout: 1 });
    expect((await resolver.resolve(checksum)).content).toEqual(hello.content);
  });
});
