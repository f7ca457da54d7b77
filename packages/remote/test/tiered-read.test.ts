import { Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { forever, rejection } from "@seamless/internal/testing";
import { memoryStore, type Store } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { type TieredStoreOptions, tieredStore } from "../src/tiered/tiered-store.ts";

const HELLO = new TextEncoder().encode("hello");
const HELLO_CHECKSUM = Checksum.of(HELLO);
const OTHER = new TextEncoder().encode("other");
const OTHER_CHECKSUM = Checksum.of(OTHER);
const ABSENT = Checksum.of(Uint8Array.of(1, 2, 3));

/** A store with these buffers in it, of which some methods do something else. */
function storeWith(name: string, buffers: readonly Uint8Array[] = [], changes: Partial<Store> = {}): Store {
  const contents = new Map(buffers.map((bytes) => [Checksum.of(bytes).hex(), bytes]));
  return { ...memoryStore({ name, contents }), ...changes };
}

/** A store that has other bytes under the checksum of HELLO, and does not look. */
function lyingStore(name: string): Store {
  return storeWith(name, [], { get: async () => OTHER.slice() });
}

function failing(name: string, error: unknown): Store {
  const fail = async () => {
    throw error;
  };
  return storeWith(name, [], { get: fail, getStream: fail, has: fail, lengths: fail });
}

describe("what is no tiered store", () => {
  const store = memoryStore();
  const { putStream: _, ...half } = memoryStore();
  const WRONG: Readonly<Record<string, readonly [unknown, unknown?]>> = {
    "no tiers": [[]],
    "no list": [store],
    "a tier that is nothing": [[undefined]],
    "a tier that is no store": [[{ name: "x" }]],
    "a tier that lacks a method": [[half]],
    "a tier given twice": [[store, memoryStore(), store]],
    "an unknown policy": [[store], { write: "last" }],
    "a back-fill of another kind": [[store], { backfill: 1 }],
    "a name that is no text": [[store], { name: 1 }],
    "no patience": [[store], { stallTimeout: 0 }],
    "no time to read": [[store], { readTimeout: -1 }],
    "no time to write": [[store], { writeTimeout: 0 }],
    "a time that is none": [[store], { backfillTimeout: Number.NaN }],
  };
  for (const [name, [tiers, options]] of Object.entries(WRONG)) {
    test(`${name} is refused at once`, () => {
      const make = () => tieredStore(tiers as [Store], options as TieredStoreOptions);
      expect(make).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    });
  }
});

test("says what it consists of", () => {
  const [fast, slow] = [memoryStore({ name: "a", costClass: "folder" }), memoryStore({ name: "b", writable: false })];
  const tiered = tieredStore([fast, slow]);
  expect(tiered).toMatchObject({ name: "tiered(a, b)", costClass: "folder", writable: true });
  expect(tiered.tiers).toEqual([fast, slow]);
  expect(tieredStore([slow, fast])).toMatchObject({ writable: true, costClass: "local" });
  expect(tieredStore([slow]).writable).toBe(false);
  expect(tieredStore([slow, fast], { name: "mine" }).name).toBe("mine");
});

describe("get", () => {
  test("asks in order, and no further than needed", async () => {
    const tiered = tieredStore([storeWith("a"), storeWith("b", [HELLO]), storeWith("c", [HELLO])]);
    expect(await tiered.get(HELLO_CHECKSUM)).toEqual(HELLO);
    expect(tiered.stats()).toMatchObject([
      { name: "a", hits: 0, misses: 1 },
      { name: "b", hits: 1, misses: 0 },
      { name: "c", hits: 0, misses: 0 },
    ]);
    await tiered.close();
  });

  test("a tier that fails is recorded, and the next one asked", async () => {
    const cause = new Error("connection refused");
    const tiered = tieredStore([failing("a", cause), storeWith("b", [HELLO])]);
    expect(await tiered.get(HELLO_CHECKSUM)).toEqual(HELLO);
    const [a, b] = tiered.stats();
    expect(a).toMatchObject({ failures: 1, misses: 0 });
    expect(a?.lastError).toMatchObject({ code: "STORE_FAILED", store: "a", cause, checksum: HELLO_CHECKSUM });
    expect(b).toMatchObject({ hits: 1, failures: 0, lastError: undefined });
    await tiered.close();
  });

  test("a tier that throws instead of rejecting is one that fails", async () => {
    const a = storeWith("a", [], {
      get() {
        throw new Error("at once");
      },
    });
    expect(await tieredStore([a, storeWith("b", [HELLO])]).get(HELLO_CHECKSUM)).toEqual(HELLO);
  });

  test("a tier with wrong bytes, even one that does not look, is passed over", async () => {
    const tiered = tieredStore([lyingStore("a"), storeWith("b", [HELLO])], { backfill: false });
    expect(await tiered.get(HELLO_CHECKSUM)).toEqual(HELLO);
    const error = tiered.stats()[0]?.lastError;
    expect(error).toMatchObject({ code: "STORE_FAILED", store: "a", cause: { code: "CHECKSUM_MISMATCH", store: "a" } });
  });

  test("is never missing if a tier could not tell; the errors are kept apart", async () => {
    const refused = new Error("refused");
    const tiered = tieredStore([failing("a", refused), storeWith("b"), lyingStore("c")]);
    const error = await rejection(tiered.get(HELLO_CHECKSUM));
    expect(error).toMatchObject({
      code: "STORE_FAILED",
      store: "tiered(a, b, c)",
      checksum: HELLO_CHECKSUM,
      errors: [
        { code: "STORE_FAILED", store: "a", cause: refused },
        { code: "STORE_FAILED", store: "c", cause: { code: "CHECKSUM_MISMATCH" } },
      ],
    });
    expect(String(error)).toContain("a: refused; c: ");
    expect(tiered.stats().map(({ failures, misses }) => [failures, misses])).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
  });

  test("a single failure is listed, too", async () => {
    const cause = new SeamlessError("NOT_FOUND", "no such host");
    const error = await rejection(tieredStore([failing("a", cause)]).get(HELLO_CHECKSUM));
    expect(error).toMatchObject({ code: "STORE_FAILED", errors: [{ store: "a", cause }] });
  });

  test("is missing if every tier says so", async () => {
    expect(await tieredStore([storeWith("a"), storeWith("b")]).get(HELLO_CHECKSUM)).toBeUndefined();
  });
});

describe("an abort", () => {
  const WAYS: Readonly<Record<string, (store: Store, signal: AbortSignal) => Promise<unknown>>> = {
    get: (store, signal) => store.get(HELLO_CHECKSUM, { signal }),
    getStream: (store, signal) => store.getStream(HELLO_CHECKSUM, { signal }),
    has: (store, signal) => store.has([HELLO_CHECKSUM], { signal }),
    lengths: (store, signal) => store.lengths([HELLO_CHECKSUM], { signal }),
  };
  for (const [name, ask] of Object.entries(WAYS)) {
    test(`of ${name} ends it though a tier ignores it, and is no failure`, async () => {
      let later = 0;
      const hanging = storeWith("a", [], { [name]: () => forever });
      const next = storeWith("b", [HELLO], {
        [name]: async () => {
          later++;
        },
      });
      const tiered = tieredStore([hanging, next]);
      const controller = new AbortController();
      const asked = rejection(ask(tiered, controller.signal));
      const reason = new Error("enough");
      controller.abort(reason);
      expect(await asked).toBe(reason);
      expect(later).toBe(0);
      expect(tiered.stats()).toMatchObject([{ failures: 0, misses: 0, lastError: undefined }, { failures: 0 }]);
    });

    test(`of ${name} reaches the tier, whose own error for it is not given out`, async () => {
      const heard: unknown[] = [];
      const polite = storeWith("a", [], {
        [name]: (_: unknown, { signal }: { signal: AbortSignal }) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => {
              heard.push(signal.reason);
              reject(new SeamlessError("STORE_FAILED", "gave up"));
            });
          }),
      });
      const tiered = tieredStore([polite]);
      const controller = new AbortController();
      const asked = rejection(ask(tiered, controller.signal));
      const reason = new Error("enough");
      controller.abort(reason);
      expect(await asked).toBe(reason);
      expect(heard).toEqual([reason]);
      expect(tiered.stats()[0]?.failures).toBe(0);
    });
  }

  test("many calls with one signal leave nothing on it", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    const tiered = tieredStore([storeWith("a"), storeWith("b", [HELLO])]);
    await Promise.all(Array.from({ length: 50 }, () => tiered.get(HELLO_CHECKSUM, { signal })));
    expect(listeners).toBeLessThanOrEqual(2);
    await tiered.close();
  });
});

