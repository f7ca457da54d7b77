import { Checksum } from "@seamless/checksum";
import { describe, expect, test } from "vitest";
import { failure, openStore } from "./support/client-store.ts";
import { http, type RawRequest, rawServer } from "./support/raw-server.ts";
import { sample } from "./support/sample.ts";

const { bytes, checksum } = sample(1_000);
const missing = sample(1_000, 2).checksum;
const empty = sample(0).checksum;
const BOTH = [checksum, missing];

/** How a server says that it does not know a question. */
const UNKNOWN = [400, 404, 405, 422, 501];

/** A server that has one buffer, and knows only some questions. */
function older(status: number, has?: (request: RawRequest) => Promise<unknown> | unknown) {
  return rawServer(async (request) => {
    const { path } = request;
    if (path === "/has" && has !== undefined) return http(200, JSON.stringify(await has(request)));
    if (path === "/has" || path === "/buffer-length") return http(status);
    return path === `/${checksum.hex()}` ? http(200, bytes) : http(404);
  });
}

const paths = (requests: readonly RawRequest[]) => requests.map(({ path }) => path.slice(0, 15));

describe.each(UNKNOWN)("servers that answer %i to what they do not know", (status) => {
  test("without /buffer-length: /has is asked, and lengths are those of the answers to GET", async () => {
    const server = await older(status, () => [true, false]);
    const store = openStore(server.url);
    expect(await store.has(BOTH)).toEqual([true, false]);
    expect(await store.lengths(BOTH)).toEqual([1_000, undefined]);
    // The question that it does not know is asked once.
    expect(paths(server.requests)).toEqual(["/buffer-length", "/has", "/has", `/${checksum.hex()}`.slice(0, 15)]);
  });

  test("whose /has answers lengths", async () => {
    const server = await older(status, () => [1_000, 0]);
    const store = openStore(server.url);
    expect(await store.has(BOTH)).toEqual([true, false]);
    expect(await store.lengths(BOTH)).toEqual([1_000, undefined]);
    expect(paths(server.requests)).toEqual(["/buffer-length", "/has", "/has"]);
  });

  test("without any of the two: each buffer is asked for", async () => {
    const server = await older(status);
    const store = openStore(server.url);
    expect(await store.has(BOTH)).toEqual([true, false]);
    expect(await store.lengths(BOTH)).toEqual([1_000, undefined]);
  });
});

test("a failure is not taken for an older server", async () => {
  for (const status of [401, 403, 500, 503]) {
    const server = await older(status, () => [true, false]);
    const code = status < 500 ? "ACCESS_DENIED" : "STORE_FAILED";
    expect(await failure(openStore(server.url).has(BOTH))).toMatchObject({ code });
  }
});

test("one that is refused, when it is asked for each, fails", async () => {
  const server = await rawServer(({ path }) => http(path.length > 20 ? 403 : 404));
  const store = openStore(server.url);
  expect(await failure(store.has(BOTH))).toMatchObject({ code: "ACCESS_DENIED" });
  expect(await failure(store.lengths(BOTH))).toMatchObject({ code: "ACCESS_DENIED" });
});

test("a promise (`true` among the lengths) is nothing that is there", async () => {
  const server = await rawServer(() => http(200, "[true,1000]"));
  const store = openStore(server.url);
  expect(await store.has(BOTH)).toEqual([false, true]);
  expect(await store.lengths(BOTH)).toEqual([undefined, 1_000]);
});

test("put: an older server that makes whoever asks wait for the other upload", async () => {
  let there = false;
  const server = await rawServer(({ method, path }, i) => {
    if (method === "PUT") {
      there = i > 0;
      return http(there ? 201 : 202);
    }
    if (path === "/buffer-length") return http(404);
    if (path === "/has") return http(200, "[true]");
    // The buffer itself is not answered before it has come.
    return there ? http(200, bytes) : undefined;
  });
  const timeouts = { headers: 100 };
  await openStore(server.url, { timeouts }).put(checksum, bytes);
  expect(server.requests.filter(({ method }) => method === "PUT")).toHaveLength(2);
});

describe("the length of nothing is 0, there or not", () => {
  const server = (status: number) =>
    rawServer(({ path }) =>
      path === `/${empty.hex()}` ? http(status) : http(200, path === "/has" ? "[false]" : "[0]"),
    );

  test.each([
    [200, true, 0],
    [404, false, undefined],
  ])("status %i", async (status, has, length) => {
    const store = openStore((await server(status)).url);
    expect(await store.has([empty])).toEqual([has]);
    expect(await store.lengths([empty])).toEqual([length]);
    expect(await store.has([empty, missing, empty])).toEqual([has, false, has].map(Boolean));
    expect(await store.get(empty)).toEqual(has ? new Uint8Array() : undefined);
    const stream = await store.getStream(empty);
    expect(stream && (await new Response(stream).arrayBuffer()).byteLength).toBe(length);
  });

  test("a failure to look is none of the two", async () => {
    const store = openStore((await server(403)).url);
    expect(await failure(store.has([empty]))).toMatchObject({ code: "ACCESS_DENIED" });
    expect(await failure(store.lengths([empty]))).toMatchObject({ code: "ACCESS_DENIED" });
  });
});

test("many checksums are asked for in batches, all of them, in order", async () => {
  const checksums = Array.from({ length: 2_345 }, (_, i) => Checksum.of(new TextEncoder().encode(String(i))));
  const length = (hex: string) => Number.parseInt(hex.slice(0, 2), 16);
  const sizes: number[] = [];
  const server = await rawServer(async ({ body, headers, method, path }) => {
    const asked: string[] = JSON.parse((await body()).toString());
    expect([method, path, headers["content-type"]]).toEqual(["GET", "/buffer-length", "application/json"]);
    sizes.push(asked.length);
    return http(200, JSON.stringify(asked.map(length)));
  });
  const lengths = await openStore(server.url, { batchSize: 500 }).lengths(checksums);
  expect(lengths).toEqual(checksums.map((each) => length(each.hex()) || undefined));
  expect(sizes.sort()).toEqual([345, 500, 500, 500, 500]);
  expect(await openStore(server.url).has([])).toEqual([]);
});
