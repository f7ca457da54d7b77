import { Checksum, isSeamlessError } from "@seamless/checksum";
import { forever, rejection, turn } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { joinChunks, memoryStore, streamChunks, verifiedChunks, verifiedStream } from "../src/index.ts";

const HELLO = new TextEncoder().encode("hello");
const HELLO_CHECKSUM = Checksum.of(HELLO);

/** One byte at a time; tells what became of it. */
function source(bytes: Uint8Array) {
  const state = { given: 0, stopped: false };
  const chunks = (async function* () {
    try {
      for (const byte of bytes) {
        state.given++;
        yield Uint8Array.of(byte);
      }
    } finally {
      state.stopped = true;
    }
  })();
  return { state, chunks };
}

describe("verified chunks", () => {
  test("hold the last one back", async () => {
    const seen: number[] = [];
    const wrong = source(Uint8Array.of(...HELLO.subarray(0, 4), 0));
    const error = await rejection(
      (async () => {
        for await (const chunk of verifiedChunks(HELLO_CHECKSUM, wrong.chunks)) seen.push(...chunk);
      })(),
    );
    expect(isSeamlessError(error, "CHECKSUM_MISMATCH")).toBe(true);
    expect(seen).toEqual([...HELLO.subarray(0, 4)]);
  });

  test("stop the source when the reader has enough", async () => {
    const { state, chunks } = source(HELLO);
    for await (const _ of verifiedChunks(HELLO_CHECKSUM, chunks)) break;
    expect(state).toEqual({ given: 2, stopped: true });
  });

  test("refuse what is not bytes", async () => {
    const chunks = (async function* () {
      yield "hello" as unknown as Uint8Array;
    })();
    const error = await rejection(joinChunks(verifiedChunks(HELLO_CHECKSUM, chunks)));
    expect(isSeamlessError(error, "INVALID_ARGUMENT")).toBe(true);
  });

  test("say which store, which checksum and which bytes", async () => {
    const chunks = source(HELLO.subarray(1)).chunks;
    const error = await rejection(joinChunks(verifiedChunks(HELLO_CHECKSUM, chunks, { store: "here" })));
    expect(error).toMatchObject({ code: "CHECKSUM_MISMATCH", store: "here" });
    expect(String(error)).toContain("here");
    expect(String(error)).toContain(HELLO_CHECKSUM.hex());
    expect(String(error)).toContain(Checksum.of(HELLO.subarray(1)).hex());
  });

  test("a failure while the source is stopped does not hide the first one", async () => {
    const chunks: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: HELLO }),
        return: async () => {
          throw new Error("cleanup");
        },
      }),
    };
    const error = await rejection(joinChunks(verifiedChunks(HELLO_CHECKSUM, chunks, { length: 7 })));
    expect(isSeamlessError(error, "INVALID_ARGUMENT")).toBe(true);
  });

  test("are joined up to a limit", async () => {
    const error = await rejection(joinChunks(source(HELLO).chunks, 4));
    expect(isSeamlessError(error, "TOO_LARGE")).toBe(true);
    expect(await joinChunks(source(HELLO).chunks, 5)).toEqual(HELLO);
  });
});

describe("verified stream", () => {
  test("reads nothing before it is asked to, and no more than one chunk ahead", async () => {
    const { state, chunks } = source(HELLO);
    const reader = verifiedStream(HELLO_CHECKSUM, chunks).getReader();
    await turn();
    expect(state.given).toBe(0);
    await reader.read();
    await turn();
    expect(state.given).toBe(2);
    await reader.cancel();
    expect(state.stopped).toBe(true);
  });

  test("can be cancelled while its source hangs", async () => {
    const chunks = (async function* () {
      yield HELLO;
      await forever;
    })();
    const reader = verifiedStream(HELLO_CHECKSUM, chunks).getReader();
    const read = reader.read();
    await reader.cancel(new Error("enough"));
    expect(await read).toEqual({ done: true, value: undefined });
  });

  test("errors at once when aborted while its source hangs", async () => {
    const chunks = (async function* () {
      yield HELLO;
      await forever;
    })();
    const controller = new AbortController();
    const reader = verifiedStream(HELLO_CHECKSUM, chunks, { signal: controller.signal }).getReader();
    const read = rejection(reader.read());
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await read).toBe(reason);
  });

  test("stops its source when aborted between two chunks", async () => {
    const { state, chunks } = source(HELLO);
    const controller = new AbortController();
    const reader = verifiedStream(HELLO_CHECKSUM, chunks, { signal: controller.signal }).getReader();
    await reader.read();
    controller.abort(new Error("enough"));
    await turn();
    expect(state.stopped).toBe(true);
  });

  test.each<[string, (stream: ReadableStream<Uint8Array>, abort: () => void) => Promise<unknown>]>([
    ["read to its end", async (stream) => joinChunks(streamChunks(stream))],
    ["cancelled unread", async (stream) => stream.cancel()],
    ["aborted unread", async (_, abort) => abort()],
  ])("tells once that it has ended: %s", async (_, end) => {
    let ended = 0;
    const controller = new AbortController();
    const onEnd = () => void ended++;
    const stream = verifiedStream(HELLO_CHECKSUM, source(HELLO).chunks, { signal: controller.signal, onEnd });
    expect(ended).toBe(0);
    await end(stream, () => controller.abort());
    controller.abort();
    expect(ended).toBe(1);
  });

  test("tells that it has ended when its bytes are wrong", async () => {
    let ended = 0;
    const stream = verifiedStream(HELLO_CHECKSUM, source(Uint8Array.of(1)).chunks, { onEnd: () => void ended++ });
    await rejection(joinChunks(streamChunks(stream)));
    expect(ended).toBe(1);
  });

  test("is an errored one if it was aborted before", async () => {
    const reason = new Error("enough");
    const { state, chunks } = source(HELLO);
    const stream = verifiedStream(HELLO_CHECKSUM, chunks, { signal: AbortSignal.abort(reason) });
    expect(await rejection(stream.getReader().read())).toBe(reason);
    expect(state.given).toBe(0);
  });

  test("passes on what the source throws", async () => {
    const failure = new Error("mine");
    const chunks = (async function* () {
      yield HELLO;
      throw failure;
    })();
    expect(await rejection(verifiedStream(HELLO_CHECKSUM, chunks).getReader().read())).toBe(failure);
  });

  test("as chunks again; cancelled when they are not read to the end", async () => {
    const whole = verifiedStream(HELLO_CHECKSUM, source(HELLO).chunks);
    expect(await joinChunks(streamChunks(whole))).toEqual(HELLO);
    const { state, chunks } = source(HELLO);
    for await (const _ of streamChunks(verifiedStream(HELLO_CHECKSUM, chunks))) break;
    expect(state.stopped).toBe(true);
  });
});

test("a memory store has a limit, and says so", async () => {
  const store = memoryStore({ name: "small", maxBytes: 6 });
  await store.put(HELLO_CHECKSUM, HELLO);
  const two = Uint8Array.of(1, 2);
  for (const put of [
    () => store.put(Checksum.of(two), two),
    () => store.putStream(Checksum.of(two), source(two).chunks),
  ]) {
    const error = await rejection(put());
    expect(error).toMatchObject({ code: "TOO_LARGE", store: "small" });
    expect(String(error)).toContain("6 bytes");
  }
  expect(await store.has([Checksum.of(two)])).toEqual([false]);
  await store.put(HELLO_CHECKSUM, HELLO);
  await store.putStream(HELLO_CHECKSUM, source(HELLO).chunks);
  expect(await store.get(HELLO_CHECKSUM)).toEqual(HELLO);
});
