import { deferred, forever, turn } from "@seamless/internal/testing";
import { memoryStore } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { flakyStore } from "./support/flaky-store.ts";
import { text } from "./support/stores.ts";
import { setUp, texts } from "./support/writer-cache.ts";

describe("what is written", () => {
  test("referenced buffers, to all writable stores, once each", async () => {
    const [a, b] = [flakyStore("a"), flakyStore("b")];
    const { cache, writer } = setUp([a, memoryStore({ name: "read-only", writable: false }), b]);
    const buffers = texts(20);
    cache.reference(...buffers, ...buffers);
    await writer.flush();
    cache.reference(...buffers);
    await writer.flush();
    for (const store of [a, b]) {
      expect(store.puts.length).toBe(20);
      for (const buffer of buffers) expect(store.contents.get(buffer.getChecksum().hex())).toEqual(buffer.content);
    }
    expect(writer.stats()).toMatchObject({ written: 40, waiting: 0, waitingBytes: 0, inFlight: 0, failed: 0 });
    await writer.close();
  });

  test("the cache is told what waits, and who has it", async () => {
    const gate = deferred<void>();
    const store = flakyStore("gated", () => gate.promise);
    const { cache, writer } = setUp([store]);
    const [buffer] = texts(1);
    const hex = buffer!.getChecksum().hex();
    cache.reference(buffer!);
    expect([...cache.writing]).toEqual([hex]);
    expect(writer.unwritten().map(String)).toEqual([hex]);
    gate.resolve();
    await writer.flush();
    expect([...cache.writing]).toEqual([]);
    expect(cache.stored.get(hex)).toEqual(["local"]);
    expect(writer.unwritten()).toEqual([]);
  });

  test("scratch buffers are not, also when asked for", async () => {
    const store = flakyStore();
    const { cache, writer } = setUp([store]);
    const [buffer] = texts(1);
    cache.scratch.add(buffer!.getChecksum().hex());
    cache.reference(buffer!);
    await expect(writer.write(buffer!)).rejects.toMatchObject({ code: "INVALID_STATE" });
    await writer.close();
    expect(store.puts).toEqual([]);
  });

  test("what a store is known to have is not written there", async () => {
    const [a, b] = [flakyStore("a"), flakyStore("b")];
    const { cache, writer } = setUp([a, b]);
    const [buffer] = texts(1);
    writer.learn(buffer!.getChecksum(), a);
    cache.reference(buffer!);
    await writer.close();
    expect([a.puts.length, b.puts.length]).toEqual([0, 1]);
  });

  test("a large buffer is sent only if the store says that it misses it", async () => {
    const store = flakyStore();
    const { cache, writer } = setUp([store]);
    const large = text("x".repeat(100_000));
    store.contents.set(large.getChecksum().hex(), large.content);
    cache.reference(large);
    await writer.flush();
    expect(store.puts).toEqual([]);
    cache.reference(text("y".repeat(100_000)));
    await writer.flush();
    expect(store.puts.length).toBe(1);
  });

  test("a buffer that was changed is written nowhere, and is an error", async () => {
    const [a, b] = [flakyStore("a"), flakyStore("b")];
    const { cache, writer } = setUp([a, b]);
    const [buffer, other] = texts(2);
    const checksum = buffer!.getChecksum();
    buffer!.content[0]! ^= 1;
    cache.reference(buffer!, other!);
    await expect(writer.flush()).rejects.toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining(checksum.hex()),
      errors: [{ code: "CHECKSUM_MISMATCH", checksum }],
    });
    expect(a.contents.size + b.contents.size).toBe(2);
    expect([...a.puts, ...b.puts].some((put) => put.equals(checksum))).toBe(false);
    buffer!.content[0]! ^= 1;
    await writer.close();
    expect(a.contents.size).toBe(2);
  });
});