describe("has and lengths", () => {
  /** Records what it was asked for. */
  function asking(name: string, buffers: readonly Uint8Array[]) {
    const asked: string[][] = [];
    const inner = storeWith(name, buffers);
    const store: Store = {
      ...inner,
      has(checksums) {
        asked.push(checksums.map((one) => one.hex()));
        return inner.has(checksums);
      },
      lengths(checksums) {
        asked.push(checksums.map((one) => one.hex()));
        return inner.lengths(checksums);
      },
    };
    return { asked, store };
  }

  test("ask the next tier only for what is still missing, in one batch", async () => {
    for (const way of ["has", "lengths"] as const) {
      const [a, b, c] = [asking("a", [HELLO]), asking("b", [OTHER]), asking("c", [])];
      const tiered = tieredStore([a.store, b.store, c.store]);
      const [hello, other, absent] = [HELLO_CHECKSUM, OTHER_CHECKSUM, ABSENT];
      const answers = await tiered[way]([absent, hello, other, hello, absent]);
      expect(answers).toEqual({ has: [false, true, true, true, false], lengths: [undefined, 5, 5, 5, undefined] }[way]);
      const hex = (...all: Checksum[]) => all.map((one) => one.hex());
      expect(a.asked).toEqual([hex(absent, hello, other, hello, absent)]);
      expect(b.asked).toEqual([hex(absent, other, absent)]);
      expect(c.asked).toEqual([hex(absent, absent)]);
      await tiered[way]([hello]);
      expect(b.asked).toHaveLength(1);
    }
  });

  test("the empty buffer is there, though its length is 0", async () => {
    const empty = new Uint8Array();
    const second = asking("b", []);
    const tiered = tieredStore([storeWith("a", [empty]), second.store]);
    expect(await tiered.lengths([Checksum.of(empty)])).toEqual([0]);
    expect(second.asked).toEqual([]);
  });

  test("a failure does not matter if the others have everything", async () => {
    const tiered = tieredStore([failing("a", new Error("refused")), storeWith("b", [HELLO])]);
    expect(await tiered.has([HELLO_CHECKSUM])).toEqual([true]);
    expect(await tiered.lengths([HELLO_CHECKSUM])).toEqual([5]);
    expect(tiered.stats()[0]).toMatchObject({ failures: 2, lastError: { store: "a" } });
  });

  test("what is still unknown after a failure is not called missing", async () => {
    for (const way of ["has", "lengths"] as const) {
      const cause = new Error("refused");
      const tiered = tieredStore([storeWith("a", [HELLO]), failing("b", cause), storeWith("c")]);
      expect(await tiered[way]([HELLO_CHECKSUM])).toHaveLength(1);
      const error = await rejection(tiered[way]([HELLO_CHECKSUM, ABSENT]));
      expect(error).toMatchObject({ code: "STORE_FAILED", errors: [{ store: "b", cause }] });
    }
  });

  test("a tier that answers too little is one that fails", async () => {
    const short = storeWith("a", [], { has: async () => [], lengths: async () => [] });
    expect(isSeamlessError(await rejection(tieredStore([short]).has([ABSENT])), "STORE_FAILED")).toBe(true);
    expect(isSeamlessError(await rejection(tieredStore([short]).lengths([ABSENT])), "STORE_FAILED")).toBe(true);
  });
});

describe("close", () => {
  test("closes every tier once, though one fails, and says which", async () => {
    const closed: string[] = [];
    const closing = (name: string, error?: Error) =>
      storeWith(name, [], {
        async close() {
          closed.push(name);
          if (error !== undefined) throw error;
        },
      });
    const cause = new Error("stuck");
    const tiered = tieredStore([closing("a", cause), storeWith("b"), closing("c")]);
    const [one, two] = [rejection(tiered.close()), rejection(tiered.close())];
    expect(await one).toMatchObject({ code: "STORE_FAILED", errors: [{ code: "STORE_FAILED", store: "a", cause }] });
    expect(await two).toBe(await one);
    expect(closed).toEqual(["a", "c"]);
  });
});
