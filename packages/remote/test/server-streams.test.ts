import { once } from "node:events";
import { request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { deferred } from "@seamless/internal/testing";
import { chunkStream, streamChunks } from "@seamless/store";
import { expect, test } from "vitest";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve, storeWith } from "./support/server-fixture.ts";
import { heldBytes } from "./support/server-garbage.ts";

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
  const before = heldBytes();
  let most = 0;
  async function* source() {
    for (let made = 0; made < size; made += 2 ** 20) {
      if (made % (size / 20) === 0) most = Math.max(most, heldBytes() - before);
      yield new Uint8Array(2 ** 20);
    }
  }
  let stored = 0;
  const store = storeWith({
    lengths: async (checksums) => checksums.map(() => size),
    async putStream(_, chunks) {
      for await (const chunk of chunks) stored += chunk.byteLength;
    },
    getStream: async () => chunkStream(source()),
  });
  const { url } = await serve({ store, writable: true });
  // Not `fetch`, which keeps all that it has sent of a stream until its end.
  const upload = request(`${url}${hex}`, { method: "PUT" });
  const [[response]] = await Promise.all([
    once(upload, "response"),
    pipeline(Readable.from(source(), { highWaterMark: 1 }), upload),
  ]);
  expect(response.statusCode).toBe(200);
  expect(stored).toBe(size);
  let received = 0;
  for await (const chunk of streamChunks((await fetch(`${url}${hex}`)).body!)) received += chunk.byteLength;
  expect(received).toBe(size);
  // Measured: 30 to 33 MiB, most of it between the client and the socket. All of one of them would be 300.
  expect(most).toBeLessThan(size / 3);
});