describe("bounds", () => {
  test("no more writes at a time than allowed", async () => {
    const store = flakyStore("slow", () => turn());
    const { cache, writer } = setUp([store], { concurrency: 3 });
    cache.reference(...texts(50));
    expect(writer.stats()).toMatchObject({ inFlight: 3, waiting: 50 });
    await writer.close();
    expect(store.most.puts).toBe(3);
    expect(store.contents.size).toBe(50);
  });

  test("no more bytes at a time than allowed, and a larger buffer alone", async () => {
    const store = flakyStore("slow", () => turn());
    const { cache, writer } = setUp([store], { bytesInFlight: 1000 });
    const sizes = [400, 400, 400, 5000, 10, 10, 900, 200];
    cache.reference(...sizes.map((size, i) => text(`${i}`.repeat(size))));
    await writer.close();
    expect(store.most.bytes).toBe(5001);
    expect(store.contents.size).toBe(sizes.length);
    const small = flakyStore("small", () => turn());
    const second = setUp([small], { bytesInFlight: 1000 });
    second.cache.reference(...[400, 400, 400, 300, 500].map((size, i) => text(`${i}`.repeat(size))));
    await second.writer.close();
    expect(small.most.bytes).toBeLessThanOrEqual(1000);
  });

  test("ready() makes producers wait while too much is waiting", async () => {
    const gate = deferred<void>();
    const { cache, writer } = setUp([flakyStore("gated", () => gate.promise)], { maxWaiting: 100 });
    await writer.ready();
    cache.reference(text("x".repeat(101)));
    let ready = false;
    const waiting = writer.ready().then(() => {
      ready = true;
    });
    await turn();
    expect(ready).toBe(false);
    const controller = new AbortController();
    const aborted = writer.ready({ signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    gate.resolve();
    await waiting;
    await writer.close();
  });
});

describe("write", () => {
  test("resolves when the buffer is in all stores", async () => {
    const gate = deferred<void>();
    const [a, b] = [flakyStore("a"), flakyStore("b", () => gate.promise)];
    const { writer } = setUp([a, b]);
    const [buffer] = texts(1);
    let done = false;
    const writing = writer.write(buffer!).then(() => {
      done = true;
    });
    await turn();
    expect([done, a.contents.size, b.contents.size]).toEqual([false, 1, 0]);
    gate.resolve();
    await writing;
    expect(b.contents.size).toBe(1);
  });

  test("shares the write that is going on", async () => {
    const store = flakyStore("slow", () => turn());
    const { cache, writer } = setUp([store]);
    const [buffer] = texts(1);
    cache.reference(buffer!);
    await Promise.all([writer.write(buffer!), writer.write(buffer!)]);
    expect(store.puts.length).toBe(1);
  });

  test("asks the store again, since that may have lost it", async () => {
    const store = flakyStore();
    const { writer } = setUp([store]);
    const [buffer] = texts(1);
    await writer.write(buffer!);
    store.contents.clear();
    await writer.write(buffer!);
    expect(store.contents.size).toBe(1);
  });

  test("aborted, stops waiting but not writing", async () => {
    const gate = deferred<void>();
    const store = flakyStore("gated", () => gate.promise);
    const { writer } = setUp([store]);
    const controller = new AbortController();
    const writing = writer.write(texts(1)[0]!, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(writing).rejects.toThrow("enough");
    gate.resolve();
    await writer.close();
    expect(store.contents.size).toBe(1);
  });

  test("needs a store that can be written to, and an open writer", async () => {
    const { writer } = setUp([memoryStore({ writable: false })]);
    const [buffer] = texts(1);
    await expect(writer.write(buffer!)).rejects.toMatchObject({
      code: "INVALID_STATE",
      message: expect.stringMatching(/no store/),
    });
    await writer.close();
    await expect(writer.write(buffer!)).rejects.toMatchObject({
      code: "INVALID_STATE",
      message: expect.stringMatching(/closed/),
    });
    expect(writer.accept(buffer!.getChecksum())).toBe(false);
  });
});

test("flush waits for what was accepted before, and gives up when aborted", async () => {
  const { cache, writer } = setUp([flakyStore("hangs", () => forever)]);
  await writer.flush();
  cache.reference(...texts(2));
  const controller = new AbortController();
  const flushing = writer.flush({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(flushing).rejects.toThrow("enough");
  await expect(writer.close({ signal: controller.signal })).rejects.toMatchObject({ code: "STORE_FAILED" });
});
