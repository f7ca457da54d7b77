import { deferred } from "@seamless/internal/testing";
import { memoryStore } from "@seamless/store";
import { expect, test } from "vitest";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve, storeWith, until } from "./support/server-fixture.ts";

const A = sample(1000, 1);
const LARGE = sample(40_000_000, 2);

test("what waits behind another request takes nothing, and is forgotten with its connection", async () => {
  const contents = new Map([LARGE, A].map(({ checksum, bytes }) => [checksum.hex(), bytes]));
  const memory = memoryStore({ contents });
  let opened = 0;
  const cancelled = deferred();
  const store = storeWith(
    {
      async getStream(checksum) {
        opened++;
        const reader = (await memory.getStream(checksum))!.getReader();
        return new ReadableStream({
          async pull(controller) {
            const { value } = await reader.read();
            if (value) controller.enqueue(value);
          },
          cancel: () => cancelled.resolve(),
        });
      },
    },
    contents,
  );
  const { port } = await serve({ store });
  const client = await rawClient(port);
  client.socket.pause();
  const get = aiohttp("GET", `/${LARGE.checksum.hex()}`, port);
  await client.write(...Array.from({ length: 50 }, () => get));
  await until(() => opened === 1);
  // Others are served meanwhile, so that this one has had its turn.
  const other = await rawClient(port);
  await other.write(aiohttp("GET", `/${A.checksum.hex()}`, port));
  expect((await other.response()).status).toBe(200);
  client.reset();
  await cancelled.promise;
  expect(opened).toBe(1);
});

test("a wait for a promise ends when the client goes, also in a pipeline", async () => {
  const asked: string[] = [];
  const signals: (AbortSignal | undefined)[] = [];
  const store = storeWith({
    async lengths(checksums, { signal } = {}) {
      asked.push(...checksums.map((each) => each.hex()));
      signals.push(signal);
      return checksums.map(() => undefined);
    },
  });
  const { port } = await serve({ store, writable: true });
  const client = await rawClient(port);
  const hex = A.checksum.hex();
  await client.write(aiohttp("PUT", `/promise/${hex}`, port, { "Content-Length": 0 }));
  expect((await client.response()).status).toBe(202);
  await client.write(aiohttp("GET", `/${hex}`, port), aiohttp("GET", `/${LARGE.checksum.hex()}`, port));
  await until(() => asked.length > 0);
  client.reset();
  await until(() => signals[0]!.aborted);
  expect(asked).toEqual([hex]);
});
