import type { Checksum } from "@seamless/checksum";
import { deferred, forever, rejection, turn } from "@seamless/internal/testing";
import { memoryStore, type TransferOptions } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { Resolver } from "../src/resolve/resolver.ts";
import { SharedWork } from "../src/resolve/shared-work.ts";
import { FakeCache } from "./support/fake-cache.ts";
import { scriptedStore, storeWith, text } from "./support/stores.ts";

const hello = text("hello");
const checksum = hello.getChecksum();

/** A store that answers when the test says. */
function slowStore() {
  const answers: ReturnType<typeof deferred<Uint8Array | undefined>>[] = [];
  const store = scriptedStore("slow", () => {
    const answer = deferred<Uint8Array | undefined>();
    answers.push(answer);
    return answer.promise;
  });
  return { store, answers };
}

describe("one fetch", () => {
  test("for all who want the same checksum at the same time", async () => {
    const { store, answers } = slowStore();
    const resolver = new Resolver({ cache: new FakeCache(), stores: [store] });
    const running = Array.from({ length: 20 }, (_, i) =>
      resolver.resolve(checksum, i % 2 === 0 ? {} : { signal: new AbortController().signal }),
    );
    await turn();
    expect(store.asked).toHaveLength(1);
    answers[0]?.resolve(hello.content.slice());
    const found = await Promise.all(running);
    expect(new Set(found).size).toBe(1);
  });

  test("tells all who want to know how far it is, and one that throws leaves it alone", async () => {
    const contents = new Map([[checksum.hex(), hello.content.slice()]]);
    const store = memoryStore({ contents });
    const resolver = new Resolver({ cache: new FakeCache(), stores: [store] });
    const told: number[] = [];
    const reason = new Error("enough");
    const listening = resolver.resolve(checksum, { onProgress: ({ bytes }) => told.push(bytes) });
    const throwing = resolver.resolve(checksum, {
      onProgress() {
        throw reason;
      },
    });
    const deaf = resolver.resolve(checksum);
    expect(await rejection(throwing)).toBe(reason);
    expect((await listening).content).toEqual(hello.content);
    expect((await deaf).content).toEqual(hello.content);
    expect(told).toEqual([6]);
  });

  test("tells of no store's second attempt what the first has told", async () => {
    const partly = scriptedStore("partly", async () => undefined);
    const failing = {
      ...partly,
      async get(_: Checksum, options?: TransferOptions) {
        options?.onProgress?.({ bytes: 4 });
        throw new Error("broken");
      },
    };
    const contents = new Map([[checksum.hex(), hello.content.slice()]]);
    const resolver = new Resolver({ cache: new FakeCache(), stores: [failing, memoryStore({ contents })] });
    const told: number[] = [];
    await resolver.resolve(checksum, { onProgress: ({ bytes }) => told.push(bytes) });
    expect(told).toEqual([4, 6]);
  });

  test("for each checksum", async () => {
    const { store, answers } = slowStore();
    const resolver = new Resolver({ cache: new FakeCache(), stores: [store] });
    const other = text("other");
    const running = [resolver.resolve(checksum), resolver.resolve(other.getChecksum())];
    await turn();
    expect(store.asked).toHaveLength(2);
    answers[0]?.resolve(hello.content.slice());
    answers[1]?.resolve(other.content.slice());
    await Promise.all(running);
  });

  test("a failure or a miss is for all of them, and over with", async () => {
    const { store, answers } = slowStore();
    const resolver = new Resolver({ cache: new FakeCache(), stores: [store] });
    const running = [1, 2, 3].map(() => rejection(resolver.resolve(checksum)));
    await turn();
    answers[0]?.reject(new Error("down"));
    expect(new Set(await Promise.all(running)).size).toBe(1);
    const again = resolver.resolve(checksum);
    await turn();
    answers[1]?.resolve(hello.content.slice());
    expect((await again).content).toEqual(hello.content);
  });
});

