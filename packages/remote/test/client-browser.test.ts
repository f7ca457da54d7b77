import { gzipSync } from "node:zlib";
import { Checksum } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { joinChunks, memoryStore, streamChunks } from "@seamless/store";
import { storeSuite } from "@seamless/store/suite";
import { describe, expect, test, vi } from "vitest";
import { type HashserverStoreOptions, hashserverStore } from "../src/hashserver/index.ts";
import { failure, openStore, until } from "./support/client-store.ts";
import { head, http, rawServer } from "./support/raw-server.ts";
import { chunksOf, sample } from "./support/sample.ts";
import { FAST, startServer } from "./support/server.ts";

// Node has `fetch`, too.
vi.mock("../src/http-client/undici-transport.ts", () => import("../src/http-client/fetch-transport.ts"));

const { bytes, checksum } = sample(1_000);
const LARGE = sample(4 * 2 ** 20);
const ONE = { connections: 1 };

describe("hashserver store through fetch", () => {
  storeSuite({
    test,
    async create() {
      const contents = new Map<string, Uint8Array>();
      const server = await startServer({ store: memoryStore({ contents }), writable: true });
      return {
        store: hashserverStore(server.url, FAST),
        readOnly: hashserverStore(server.url, { ...FAST, writable: false }),
        plant: (sum, wrong) => void contents.set(sum.hex(), wrong),
        dispose: () => server.close(),
      };
    },
  });
});

test("questions are asked without bodies, which fetch does not send", async () => {
  const server = await rawServer(({ method, path }) => {
    if (path !== `/${checksum.hex()}`) return http(404);
    return method === "HEAD" ? http(200, "", { "content-length": 1_000 }) : http(200, bytes);
  });
  const store = openStore(server.url);
  expect(await store.lengths([checksum, LARGE.checksum])).toEqual([1_000, undefined]);
  expect(await store.has([checksum, LARGE.checksum])).toEqual([true, false]);
  expect(new Set(server.requests.map(({ method }) => method))).toEqual(new Set(["HEAD"]));
});

test.each([405, 501])("a server without HEAD (%i): the buffer itself is asked for", async (status) => {
  const server = await rawServer(({ method }) => (method === "HEAD" ? http(status) : http(200, bytes)));
  expect(await openStore(server.url, ONE).lengths([checksum])).toEqual([1_000]);
});

test("what the platform decodes is not decoded once more", async () => {
  const server = await rawServer(() => http(200, gzipSync(bytes), { "content-encoding": "gzip" }));
  expect(await openStore(server.url).get(checksum)).toEqual(bytes);
});

describe("what the platform decodes has limits", () => {
  const zeros = new Uint8Array(2 ** 22);
  const sum = Checksum.of(zeros);
  const encoded = gzipSync(zeros);

  test.each([
    ["announced", encoded.byteLength],
    ["without a length", undefined],
  ])("%s", async (_, length) => {
    const headers = { "content-encoding": "gzip", connection: "close" };
    const server = await rawServer(({ socket }) => {
      socket.write(head(200, length === undefined ? headers : { ...headers, "content-length": length }));
      socket.end(encoded);
      return undefined;
    });
    const get = (options: HashserverStoreOptions) => openStore(server.url, { ...ONE, ...options }).get(sum);
    expect((await get({ maxDecodedRatio: 2_000 }))?.byteLength).toBe(2 ** 22);
    expect(await failure(get({ maxDecodedBytes: 2 ** 21 }))).toMatchObject({ code: "TOO_LARGE", checksum: sum });
    // Of what has no length, nobody knows how dense it is.
    const dense = get({ maxDecodedRatio: 100 });
    if (length === undefined) expect((await dense)?.byteLength).toBe(2 ** 22);
    else expect(await failure(dense)).toMatchObject({ code: "TOO_LARGE", checksum: sum });
  });

  test("what is sent as it is has only its own", async () => {
    const server = await rawServer(() => http(200, zeros));
    const store = openStore(server.url, { maxDecodedBytes: 10, maxDecodedRatio: 1 });
    expect((await store.get(sum))?.byteLength).toBe(2 ** 22);
    expect(await failure(openStore(server.url, { maxBytes: 10 }).get(sum))).toMatchObject({ code: "TOO_LARGE" });
  });
});

