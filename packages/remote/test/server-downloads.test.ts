import { once } from "node:events";
import type { Server } from "node:http";
import { SeamlessError } from "@seamless/checksum";
import { deferred } from "@seamless/internal/testing";
import { memoryStore } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { hashserverHandler, webHandler } from "../src/hashserver/index.ts";
import { fileOf, plant } from "./support/folder.ts";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve, storeWith, until } from "./support/server-fixture.ts";
import { tempDir } from "./support/temp.ts";

const SMALL = sample(1000, 1);
const MIDDLE = sample(500_000, 2);
const LARGE = sample(5_000_000, 3);

function wrong(bytes: Uint8Array, at = bytes.byteLength - 1): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[at] = copy[at]! ^ 1;
  return copy;
}

async function folderServer() {
  const folder = tempDir();
  const served = await serve({ store: directoryStore(folder) });
  return { ...served, folder, client: await rawClient(served.port) };
}

describe("what lies there and is wrong, nobody takes for a whole buffer", () => {
  test.each([
    ["small", SMALL, (bytes: Uint8Array) => wrong(bytes)],
    ["of the middle, which the folder reads at once", MIDDLE, (bytes: Uint8Array) => wrong(bytes, 0)],
    ["small, and empty now", SMALL, () => new Uint8Array()],
    ["small, and longer", SMALL, (bytes: Uint8Array) => Buffer.concat([bytes, bytes])],
  ])("%s: 500, and the operator is told", async (_, { bytes, checksum }, damage) => {
    const { port, client, folder, errors } = await folderServer();
    plant(fileOf(folder, checksum), damage(bytes));
    await client.write(aiohttp("GET", `/${checksum.hex()}`, port));
    const { status, body } = await client.response();
    expect([status, String(body)]).toEqual([500, "The store failed (CHECKSUM_MISMATCH).\n"]);
    expect(errors.map(({ code }) => code)).toEqual(["CHECKSUM_MISMATCH"]);
  });

  test.each([
    ["the last byte", (bytes: Uint8Array) => wrong(bytes)],
    ["the first byte", (bytes: Uint8Array) => wrong(bytes, 0)],
    ["cut off", (bytes: Uint8Array) => bytes.subarray(0, 4_000_000)],
    ["longer", (bytes: Uint8Array) => Buffer.concat([bytes, bytes])],
  ])("large, %s: broken off before the end, and the operator is told", async (_, damage) => {
    const { port, client, folder, errors } = await folderServer();
    plant(fileOf(folder, LARGE.checksum), damage(LARGE.bytes));
    await client.write(aiohttp("GET", `/${LARGE.checksum.hex()}`, port));
    expect(await client.response()).toMatchObject({ status: 200, complete: false });
    await client.ended();
    expect(errors.map(({ code }) => code)).toEqual(["CHECKSUM_MISMATCH"]);
  });

  // A store may be told by something else how long a buffer is.
  test.each([
    ["shorter, where a chunk ends", 1_048_576],
    ["shorter, by the last chunk", 5_000_000 - (5_000_000 % 65_536)],
    ["shorter", 4_000_000],
    ["shorter by one", 4_999_999],
    ["longer", 5_000_001],
  ])("right bytes, but of another length than was announced: %s", async (_, length) => {
    const contents = new Map([[LARGE.checksum.hex(), LARGE.bytes]]);
    const { port, errors } = await serve({ store: storeWith({ lengths: async () => [length] }, contents) });
    const client = await rawClient(port);
    await client.write(aiohttp("GET", `/${LARGE.checksum.hex()}`, port));
    expect(await client.response()).toMatchObject({ status: 200, complete: false });
    await client.ended();
    expect(errors.map(({ code }) => code)).toEqual(["STORE_FAILED"]);
  });
});

test("a store that fails in the middle: broken off, and the operator is told", async () => {
  const failure = new SeamlessError("IO_ERROR", "cannot read /secret/place");
  const store = storeWith({
    lengths: async () => [5_000_000],
    getStream: async () => {
      let chunks = 2;
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          if (chunks-- === 0) controller.error(failure);
          else controller.enqueue(new Uint8Array(1_000_000));
        },
      });
    },
  });
  const { port, errors } = await serve({ store });
  const client = await rawClient(port);
  await client.write(aiohttp("GET", `/${LARGE.checksum.hex()}`, port));
  expect(await client.response()).toMatchObject({ status: 200, complete: false });
  await client.ended();
  expect(errors).toEqual([failure]);
});

test("the web adapter breaks off, too", async () => {
  const contents = new Map([[LARGE.checksum.hex(), wrong(LARGE.bytes)]]);
  const answer = webHandler(hashserverHandler({ store: memoryStore({ contents }) }));
  const response = await answer(new Request(`http://localhost/${LARGE.checksum.hex()}`));
  expect(response.status).toBe(200);
  await expect(response.arrayBuffer()).rejects.toMatchObject({ code: "CHECKSUM_MISMATCH" });
});

