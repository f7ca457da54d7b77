import { memoryStore } from "@seamless/store";
import { describe, expect, onTestFinished, test } from "vitest";
import { createHashserver, type HashserverOptions } from "../src/hashserver/node/server.ts";
import { killHard, startPromiser } from "./support/client-promiser.ts";
import { openStore, until } from "./support/client-store.ts";
import { chunksOf, sample } from "./support/sample.ts";

const SMALL = sample(1_000);
const LARGE = sample(3 * 2 ** 20);

/** A real one, and what it has answered to uploads. */
async function start(options: Partial<HashserverOptions> = {}) {
  const contents = new Map<string, Uint8Array>();
  const { server, listen, close } = createHashserver({ store: memoryStore({ contents }), writable: true, ...options });
  const { url } = await listen({ port: 0 });
  onTestFinished(() => close({ timeout: 0 }));
  const statuses: number[] = [];
  server.on("request", ({ method }, response) => {
    if (method === "PUT") response.on("finish", () => statuses.push(response.statusCode));
  });
  const isPromised = async (hex: string) => {
    // The server itself, which the store does not take at its word.
    const { request } = await import("node:http");
    const text = await new Promise<string>((resolve) => {
      const asking = request(`${url}has`, { method: "GET" }, async (answer) =>
        resolve(String(Buffer.concat(await answer.toArray()))),
      );
      asking.setHeader("content-length", hex.length + 4);
      asking.end(`["${hex}"]`);
    });
    return text === "[true]";
  };
  return { url, contents, statuses, isPromised };
}

describe("somebody else begins to upload, and is killed", () => {
  test.each([
    ["put", SMALL, (store: ReturnType<typeof openStore>) => store.put(SMALL.checksum, SMALL.bytes)],
    ["put, large", LARGE, (store: ReturnType<typeof openStore>) => store.put(LARGE.checksum, LARGE.bytes)],
    [
      "putStream",
      SMALL,
      (store: ReturnType<typeof openStore>) => store.putStream(SMALL.checksum, chunksOf(SMALL.bytes)),
    ],
    [
      "putStream of a long one, turned away before much of it was gone,",
      LARGE,
      (store: ReturnType<typeof openStore>) =>
        store.putStream(LARGE.checksum, chunksOf(LARGE.bytes.subarray(0, 2e6), LARGE.bytes.subarray(2e6))),
    ],
  ] as const)("%s waits, and then brings it itself", async (_, { checksum, bytes }, put) => {
    const { url, contents, statuses } = await start();
    const child = await startPromiser("upload", url, checksum.hex(), bytes.byteLength);
    const store = openStore(url);
    let done = false;
    const putting = put(store).then(() => {
      done = true;
    });
    // It is told that somebody else is at it, and does not take that for stored.
    await until(() => statuses.includes(202));
    expect([done, contents.size]).toEqual([false, 0]);
    expect(await store.has([checksum])).toEqual([false]);
    await killHard(child);
    await putting;
    expect(statuses.at(-1)).toBe(200);
    expect(Buffer.compare(contents.get(checksum.hex())!, bytes)).toBe(0);
    expect(await store.lengths([checksum])).toEqual([bytes.byteLength]);
  });
});

describe("somebody else promises to upload, and is killed", () => {
  test("the server says that it has it, and the store does not; put brings it", async () => {
    const { url, contents, statuses, isPromised } = await start();
    const child = await startPromiser("promise", url, SMALL.checksum.hex(), 0);
    const store = openStore(url);
    await killHard(child);
    expect(await isPromised(SMALL.checksum.hex())).toBe(true);
    expect(await store.has([SMALL.checksum])).toEqual([false]);
    expect(await store.lengths([SMALL.checksum])).toEqual([undefined]);
    // Who waits for the promise gets what we bring in its place.
    const waiting = store.get(SMALL.checksum);
    await store.put(SMALL.checksum, SMALL.bytes);
    expect(await waiting).toEqual(SMALL.bytes);
    expect([contents.size, statuses]).toEqual([1, [202, 200]]);
  });

  test("nobody brings it: it is missing once the promise has ended", async () => {
    const { url, isPromised } = await start({ promiseTime: 300 });
    const child = await startPromiser("promise", url, SMALL.checksum.hex(), 0);
    await killHard(child);
    const store = openStore(url);
    const waiting = Promise.all([store.get(SMALL.checksum), store.getStream(SMALL.checksum)]);
    expect(await waiting).toEqual([undefined, undefined]);
    expect(await isPromised(SMALL.checksum.hex())).toBe(false);
    expect(await store.has([SMALL.checksum])).toEqual([false]);
  });

  test("our own promise is told in milliseconds", async () => {
    const { url, isPromised } = await start();
    const store = openStore(url);
    expect(await store.promise(SMALL.checksum)).toBe(600_000);
    expect(await isPromised(SMALL.checksum.hex())).toBe(true);
    expect(await store.has([SMALL.checksum])).toEqual([false]);
  });
});
