import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { rejection } from "@seamless/internal/testing";
import { memoryStore } from "@seamless/store";
import { collectGarbage, copyBuffers } from "@seamless/store/housekeeping";
import { describe, expect, test } from "vitest";
import { hashserverHandler, hashserverStore } from "../src/hashserver/index.ts";
import { collect, sample } from "./support/sample.ts";
import { FAST, startServer } from "./support/server.ts";

const TOKEN = "s3cret-t0ken";
const HOUR = 3_600_000;
const { bytes, checksum } = sample(1000);

async function started(options: { readonly allowDelete?: boolean; readonly token?: string } = {}) {
  const store = memoryStore({ name: "behind" });
  await store.put(checksum, bytes);
  const server = await startServer({ store, writable: true, ...options });
  return { store, server, client: hashserverStore(server.url, { ...FAST, token: TOKEN }) };
}

describe("list and DELETE", () => {
  test("with the token, and where they are allowed", async () => {
    const { store, server, client } = await started({ allowDelete: true, token: TOKEN });
    const [listed] = await collect(client.list!());
    expect(listed).toEqual({ checksum, length: 1000, stored: undefined, modified: expect.any(Number) });
    // Given out from memory, too.
    expect(await client.get(checksum)).toEqual(bytes);
    expect(await client.delete!(checksum, { minAge: HOUR })).toBe(false);
    expect(await client.delete!(checksum)).toBe(true);
    expect(await client.delete!(checksum)).toBe(false);
    expect(await client.get(checksum)).toBeUndefined();
    expect(await collect(store.list!())).toEqual([]);
    const other = hashserverStore(server.url, { ...FAST, token: "wrong" });
    expect(await rejection(other.delete!(checksum))).toMatchObject({ code: "ACCESS_DENIED" });
    expect(await rejection(collect(other.list!()))).toMatchObject({ code: "ACCESS_DENIED" });
    await server.close();
  });

  test("answer 401 without the token, and 405 where they are not allowed", async () => {
    const allowed = await started({ allowDelete: true, token: TOKEN });
    const refused = await started({ token: TOKEN });
    const path = `/${checksum.hex()}`;
    const headers = { authorization: `Bearer ${TOKEN}` };
    for (const [method, at] of [
      ["DELETE", path],
      ["GET", "/list"],
    ] as const) {
      expect((await fetch(`${allowed.server.url}${at.slice(1)}`, { method })).status).toBe(401);
      expect((await fetch(`${refused.server.url}${at.slice(1)}`, { method, headers })).status).toBe(405);
    }
    const options = await fetch(`${refused.server.url}${path.slice(1)}`, { method: "OPTIONS", headers });
    expect(options.headers.get("allow")).toBe("GET, HEAD, PUT");
    expect(await refused.store.has([checksum])).toEqual([true]);
    for (const work of [refused.client.delete!(checksum), collect(refused.client.list!())]) {
      expect(await rejection(work)).toMatchObject({ code: "UNSUPPORTED", message: expect.stringContaining("token") });
    }
    for (const { server } of [allowed, refused]) await server.close();
  });

  test("are nothing that a client without a token has", async () => {
    const store = hashserverStore("http://localhost:1");
    expect([store.list, store.delete]).toEqual([undefined, undefined]);
  });

  test("need a token, and a store that can", () => {
    const { list: _, ...blind } = memoryStore();
    const wrong = [
      { store: memoryStore(), allowDelete: true },
      { store: blind, allowDelete: true, token: TOKEN },
      { store: memoryStore({ writable: false }), allowDelete: true, token: TOKEN },
    ];
    for (const options of wrong) {
      expect(() => hashserverHandler(options)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    }
  });

  test("a long list comes whole, and may be left early", async () => {
    const { store, server, client } = await started({ allowDelete: true, token: TOKEN });
    for (let i = 0; i < 2345; i++) {
      const one = sample(8, i + 2);
      await store.put(one.checksum, one.bytes);
    }
    const all = (await collect(client.list!())).map((one) => one.checksum.hex());
    expect(all.sort()).toEqual((await collect(store.list!())).map((one) => one.checksum.hex()).sort());
    for await (const _ of client.list!()) break;
    const reason = new Error("enough");
    expect(await rejection(collect(client.list!({ signal: AbortSignal.abort(reason) })))).toBe(reason);
    await server.close();
  });
});

test.each([
  ["without its end", `["${checksum.hex()}",1,null,null]\n`],
  ["that stops in a line", `["${checksum.hex()}",1,nu`],
  ["that goes on after its end", `null\n["${checksum.hex()}",1,null,null]\n`],
  ["with a line of something else", `{"a":1}\nnull\n`],
  ["with a checksum that is none", `["abc",1,null,null]\nnull\n`],
  ["with a negative length", `["${checksum.hex()}",-1,null,null]\nnull\n`],
  ["that is a page of HTML", "<html>".repeat(1000)],
  ["that is empty", ""],
])("a list %s is an error", async (_, body) => {
  const server = createServer((_request, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const store = hashserverStore(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { ...FAST, token: "x" });
  expect(await rejection(collect(store.list!()))).toMatchObject({ code: "STORE_FAILED" });
  await store.close();
  server.close();
});

describe("what is there is young again", () => {
  const ways = {
    put: (store: ReturnType<typeof hashserverStore>) => store.put(checksum, bytes),
    check: (store: ReturnType<typeof hashserverStore>) => store.check!([checksum]),
    touch: (store: ReturnType<typeof hashserverStore>) => store.touch!([checksum]),
  };

  test.each(Object.keys(ways) as (keyof typeof ways)[])("after %s", async (way) => {
    const { store } = await started();
    const touched: string[] = [];
    const watched = Object.assign(memoryStore(), {
      ...store,
      touch: async (asked: readonly (typeof checksum)[]) => {
        touched.push(...asked.map((each) => each.hex()));
        return store.touch!(asked);
      },
    });
    const server = await startServer({ store: watched, writable: true });
    const client = hashserverStore(server.url, FAST);
    await ways[way](client);
    expect(touched).toEqual([checksum.hex()]);
    expect(await client.touch!([sample(5, 9).checksum, checksum])).toEqual([false, true]);
    await server.close();
  });
});

test("garbage of a server is collected from afar", async () => {
  const { store, server, client } = await started({ allowDelete: true, token: TOKEN });
  const other = sample(10, 4);
  await client.put(other.checksum, other.bytes);
  const options = { roots: [other.checksum], dryRun: false };
  expect(await collectGarbage(client, options)).toMatchObject({ young: { buffers: 1 }, removed: { buffers: 0 } });
  expect(await collectGarbage(client, { ...options, minAge: 0 })).toMatchObject({ removed: { buffers: 1 } });
  expect(await store.has([checksum, other.checksum])).toEqual([false, true]);
  expect(await copyBuffers(client, memoryStore(), [other.checksum])).toMatchObject({ copied: 1 });
  await server.close();
});