describe("a client that goes in the middle", () => {
  test("ends the reading of the store, and is no failure of it", async () => {
    const ended = deferred();
    const { store, pulled } = endless(() => ended.resolve());
    const { port, errors } = await serve({ store });
    const client = await rawClient(port);
    await client.write(aiohttp("GET", `/${LARGE.checksum.hex()}`, port));
    await until(() => pulled() > 3);
    client.reset();
    await ended.promise;
    expect(errors).toEqual([]);
  });

  test("also of a store that hears of it itself", async () => {
    let failed: unknown;
    const { store, pulled } = endless(() => {});
    const heeding = storeWith({
      ...store,
      async getStream(checksum, { signal } = {}) {
        const reader = (await store.getStream(checksum))!.getReader();
        return new ReadableStream(
          {
            async pull(controller) {
              try {
                if (pulled() > 3) await once(signal!, "abort");
                signal!.throwIfAborted();
                controller.enqueue((await reader.read()).value!);
              } catch (error) {
                failed = error;
                throw error;
              }
            },
          },
          { highWaterMark: 0 },
        );
      },
    });
    const { port, errors } = await serve({ store: heeding });
    const client = await rawClient(port);
    client.socket.pause();
    await client.write(aiohttp("GET", `/${LARGE.checksum.hex()}`, port));
    await until(() => pulled() > 3);
    client.reset();
    await until(() => failed !== undefined);
    // The failure has some steps to go.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(errors).toEqual([]);
  });

  test("while the store is still looking: what it then finds is given back", async () => {
    const asked = deferred();
    const go = deferred();
    const ended = deferred();
    const { store, pulled } = endless(() => ended.resolve());
    const slow = storeWith({
      ...store,
      async getStream(checksum) {
        asked.resolve();
        await go.promise;
        return store.getStream(checksum);
      },
    });
    const { port, server } = await serve({ store: slow });
    const client = await rawClient(port);
    await client.write(aiohttp("GET", `/${LARGE.checksum.hex()}`, port));
    await asked.promise;
    client.reset();
    await until(async () => (await connections(server.server)) === 0);
    go.resolve();
    await ended.promise;
    expect(pulled()).toBe(0);
  });

  function endless(onCancel: () => void) {
    let pulled = 0;
    const store = storeWith({
      lengths: async () => [2 ** 40],
      getStream: async () =>
        new ReadableStream<Uint8Array>(
          {
            pull(controller) {
              pulled++;
              controller.enqueue(new Uint8Array(100_000));
            },
            cancel: onCancel,
          },
          { highWaterMark: 0 },
        ),
    });
    return { store, pulled: () => pulled };
  }
});

function connections(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}

describe("If-None-Match, and HEAD", () => {
  const hex = SMALL.checksum.hex();

  test.each([`"${hex}"`, `W/"${hex}"`, `"other", "${hex}"`])("%s: 304 without a body, also twice", async (tag) => {
    const { port } = await serve({ store: memoryStore({ contents: new Map([[hex, SMALL.bytes]]) }) });
    const client = await rawClient(port);
    for (let i = 0; i < 2; i++) {
      await client.write(aiohttp("GET", `/${hex}`, port, { "If-None-Match": tag }));
      const { status, headers } = await client.response();
      expect([status, headers.get("etag"), headers.get("content-length")]).toEqual([304, `"${hex}"`, undefined]);
    }
    await client.write(aiohttp("GET", `/${hex}`, port, { "If-None-Match": `"${"0".repeat(64)}"` }));
    expect(await client.response()).toMatchObject({ status: 200, body: Buffer.from(SMALL.bytes) });
  });

  test("*: 304 for whatever is there, small, hot or large, and 404 for what is not", async () => {
    const contents = new Map([SMALL, LARGE].map(({ checksum, bytes }) => [checksum.hex(), bytes]));
    const { port } = await serve({ store: memoryStore({ contents }) });
    const client = await rawClient(port);
    for (const method of ["GET", "HEAD"]) {
      const status = async (name: string, headers: Readonly<Record<string, string>>) => {
        await client.write(aiohttp(method, `/${name}`, port, headers));
        return (await client.response({ bodiless: method === "HEAD" })).status;
      };
      const any = { "If-None-Match": "*" };
      expect(await status(hex, any)).toBe(304);
      expect(await status(hex, {})).toBe(200);
      expect(await status(hex, any)).toBe(304);
      expect(await status(LARGE.checksum.hex(), any)).toBe(304);
      expect(await status("0".repeat(64), any)).toBe(404);
    }
  });

  test("HEAD: the headers of the GET, for small and large, hot or not, and nothing behind them", async () => {
    const contents = new Map([SMALL, LARGE].map(({ checksum, bytes }) => [checksum.hex(), bytes]));
    const { port } = await serve({ store: memoryStore({ contents }) });
    const client = await rawClient(port);
    for (const { checksum } of [SMALL, LARGE, SMALL]) {
      await client.write(aiohttp("HEAD", `/${checksum.hex()}`, port));
      const head = await client.response({ bodiless: true });
      await client.write(aiohttp("GET", `/${checksum.hex()}`, port));
      const get = await client.response();
      expect([head.status, head.head]).toEqual([200, get.head]);
    }
    await client.write(aiohttp("HEAD", `/${"0".repeat(64)}`, port));
    expect((await client.response({ bodiless: true })).status).toBe(404);
    await client.write(aiohttp("HEAD", "/healthcheck", port));
    expect((await client.response({ bodiless: true })).status).toBe(200);
    expect(client.rest()).toHaveLength(0);
  });
});
