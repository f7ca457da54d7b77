import { rejection, thrown } from "@seamless/internal/testing";
import { memoryStore } from "@seamless/store";
import { expect, test } from "vitest";
import { BufferCache, createRuntime } from "../src/index.ts";
import { openDirectoryRecord } from "../src/node/index.ts";
import { BackgroundWriter } from "../src/writer/writer.ts";
import { flakyStore } from "./support/flaky-store.ts";
import { entry, temporary } from "./support/records.ts";
import { text } from "./support/stores.ts";
import { FakeWriterCache, texts } from "./support/writer-cache.ts";

const CLOSED = { code: "INVALID_STATE", message: expect.stringMatching(/closed/) };

test("`await using` closes a cache", async () => {
  let kept: BufferCache;
  {
    await using cache = new BufferCache();
    cache.register(text("a"));
    kept = cache;
  }
  expect(thrown(() => kept.register(text("b")))).toMatchObject(CLOSED);
});

test("`await using` closes a runtime, which writes what it has accepted first", async () => {
  const store = flakyStore();
  const cache = new BufferCache();
  let kept: ReturnType<typeof createRuntime>;
  {
    await using runtime = createRuntime({ cache, stores: [store] });
    kept = runtime;
    const buffer = text("a");
    runtime.register(buffer);
    runtime.incref(buffer.getChecksum());
    expect(store.contents.size).toBe(0);
  }
  expect(store.contents.size).toBe(1);
  expect(await rejection(kept.write(text("b")))).toMatchObject(CLOSED);
  cache.close();
});

test("`await using` closes a writer, which writes what it has accepted first", async () => {
  const store = flakyStore();
  const cache = new FakeWriterCache();
  let kept: BackgroundWriter;
  {
    await using writer = new BackgroundWriter({ cache, stores: [store, memoryStore()] });
    kept = writer;
    cache.reference(...texts(20));
    expect(writer.stats().waiting).toBe(20);
  }
  expect(store.contents.size).toBe(20);
  expect(await rejection(kept.write(text("b")))).toMatchObject(CLOSED);
});

test("an error of closing at the end of `await using` is not lost", async () => {
  const store = flakyStore("broken", () => {
    throw new TypeError("no");
  });
  const cache = new FakeWriterCache();
  const block = async () => {
    await using writer = new BackgroundWriter({ cache, stores: [store] });
    cache.reference(text("a"));
    return writer.stats().waiting;
  };
  expect(await rejection(block())).toMatchObject({ code: "STORE_FAILED", errors: [{ store: "broken" }] });
});

test("`await using` closes a record in a directory", async () => {
  const folder = temporary();
  let kept: Awaited<ReturnType<typeof openDirectoryRecord>>;
  {
    await using record = await openDirectoryRecord(folder);
    kept = record;
    await record.add(entry("f"));
  }
  expect(await rejection(kept.add(entry("g")))).toMatchObject(CLOSED);
});
