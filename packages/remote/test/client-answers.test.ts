import type { Checksum } from "@seamless/checksum";
import { describe, expect, test } from "vitest";
import type { HashserverStore } from "../src/hashserver/index.ts";
import { failure, openStore } from "./support/client-store.ts";
import { deadUrl, http, rawServer } from "./support/raw-server.ts";
import { chunksOf, sample } from "./support/sample.ts";

const { bytes, checksum } = sample(1000);
const LARGE = sample(3 * 2 ** 20);

type Operation = (store: HashserverStore, checksum: Checksum) => Promise<unknown>;

const READS: Readonly<Record<string, Operation>> = {
  get: (store, sum) => store.get(sum),
  getStream: (store, sum) => store.getStream(sum),
  has: (store, sum) => store.has([sum]),
  lengths: (store, sum) => store.lengths([sum]),
};

const WRITES: Readonly<Record<string, Operation>> = {
  put: (store) => store.put(checksum, bytes),
  putStream: (store) => store.putStream(checksum, chunksOf(bytes)),
  "putStream, large": (store) =>
    store.putStream(LARGE.checksum, chunksOf(LARGE.bytes.subarray(0, 2e6), LARGE.bytes.subarray(2e6))),
  promise: (store) => store.promise(checksum),
};

describe("an answer that is none is an error, and never missing", () => {
  // A 404 to a question is how older servers say that they do not know it; to a buffer it is proven absence.
  test.each(
    Object.entries({ ...READS, ...WRITES }).flatMap(([name, operation]) =>
      [204, 206, 304, 401, 403, 407, 410, 418, 421].map((status) => [name, status, operation] as const),
    ),
  )("%s: status %i", async (_, status, operation) => {
    const server = await rawServer(() => http(status));
    const error = await failure(operation(openStore(server.url), checksum));
    const code = [401, 403, 407].includes(status) ? "ACCESS_DENIED" : "UNSUPPORTED";
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(`status ${status}`)]);
    expect(error.message).toContain(server.url);
    // None of these is worth another attempt.
    expect(server.requests).toHaveLength(1);
  });

  test.each(Object.entries({ ...READS, ...WRITES }))("%s: 500, again and again", async (name, operation) => {
    const server = await rawServer(() => http(500));
    const error = await failure(operation(openStore(server.url, { retries: { count: 2 } }), checksum));
    expect(error).toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("500") });
    expect(server.requests).toHaveLength(name === "putStream, large" ? 1 : 3);
  });

  test.each(Object.entries(READS))("%s: not HTTP", async (_, operation) => {
    const server = await rawServer(() => "SSH-2.0-OpenSSH_9.6\r\n");
    expect(await failure(operation(openStore(server.url), checksum))).toMatchObject({ code: "STORE_FAILED" });
    expect(server.requests).toHaveLength(1);
  });

  test.each(Object.entries({ ...READS, ...WRITES }))("%s: TLS to a server that has none", async (_, operation) => {
    const server = await rawServer(() => http(200));
    const store = openStore(server.url.replace("http", "https"));
    expect(await failure(operation(store, checksum))).toMatchObject({ code: "STORE_FAILED", store: store.name });
  });

  test.each(Object.entries({ ...READS, ...WRITES }))("%s: headers without end", async (_, operation) => {
    const server = await rawServer(() => http(200, "", { "x-long": "x".repeat(100_000) }));
    expect(await failure(operation(openStore(server.url), checksum))).toMatchObject({ code: "STORE_FAILED" });
  });
});

