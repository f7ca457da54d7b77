import { joinChunks, streamChunks } from "@seamless/store";
import { describe, expect, test } from "vitest";
import type { HashserverStore } from "../src/hashserver/index.ts";
import { failure, openStore } from "./support/client-store.ts";
import { chunk, head, http, type RawAnswer, type RawRequest, rawServer } from "./support/raw-server.ts";
import { sample } from "./support/sample.ts";

const { bytes, checksum } = sample(10_000);
const HALF = bytes.subarray(0, 5_000);
const QUICK = { timeouts: { connect: 1_000, headers: 100, stall: 100 } };

const READERS: Readonly<Record<string, (store: HashserverStore) => Promise<Uint8Array | undefined>>> = {
  get: (store) => store.get(checksum),
  async getStream(store) {
    const stream = await store.getStream(checksum);
    return stream && joinChunks(streamChunks(stream));
  },
};

type Break = (request: RawRequest) => RawAnswer;

const ending =
  (begin: Uint8Array): Break =>
  ({ socket }) =>
    void socket.end(begin);
const resetting =
  (begin: Uint8Array): Break =>
  ({ socket }) =>
    void socket.write(begin, () => setImmediate(() => socket.resetAndDestroy()));

/** What breaks in the middle of an answer, or before: the connection is to blame, and another attempt may go well. */
const BROKEN: Readonly<Record<string, Break>> = {
  "closed before the answer": ({ socket }) => void socket.end(),
  "reset before the answer": ({ socket }) => void socket.resetAndDestroy(),
  "closed in the status line": ending(Buffer.from("HTTP/1.1 2")),
  "closed in the headers": ending(Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 10000\r\nx-")),
  "closed after the headers": ending(head(200, { "content-length": 10_000 })),
  "fewer bytes than announced": ending(http(200, HALF, { "content-length": 10_000 })),
  "fewer bytes than announced, on a connection that ends anyway": ending(
    http(200, HALF, { "content-length": 10_000, connection: "close" }),
  ),
  "closed within a chunk": ending(
    Buffer.concat([head(200, { "transfer-encoding": "chunked" }), chunk(bytes).subarray(0, 999)]),
  ),
  "closed between two chunks": ending(Buffer.concat([head(200, { "transfer-encoding": "chunked" }), chunk(HALF)])),
  "closed between two chunks, on a connection that ends anyway": ending(
    Buffer.concat([head(200, { "transfer-encoding": "chunked", connection: "close" }), chunk(HALF)]),
  ),
  "reset in the middle": resetting(http(200, HALF, { "content-length": 10_000 })),
  "reset between two chunks": resetting(Buffer.concat([head(200, { "transfer-encoding": "chunked" }), chunk(HALF)])),
};

describe.each(Object.entries(BROKEN))("%s", (_, broken) => {
  test("get tries again, and gets the whole", async () => {
    const server = await rawServer((request, i) => (i === 0 ? broken(request) : http(200, bytes)));
    expect(await openStore(server.url).get(checksum)).toEqual(bytes);
    expect(server.requests).toHaveLength(2);
  });

  test.each(Object.entries(READERS))("%s fails when it happens each time", async (name, read) => {
    const server = await rawServer(broken);
    const store = openStore(server.url, { retries: { count: 2 } });
    const error = await failure(read(store));
    expect(error).toMatchObject({ code: "STORE_FAILED", store: server.url, checksum });
    expect(error.message).toContain(`cannot get ${checksum.hex()}: `);
    if (name === "get") expect(server.requests).toHaveLength(3);
  });

  test.each(Object.entries(READERS))("%s goes on where it stopped", async (_, read) => {
    const server = await rawServer((request, i) => {
      const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
      if (i === 0) return broken(request);
      if (from === undefined) return http(200, bytes);
      return http(206, bytes.subarray(Number(from)), { "content-range": `bytes ${from}-9999/10000` });
    });
    expect(await read(openStore(server.url))).toEqual(bytes);
    expect(server.requests).toHaveLength(2);
  });

  test.each(Object.entries(READERS))("%s gets the whole of a server that knows no ranges", async (_, read) => {
    const server = await rawServer((request, i) => (i === 0 ? broken(request) : http(200, bytes)));
    expect(await read(openStore(server.url))).toEqual(bytes);
    expect(server.requests).toHaveLength(2);
  });

  test.each(Object.entries(READERS))(
    "%s: what is put behind a beginning of something else is found out",
    async (_, read) => {
      const other = sample(10_000, 2).bytes;
      const server = await rawServer((request, i) => (i === 0 ? broken(request) : http(200, other)));
      const store = openStore(server.url);
      expect(await failure(read(store))).toMatchObject({ code: "CHECKSUM_MISMATCH", checksum });
    },
  );
});

/** Bytes that come whole, and are others. */
const WRONG: Readonly<Record<string, () => Buffer>> = {
  "one bit changed": () => http(200, bytes.with(7_000, bytes[7_000]! ^ 1)),
  "a length that is too small": () => http(200, bytes, { "content-length": 9_999 }),
  "no length, and an end too soon": () =>
    Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"), HALF]),
  "another buffer": () => http(200, sample(10_000, 2).bytes),
  "nothing at all": () => http(200),
  "a page in its place": () => http(200, "<html>Welcome to the Wi-Fi!</html>", { "content-type": "text/html" }),
};

describe.each(Object.entries(WRONG))("%s", (_, answer) => {
  test.each(Object.entries(READERS))("%s: CHECKSUM_MISMATCH, without another attempt", async (_, read) => {
    const server = await rawServer(({ socket }, i) => {
      if (i > 0) return http(200, bytes);
      socket.write(answer());
      if (answer().includes("connection: close")) socket.end();
      return undefined;
    });
    const store = openStore(server.url, { connections: 1 });
    expect(await failure(read(store))).toMatchObject({ code: "CHECKSUM_MISMATCH", store: server.url, checksum });
    expect(server.requests).toHaveLength(1);
    // What was left on the connection is not taken for the beginning of the next answer.
    expect(await read(store)).toEqual(bytes);
  });
});

test.each(Object.entries(READERS))("%s: a second answer smuggled behind the first is not taken", async (_, read) => {
  const smuggled = Buffer.concat([http(200, bytes), http(404)]);
  const server = await rawServer((_, i) => (i === 0 ? smuggled : http(200, bytes)));
  const store = openStore(server.url, { connections: 1 });
  expect(await read(store)).toEqual(bytes);
  expect(await read(store)).toEqual(bytes);
});

/** The timers of undici go off within a second or so, however short they are: so all of them wait at once. */
test("a server that stalls is given up; no other attempt would be quicker", async () => {
  const large = sample(16 * 2 ** 20);
  const stalling = async (
    answer: (request: RawRequest) => RawAnswer,
    ask: (store: HashserverStore) => Promise<unknown>,
  ) => {
    const server = await rawServer(answer);
    const error = await failure(ask(openStore(server.url, QUICK)));
    expect(server.requests).toHaveLength(1);
    return [error.code, error.message.replace(/.*: /, "")];
  };
  const silent = () => undefined;
  const half = () => http(200, HALF, { "content-length": 10_000 });
  const list = () => http(200, "[", { "content-length": 3 });
  const late = ["STORE_FAILED", "no answer in time"];
  const stuck = ["STORE_FAILED", "the answer does not get on"];
  const found = await Promise.all([
    stalling(silent, READERS["get"]!),
    stalling(silent, READERS["getStream"]!),
    stalling(silent, (store) => store.has([checksum])),
    stalling(silent, (store) => store.lengths([checksum])),
    stalling(silent, (store) => store.put(checksum, bytes)),
    // It does not even read.
    stalling(
      ({ socket }) => void socket.pause(),
      (store) => store.put(large.checksum, large.bytes),
    ),
    stalling(half, READERS["get"]!),
    stalling(half, READERS["getStream"]!),
    stalling(list, (store) => store.has([checksum])),
    stalling(list, (store) => store.lengths([checksum])),
  ]);
  expect(found).toEqual([...Array(6).fill(late), ...Array(4).fill(stuck)]);
});
