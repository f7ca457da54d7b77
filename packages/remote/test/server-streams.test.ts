import { deferred } from "@seamless/internal/testing";
import { streamChunks } from "@seamless/store";
import { expect, test } from "vitest";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve, storeWith } from "./support/server-fixture.ts";

const A = sample(200_000, 1);
const hex = A.checksum.hex();

test("a client that goes is heard of by a store that is writing", async () => {
  const began = deferred();
  const aborted = deferred<unknown>();
  const store = storeWith({
    async putStream(_, chunks, { signal } = {}) {
      signal!.addEventListener("abort", () => aborted.resolve(signal!.reason));
      for await (const _ of chunks) began.resolve();
    },
  });
  const { port, errors } = await serve({ store, writable: true });
  const client = await rawClient(port);
  await client.write(aiohttp("PUT", `/${hex}`, port, { "Content-Length": 200_000 }), A.bytes.subarray(0, 100_000));
  await began.promise;
  client.reset();
  expect(String(await aborted.promise)).toContain("the client has gone");
  expect(errors).toEqual([]);
});

test("streams in constant memory, both ways", async () => {
  const size = 300 * 2 ** 20;
  const before = process.memoryUsage.rss();
  let most = 0;
  const source = () => {
    let left = size;
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        most = Math.max(most, process.memoryUsage.rss() - before);
        if (left === 0) return controller.close();
        left -= 2 ** 20;
        controller.enqueue(new Uint8Array(2 ** 20));
      },
    });
  };
  let stored = 0;
  const store = storeWith({
    lengths: async (checksums) => checksums.map(() => size),
    async putStream(_, chunks) {
      for await (const chunk of chunks) stored += chunk.byteLength;
    },
    getStream: async () => source(),
  });
  const { url } = await serve({ store, writable: true });
  const upload = { method: "PUT", body: source(), duplex: "half" } as RequestInit;
  expect((await fetch(`${url}${hex}`, upload)).status).toBe(200);
  expect(stored).toBe(size);
  let received = 0;
  for await (const chunk of streamChunks((await fetch(`${url}${hex}`)).body!)) received += chunk.byteLength;
  expect(received).toBe(size);
  // All of one of them would be as much as this.
  expect(most).toBeLessThan(size);
});