describe("codes", () => {
  test.each(Object.entries(WRITES))("%s: 405 is READ_ONLY", async (_, operation) => {
    const server = await rawServer(() => http(405));
    expect(await failure(operation(openStore(server.url), checksum))).toMatchObject({ code: "READ_ONLY" });
    expect(server.requests).toHaveLength(1);
  });

  test.each(Object.entries(WRITES))("%s: 413 is TOO_LARGE", async (_, operation) => {
    const server = await rawServer(() => http(413));
    expect(await failure(operation(openStore(server.url), checksum))).toMatchObject({ code: "TOO_LARGE" });
  });

  test.each(["has", "lengths"])("%s: 413 is said of the question, not of a buffer", async (name) => {
    const server = await rawServer(() => http(413));
    const error = await failure(READS[name]!(openStore(server.url), checksum));
    expect([error.code, error.message]).toEqual(["TOO_LARGE", expect.not.stringContaining("undefined")]);
  });

  test.each(["put", "putStream", "putStream, large"])("%s: 400 is a server with another hash", async (name) => {
    const server = await rawServer(() => http(400));
    const error = await failure(WRITES[name]!(openStore(server.url, { retries: { count: 3 } }), checksum));
    expect([error.code, error.message]).toEqual(["CHECKSUM_MISMATCH", expect.stringContaining("another hash")]);
    expect(server.requests).toHaveLength(1);
  });

  test.each(["get", "getStream"])("%s: bytes with another checksum are not asked for again", async (name) => {
    const server = await rawServer(() => http(200, bytes.subarray(1)));
    const store = openStore(server.url, { retries: { count: 3 } });
    const read = async () => {
      const found = await READS[name]!(store, checksum);
      return found instanceof ReadableStream ? new Response(found).arrayBuffer() : found;
    };
    expect(await failure(read())).toMatchObject({ code: "CHECKSUM_MISMATCH", checksum });
    expect(server.requests).toHaveLength(1);
  });

  test("put: wrong bytes are not sent at all", async () => {
    const server = await rawServer(() => http(200));
    const error = await failure(openStore(server.url).put(checksum, bytes.subarray(1)));
    expect([error.code, server.requests.length]).toEqual(["CHECKSUM_MISMATCH", 0]);
  });

  test.each(["get", "getStream"])("%s: 404, and nothing else, is missing", async (name) => {
    const server = await rawServer(() => http(404, "Not found"));
    expect(await READS[name]!(openStore(server.url), checksum)).toBeUndefined();
  });

  test.each(["get", "has", "lengths"])("%s: a refused connection", async (name) => {
    const error = await failure(READS[name]!(openStore(await deadUrl()), checksum));
    expect([error.code, error.message]).toEqual(["STORE_FAILED", expect.stringContaining("connection refused")]);
  });
});

describe("lists that are none", () => {
  const LISTS = {
    "too short": "[]",
    "too long": "[1000,1000]",
    "no list": '{"0":1000}',
    "a text": '"true"',
    "cut off": "[100",
    empty: "",
    null: "[null]",
    negative: "[-1]",
    "no whole number": "[1.5]",
    "beyond all numbers": "[1e400]",
    texts: '["1000"]',
    nested: "[[1000]]",
    HTML: "<html>It works!</html>",
    huge: `[${" ".repeat(10_000)}1000]`,
  };
  test.each(
    Object.entries(LISTS).flatMap(([name, list]) => [[name, "has", list] as const, [name, "lengths", list] as const]),
  )("%s, to %s", async (_, question, list) => {
    const server = await rawServer(() => http(200, list));
    const error = await failure(READS[question]!(openStore(server.url), checksum));
    expect(error).toMatchObject({ code: "STORE_FAILED", store: server.url });
    expect(server.requests).toHaveLength(1);
  });

  test("promise: an answer that is no promise", async () => {
    for (const answer of ["", "{}", '{"expires_in":"soon"}', '{"expires_in":1.2.3}', " ".repeat(10_000)]) {
      const server = await rawServer(() => http(202, answer));
      const error = await failure(openStore(server.url).promise(checksum));
      expect(error).toMatchObject({ code: "STORE_FAILED", checksum, store: server.url });
    }
  });

  test("checkHealth", async () => {
    const server = await rawServer((_, i) => http(i === 0 ? 200 : 404, "OK"));
    const store = openStore(server.url);
    expect(await store.checkHealth()).toBeUndefined();
    expect(await failure(store.checkHealth())).toMatchObject({ code: "UNSUPPORTED" });
    expect(server.requests.map(({ method, path }) => [method, path])).toEqual(Array(2).fill(["GET", "/healthcheck"]));
  });
});