test.each([
  ["status 403", () => http(403), "ACCESS_DENIED"],
  ["status 500", () => http(500), "STORE_FAILED"],
  ["no HTTP", () => "What?", "STORE_FAILED"],
  ["fewer bytes than announced", () => http(200, "x", { "content-length": 2, connection: "close" }), "STORE_FAILED"],
])("a failure is never missing: %s", async (name, answer, code) => {
  const server = await rawServer(({ socket }) => {
    socket.write(answer());
    if (name.startsWith("fewer")) socket.end();
    return undefined;
  });
  expect(await failure(openStore(server.url).get(checksum))).toMatchObject({ code, checksum });
});

test("stalls are given up, before an answer and in its middle", async () => {
  const timeouts = { connect: 50, headers: 50, stall: 100 };
  const silent = await rawServer(() => undefined);
  const half = await rawServer(() => http(200, bytes, { "content-length": 2_000 }));
  expect((await failure(openStore(silent.url, { timeouts }).get(checksum))).message).toContain("no answer in time");
  expect((await failure(openStore(half.url, { timeouts }).get(checksum))).message).toContain("does not get on");
  expect([silent.requests.length, half.requests.length]).toEqual([1, 1]);
});

test("an upload that gets on has time, though nobody sees it", async () => {
  const server = await rawServer(async ({ body }) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return http((await body()).equals(LARGE.bytes) ? 200 : 400);
  });
  await openStore(server.url, { timeouts: { connect: 50, headers: 50 } }).put(LARGE.checksum, LARGE.bytes);
  expect(server.requests).toHaveLength(1);
});

test("redirections: within the server, and elsewhere", async () => {
  const there = await rawServer(() => http(200, LARGE.bytes));
  const server = await rawServer(({ path }) => {
    if (path.startsWith("/moved/")) return http(200, bytes);
    return http(307, "", { location: path.includes(LARGE.checksum.hex()) ? there.url + path : `/moved${path}` });
  });
  const store = openStore(server.url, ONE);
  expect(await store.get(checksum)).toEqual(bytes);
  for (let turn = 0; turn < 2; turn++) {
    expect((await failure(store.get(LARGE.checksum))).message).toContain("redirects elsewhere");
  }
  // What was there is not read on.
  await until(() => there.requests.every(({ socket }) => socket.destroyed));
  const secret = openStore(server.url, { token: "s3cret" });
  const before = there.requests.length;
  expect(await failure(secret.get(LARGE.checksum))).toMatchObject({ code: "STORE_FAILED" });
  expect(there.requests).toHaveLength(before);
});

test("streams that are cancelled or aborted give their place back", { timeout: 20_000 }, async () => {
  const server = await rawServer(({ path }) =>
    path.endsWith(LARGE.checksum.hex()) ? http(200, LARGE.bytes, { "content-length": 5e6 }) : http(200, bytes),
  );
  const store = openStore(server.url, ONE);
  await (await store.getStream(LARGE.checksum))?.cancel();
  const half = (await store.getStream(LARGE.checksum))!.getReader();
  await half.read();
  await half.cancel();
  const controller = new AbortController();
  const aborted = await store.getStream(LARGE.checksum, controller);
  const reading = rejection(joinChunks(streamChunks(aborted!)));
  controller.abort(new Error("enough"));
  expect(await reading).toBe(controller.signal.reason);
  expect(await store.get(checksum)).toEqual(bytes);
  await until(() => server.requests.slice(0, 3).every(({ socket }) => socket.destroyed));
});

test("a source that fails: what it throws is passed on, and nothing is sent", async () => {
  const server = await rawServer(() => http(200));
  const reason = new Error("broken");
  const source = async function* () {
    yield* chunksOf(LARGE.bytes.subarray(0, 2e6), LARGE.bytes.subarray(2e6, 3e6));
    throw reason;
  };
  expect(await rejection(openStore(server.url).putStream(LARGE.checksum, source()))).toBe(reason);
  expect(server.requests).toHaveLength(0);
});
