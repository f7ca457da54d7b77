import { rejection, turn } from "@seamless/internal/testing";
import { memoryStore, streamChunks } from "@seamless/store";
import { describe, expect, onTestFinished, test } from "vitest";
import type { HashserverStore } from "../src/hashserver/index.ts";
import { createHashserver } from "../src/hashserver/node/server.ts";
import { failure, openStore, until } from "./support/client-store.ts";
import { http, rawServer } from "./support/raw-server.ts";
import { chunksOf, sample } from "./support/sample.ts";

const SMALL = sample(1_000);
const LARGE = sample(4 * 2 ** 20, 2);
const ONE = { connections: 1 };

describe("connections are kept", () => {
  const missing = sample(10, 3).checksum;
  const empty = sample(0).checksum;
  const streamed = sample(2 * 2 ** 20, 4);

  /** Everything that is asked of a server. */
  const QUESTIONS: Readonly<Record<string, (store: HashserverStore) => Promise<unknown>>> = {
    checkHealth: (store) => store.checkHealth(),
    put: (store) => store.put(SMALL.checksum, SMALL.bytes),
    "put of what is there": (store) => store.put(SMALL.checksum, SMALL.bytes),
    "put, large": (store) => store.put(LARGE.checksum, LARGE.bytes),
    "put of nothing": (store) => store.put(empty, new Uint8Array()),
    putStream: (store) =>
      store.putStream(streamed.checksum, chunksOf(streamed.bytes.subarray(0, 2e6), streamed.bytes.subarray(2e6))),
    promise: (store) => store.promise(SMALL.checksum),
    get: (store) => store.get(SMALL.checksum),
    "get, missing": (store) => store.get(missing),
    getStream: async (store) => new Response(await store.getStream(LARGE.checksum)).arrayBuffer(),
    "getStream, cancelled with little left": async (store) => (await store.getStream(SMALL.checksum))?.cancel(),
    has: (store) => store.has([SMALL.checksum, missing]),
    "has of nothing": (store) => store.has([empty]),
    lengths: (store) => store.lengths([SMALL.checksum, missing, empty]),
  };

  test("by whatever is asked", async () => {
    const { server, listen, close } = createHashserver({ store: memoryStore(), writable: true });
    const { url } = await listen({ port: 0 });
    onTestFinished(() => close({ timeout: 0 }));
    const accepted: string[] = [];
    let asked = "";
    server.on("connection", () => accepted.push(asked));
    const store = openStore(url, ONE);
    for (const [name, ask] of Object.entries(QUESTIONS)) {
      asked = name;
      await ask(store);
    }
    expect(accepted).toEqual(["checkHealth"]);
  });
});

test("no more requests at a time than connections, in the order asked", async () => {
  const all = Array.from({ length: 40 }, (_, i) => sample(100, i));
  const order: string[] = [];
  let [now, most] = [0, 0];
  const server = await rawServer(async ({ path }) => {
    order.push(path.slice(1));
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 2));
    now--;
    return http(200, all.find(({ checksum }) => path === `/${checksum.hex()}`)!.bytes);
  });
  const store = openStore(server.url, { connections: 3 });
  const found = await Promise.all(all.map(({ checksum }) => store.get(checksum)));
  expect(found).toEqual(all.map(({ bytes }) => bytes));
  expect([most, server.connections]).toEqual([3, 3]);
  expect(order).toEqual(all.map(({ checksum }) => checksum.hex()));
});

