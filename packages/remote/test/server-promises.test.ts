import { memoryStore, type Store } from "@seamless/store";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type HashserverHandlerOptions, hashserverHandler } from "../src/hashserver/index.ts";
import { sample } from "./support/sample.ts";
import { storeWith } from "./support/server-fixture.ts";
import { untilCollected } from "./support/server-garbage.ts";

const A = sample(1000, 1);
const hex = A.checksum.hex();
const named = (digit: number) => String(digit).repeat(64);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function handlerOf(options: Partial<HashserverHandlerOptions> = {}) {
  const handler = hashserverHandler({ store: memoryStore(), writable: true, ...options });
  return async (method: string, url: string, body?: Uint8Array | string, signal?: AbortSignal) => {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const chunks = bytes && new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
    const { status, headers, body: found } = await handler({ method, url, headers: {}, body: chunks ?? null, signal });
    return { status, headers, text: Buffer.from((found ?? new Uint8Array()) as Uint8Array).toString("latin1") };
  };
}

type Ask = ReturnType<typeof handlerOf>;

const has = async (ask: Ask, ...all: readonly string[]) =>
  JSON.parse((await ask("GET", "/has", JSON.stringify(all))).text);

/** Settled or not, once everything that can go on has done so. */
async function isWaiting(answer: Promise<unknown>): Promise<boolean> {
  let waiting = true;
  const settle = () => {
    waiting = false;
  };
  answer.then(settle, settle);
  await vi.advanceTimersByTimeAsync(0);
  return waiting;
}

describe("a promise", () => {
  test("is kept for ten minutes: has says so, and GET waits for what it ends with", async () => {
    const ask = handlerOf();
    expect(await ask("PUT", `/promise/${hex}`)).toMatchObject({
      status: 202,
      text: `{"checksum":"${hex}","expires_in":600.0}`,
    });
    const waiting = ask("GET", `/${hex}`);
    await vi.advanceTimersByTimeAsync(599_999);
    expect([await has(ask, hex, named(1)), await isWaiting(waiting)]).toEqual([[true, false], true]);
    await vi.advanceTimersByTimeAsync(1);
    expect((await waiting).status).toBe(404);
    expect(await has(ask, hex)).toEqual([false]);
    expect((await ask("GET", `/${hex}`)).status).toBe(404);
  });

  test("is over with the upload, for all who wait", async () => {
    const ask = handlerOf();
    await ask("PUT", `/promise/${hex}`);
    const waiting = Array.from({ length: 50 }, () => ask("GET", `/${hex}`));
    expect(await isWaiting(Promise.race(waiting))).toBe(true);
    expect((await ask("PUT", `/${hex}`, A.bytes)).status).toBe(200);
    for (const { status, text } of await Promise.all(waiting)) {
      expect([status, text]).toEqual([200, Buffer.from(A.bytes).toString("latin1")]);
    }
    // None of it is left to end anything later.
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is over also with an upload that finds the buffer there", async () => {
    const contents = new Map<string, Uint8Array>();
    const ask = handlerOf({ store: memoryStore({ contents }) });
    await ask("PUT", `/promise/${hex}`);
    contents.set(hex, A.bytes);
    const found = ask("PUT", `/${hex}`, A.bytes);
    expect((await found).status).toBe(201);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("outlives an upload that fails, of wrong bytes or by the store", async () => {
    let fails = true;
    const memory = memoryStore();
    const store: Store = storeWith({
      ...memory,
      async putStream(...args) {
        if (fails) throw new Error("no");
        await memory.putStream(...args);
      },
    });
    const ask = handlerOf({ store });
    await ask("PUT", `/promise/${hex}`);
    const waiting = ask("GET", `/${hex}`);
    expect((await ask("PUT", `/${hex}`, A.bytes)).status).toBe(500);
    fails = false;
    expect((await ask("PUT", `/${hex}`, "wrong")).status).toBe(400);
    expect([await has(ask, hex), await isWaiting(waiting)]).toEqual([[true], true]);
    expect((await ask("PUT", `/${hex}`, A.bytes)).status).toBe(200);
    expect((await waiting).status).toBe(200);
  });

  test("made again begins again, also for those who wait", async () => {
    const ask = handlerOf({ promiseTime: 1000 });
    await ask("PUT", `/promise/${hex}`);
    const waiting = ask("GET", `/${hex}`);
    await vi.advanceTimersByTimeAsync(900);
    expect((await ask("PUT", `/promise/${hex.toUpperCase()}`)).text).toContain('"expires_in":1.0}');
    await vi.advanceTimersByTimeAsync(900);
    expect(await isWaiting(waiting)).toBe(true);
    await vi.advanceTimersByTimeAsync(100);
    expect((await waiting).status).toBe(404);
  });

  test("of what is there already is not kept", async () => {
    const ask = handlerOf({ store: memoryStore({ contents: new Map([[hex, A.bytes]]) }) });
    expect(await ask("PUT", `/promise/${hex}`)).toMatchObject({
      status: 202,
      text: `{"checksum":"${hex}","expires_in":0.0}`,
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("HEAD does not wait, and lengths do not count it", async () => {
    const ask = handlerOf();
    await ask("PUT", `/promise/${hex}`);
    expect((await ask("HEAD", `/${hex}`)).status).toBe(404);
    expect((await ask("GET", "/buffer-length", JSON.stringify([hex]))).text).toBe("[0]");
  });

  test("one too many: the oldest is over, and who waits for it hears so", async () => {
    const ask = handlerOf({ maxPromises: 2 });
    await ask("PUT", `/promise/${named(1)}`);
    await ask("PUT", `/promise/${named(2)}`);
    const waiting = ask("GET", `/${named(2)}`);
    // As new as the last one now.
    await ask("PUT", `/promise/${named(1)}`);
    expect((await ask("PUT", `/promise/${named(3)}`)).status).toBe(202);
    expect((await waiting).status).toBe(404);
    expect(await has(ask, named(1), named(2), named(3))).toEqual([true, false, true]);
    expect(vi.getTimerCount()).toBe(2);
  });

  test("is kept for as long as was asked for, however long that is", async () => {
    const ask = handlerOf({ promiseTime: 2 ** 33 });
    await ask("PUT", `/promise/${hex}`);
    await vi.advanceTimersByTimeAsync(2 ** 33 - 1);
    expect(await has(ask, hex)).toEqual([true]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await has(ask, hex)).toEqual([false]);
  });
});

test("a client that goes is forgotten, while the promise is kept", async () => {
  const ask = handlerOf();
  await ask("PUT", `/promise/${hex}`);
  const clients: WeakRef<AbortSignal>[] = [];
  for (let i = 0; i < 20; i++) clients.push(await goingClient());
  vi.useRealTimers();
  await untilCollected(clients);
  expect(await has(ask, hex)).toEqual([true]);

  async function goingClient(): Promise<WeakRef<AbortSignal>> {
    const controller = new AbortController();
    const waiting = ask("GET", `/${hex}`, undefined, controller.signal);
    expect(await isWaiting(waiting)).toBe(true);
    controller.abort();
    expect((await waiting).status).toBe(499);
    return new WeakRef(controller.signal);
  }
});