describe("aborts", () => {
  const reason = new Error("enough");

  test("before the start, nobody is asked, and what is cached is not given", async () => {
    const { store } = slowStore();
    const cache = new FakeCache();
    cache.register(hello);
    const resolver = new Resolver({ cache, stores: [store] });
    const other = text("other").getChecksum();
    for (const one of [checksum, other]) {
      expect(await rejection(resolver.resolve(one, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    }
    expect(store.asked).toHaveLength(0);
  });

  test("who gives up is let go at once; the others get the buffer", async () => {
    const { store, answers } = slowStore();
    const resolver = new Resolver({ cache: new FakeCache(), stores: [store] });
    const controller = new AbortController();
    const leaving = rejection(resolver.resolve(checksum, { signal: controller.signal }));
    const staying = resolver.resolve(checksum, { signal: new AbortController().signal });
    controller.abort(reason);
    expect(await leaving).toBe(reason);
    await turn();
    expect(store.asked[0]?.signal?.aborted).toBe(false);
    answers[0]?.resolve(hello.content.slice());
    expect((await staying).content).toEqual(hello.content);
  });

  test("one without a signal never gives up", async () => {
    const { store, answers } = slowStore();
    const resolver = new Resolver({ cache: new FakeCache(), stores: [store] });
    const staying = resolver.resolve(checksum);
    const controllers = [1, 2, 3].map(() => new AbortController());
    const leaving = controllers.map(({ signal }) => rejection(resolver.resolve(checksum, { signal })));
    for (const controller of controllers) controller.abort(reason);
    expect(await Promise.all(leaving)).toEqual([reason, reason, reason]);
    expect(store.asked[0]?.signal?.aborted).toBe(false);
    answers[0]?.resolve(hello.content.slice());
    await staying;
  });

  test("the fetch is aborted when the last one gives up, with that reason", async () => {
    const { store } = slowStore();
    const resolver = new Resolver({ cache: new FakeCache(), stores: [store] });
    const controllers = [1, 2, 3].map(() => new AbortController());
    const reasons = [1, 2, 3].map((n) => new Error(`reason ${n}`));
    const running = controllers.map(({ signal }) => rejection(resolver.resolve(checksum, { signal })));
    await turn();
    for (const [i, controller] of controllers.entries()) {
      expect(store.asked[0]?.signal?.aborted).toBe(false);
      controller.abort(reasons[i]);
    }
    expect(await Promise.all(running)).toEqual(reasons);
    expect(store.asked[0]?.signal?.reason).toBe(reasons[2]);
  });

  test("an abandoned fetch goes to no further store, and leaves nothing in the cache", async () => {
    const { store, answers } = slowStore();
    const cache = new FakeCache();
    const behind = scriptedStore("behind", async () => hello.content.slice());
    const resolver = new Resolver({ cache, stores: [store, behind] });
    const controller = new AbortController();
    const running = rejection(resolver.resolve(checksum, { signal: controller.signal }));
    await turn();
    controller.abort(reason);
    expect(await running).toBe(reason);
    answers[0]?.resolve(hello.content.slice());
    await turn();
    expect(behind.asked).toHaveLength(0);
    expect(cache.buffers.size).toBe(0);
  });

  test("whoever comes after an abandoned fetch gets a new one, even if the store still hangs", async () => {
    let calls = 0;
    const store = scriptedStore("slow", async () => (calls++ === 0 ? forever : hello.content.slice()));
    const resolver = new Resolver({ cache: new FakeCache(), stores: [store] });
    const controller = new AbortController();
    const running = rejection(resolver.resolve(checksum, { signal: controller.signal }));
    await turn();
    controller.abort(reason);
    expect((await resolver.resolve(checksum)).content).toEqual(hello.content);
    expect(await running).toBe(reason);
  });

  test("an abort after the end does nothing", async () => {
    const controller = new AbortController();
    const resolver = new Resolver({ cache: new FakeCache(), stores: [storeWith("full", hello)] });
    const found = await resolver.resolve(checksum, { signal: controller.signal });
    controller.abort(reason);
    expect(found.content).toEqual(hello.content);
  });
});

describe("shared work", () => {
  test("keeps nothing when it is over", async () => {
    const work = new SharedWork<number>();
    const controller = new AbortController();
    const running = [
      work.run("a", undefined, async () => 1),
      rejection(work.run("b", undefined, async () => Promise.reject(new Error("no")))),
      rejection(work.run("c", controller.signal, () => forever)),
      rejection(
        work.run("d", undefined, () => {
          throw new Error("at once");
        }),
      ),
    ];
    expect(work.size).toBe(4);
    controller.abort();
    await Promise.all(running);
    expect(work.size).toBe(0);
  });

  test("the end of abandoned work does not take away what replaced it", async () => {
    const work = new SharedWork<number>();
    const first = deferred<number>();
    const second = deferred<number>();
    const controller = new AbortController();
    const left = rejection(work.run("key", controller.signal, () => first.promise));
    controller.abort(new Error("enough"));
    await left;
    const running = work.run("key", undefined, () => second.promise);
    first.resolve(1);
    await turn();
    expect(work.size).toBe(1);
    second.resolve(2);
    expect(await running).toBe(2);
  });

  test("one listener for all who use one signal", async () => {
    const work = new SharedWork<number>();
    const controller = new AbortController();
    let listeners = 0;
    const { addEventListener } = controller.signal;
    controller.signal.addEventListener = (...all: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(controller.signal, all);
    };
    const answers = Array.from({ length: 100 }, () => deferred<number>());
    const running = answers.map(({ promise }, i) => work.run(`${i}`, controller.signal, () => promise));
    const settled = Promise.allSettled(running);
    for (const { resolve } of answers.slice(0, 50)) resolve(1);
    await Promise.all(running.slice(0, 50));
    controller.abort(new Error("enough"));
    expect((await settled).map(({ status }) => status)).toEqual([
      ...Array.from({ length: 50 }, () => "fulfilled"),
      ...Array.from({ length: 50 }, () => "rejected"),
    ]);
    expect(listeners).toBe(1);
    expect(work.size).toBe(0);
  });
});