describe("a stream that is not read to its end gives its connection back", () => {
  type Leave = (stream: ReadableStream<Uint8Array>, controller: AbortController) => Promise<unknown>;
  const WAYS: Readonly<Record<string, Leave>> = {
    "cancelled, unread": (stream) => stream.cancel(new Error("enough")),
    "cancelled, half read": async (stream) => {
      const reader = stream.getReader();
      await reader.read();
      await reader.cancel(new Error("enough"));
    },
    "cancelled, while it is read": async (stream) => {
      const reader = stream.getReader();
      await reader.read();
      const rest = readOn(reader);
      await reader.cancel(new Error("enough"));
      await rest;
    },
    "left by a break": async (stream) => {
      for await (const _ of streamChunks(stream)) break;
    },
    "aborted, unread": async (_, controller) => controller.abort(new Error("enough")),
    "aborted, half read": async (stream, controller) => {
      const reader = stream.getReader();
      await reader.read();
      controller.abort(new Error("enough"));
      expect(await rejection(reader.read())).toBe(controller.signal.reason);
    },
    "aborted, while it is read": async (stream, controller) => {
      const reader = stream.getReader();
      await reader.read();
      const rest = rejection(readOn(reader));
      controller.abort(new Error("enough"));
      expect(await rest).toBe(controller.signal.reason);
    },
  };
  /** The second does not get on, and would keep its connection for the half minute that it may. */
  const BODIES = {
    "of a quick server": () => http(200, LARGE.bytes),
    "of one that stalls": () =>
      http(200, LARGE.bytes.subarray(0, 2 ** 18), { "content-length": LARGE.bytes.byteLength }),
    "of one that stalls before a small rest": () =>
      http(200, LARGE.bytes.subarray(0, 2 ** 17), { "content-length": 2 ** 17 + 100 }),
    "of one that stalls in chunks": () =>
      Buffer.concat([
        Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n20000\r\n"),
        LARGE.bytes.subarray(0, 2 ** 17),
      ]),
  };

  describe.each(Object.entries(BODIES))("%s", (_, body) => {
    test.each(Object.entries(WAYS))("%s", { timeout: 20_000 }, async (_, leave) => {
      const server = await rawServer(({ path }) =>
        path.endsWith(LARGE.checksum.hex()) ? body() : http(200, SMALL.bytes),
      );
      const store = openStore(server.url, ONE);
      const controller = new AbortController();
      const stream = await store.getStream(LARGE.checksum, { signal: controller.signal });
      await leave(stream!, controller);
      expect(await store.get(SMALL.checksum)).toEqual(SMALL.bytes);
      expect(server.open.size).toBe(1);
    });
  });

  test("an error page that stalls does not keep its connection", { timeout: 20_000 }, async () => {
    const server = await rawServer((_, i) =>
      i === 0 ? http(404, "Not", { "content-length": 9 }) : http(200, SMALL.bytes),
    );
    const store = openStore(server.url, ONE);
    expect(await store.get(SMALL.checksum)).toBeUndefined();
    expect(await store.get(SMALL.checksum)).toEqual(SMALL.bytes);
  });

  test("nor does one without end", { timeout: 20_000 }, async () => {
    const server = await rawServer(({ socket }, i) => {
      if (i > 0) return http(200, SMALL.bytes);
      socket.write("HTTP/1.1 403 Forbidden\r\n\r\n");
      const more = () => socket.write(LARGE.bytes, (error) => void (error ? undefined : more()));
      more();
      return undefined;
    });
    const store = openStore(server.url, ONE);
    expect(await failure(store.get(SMALL.checksum))).toMatchObject({ code: "ACCESS_DENIED" });
    expect(await store.get(SMALL.checksum)).toEqual(SMALL.bytes);
    await until(() => server.open.size === 1);
  });
});

describe("aborting", () => {
  test("whoever waits for a connection is let go, and takes none with it", async () => {
    const server = await rawServer(({ path }) =>
      path === `/${LARGE.checksum.hex()}` ? http(200, LARGE.bytes) : http(200, SMALL.bytes),
    );
    const store = openStore(server.url, ONE);
    const stream = await store.getStream(LARGE.checksum);
    const controller = new AbortController();
    const waiting = Array.from({ length: 3 }, () =>
      rejection(store.get(SMALL.checksum, { signal: controller.signal })),
    );
    const other = store.get(SMALL.checksum);
    controller.abort(new Error("enough"));
    for (const one of waiting) expect(await one).toBe(controller.signal.reason);
    await stream?.cancel();
    expect(await other).toEqual(SMALL.bytes);
    expect(server.requests).toHaveLength(2);
  });

  test("one signal for hundreds of requests: no listener is left, none too many is added", async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on("warning", warned);
    onTestFinished(() => void process.off("warning", warned));
    const server = await rawServer(({ path, method }) => {
      if (path === "/buffer-length") return http(200, "[1000]");
      if (path.startsWith("/redirected")) return http(method === "PUT" ? 201 : 200, SMALL.bytes);
      return http(308, "", { location: `/redirected${path}` });
    });
    const store = openStore(server.url);
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const { addEventListener } = signal;
    signal.addEventListener = function (...args: Parameters<typeof addEventListener>) {
      listeners++;
      return addEventListener.apply(this, args);
    };
    const read = async () => new Response(await store.getStream(SMALL.checksum, { signal })).arrayBuffer();
    await Promise.all(
      Array.from({ length: 50 }, () => [
        store.get(SMALL.checksum, { signal }),
        store.lengths([SMALL.checksum], { signal }),
        store.put(SMALL.checksum, SMALL.bytes, { signal }),
        read(),
      ]).flat(),
    );
    expect(listeners).toBe(1);
    // Another two hundred, none of which will have an answer.
    const silent = await rawServer(() => undefined);
    const hanging = openStore(silent.url, { connections: 200 });
    const all = Array.from({ length: 200 }, () => rejection(hanging.get(SMALL.checksum, { signal })));
    await until(() => silent.requests.length === 200);
    controller.abort(new Error("enough"));
    expect(new Set(await Promise.all(all))).toEqual(new Set([signal.reason]));
    await until(() => silent.open.size === 0);
    await turn();
    expect(warnings).toEqual([]);
  });
});

describe("close", () => {
  test("breaks off what is under way, and leaves no connection", { timeout: 20_000 }, async () => {
    const server = await rawServer(({ path, method, incoming }) => {
      if (method === "GET" && path === `/${LARGE.checksum.hex()}`)
        return http(200, LARGE.bytes.subarray(0, 1e6), { "content-length": 4e6 });
      if (path === "/buffer-length") return http(503, "", { "retry-after": 1_000 });
      incoming.resume();
      return undefined;
    });
    const store = openStore(server.url, { connections: 6, retries: { maxDelay: 50 } });
    const reader = (await store.getStream(LARGE.checksum))!.getReader();
    await reader.read();
    const unread = await store.getStream(LARGE.checksum);
    const hanging = async function* () {
      for (let at = 0; at < 3e6; at += 1e6) yield LARGE.bytes.slice(at, at + 1e6);
      await new Promise(() => {});
    };
    const all = [
      store.get(SMALL.checksum),
      store.put(LARGE.checksum, LARGE.bytes),
      store.putStream(LARGE.checksum, hanging()),
      store.lengths([SMALL.checksum]),
      // These wait for a connection.
      ...Array.from({ length: 5 }, () => store.get(SMALL.checksum)),
    ].map(failure);
    await until(() => server.requests.length >= 6);
    // How many chunks there are before the rest that never comes is up to Node.
    const toTheEnd = async () => {
      while (!(await reader.read()).done);
    };
    const reading = failure(toTheEnd());
    await Promise.all([store.close(), store.close()]);
    for (const error of await Promise.all(all))
      expect(error).toMatchObject({ code: "STORE_FAILED", store: server.url });
    expect(await reading).toMatchObject({ code: "STORE_FAILED" });
    expect(await failure(unread!.getReader().read())).toMatchObject({ code: "STORE_FAILED" });
    await until(() => server.open.size === 0);
    expect((await failure(store.get(SMALL.checksum))).message).toContain("the store is closed");
  });

  test("before anything was asked", async () => {
    const store = openStore("http://127.0.0.1:9");
    await store.close();
    expect(await failure(store.get(SMALL.checksum))).toMatchObject({ code: "STORE_FAILED" });
  });

  test("idle connections are closed", async () => {
    const server = await rawServer(() => http(200, SMALL.bytes));
    const store = openStore(server.url);
    await Promise.all(Array.from({ length: 5 }, () => store.get(SMALL.checksum)));
    expect(server.open.size).toBe(5);
    await store.close();
    await until(() => server.open.size === 0);
  });
});

async function readOn(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}
