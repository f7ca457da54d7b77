import { memoryStore, streamChunks } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { pretendBun } from "./support/bun.ts";
import { failure, openStore } from "./support/client-store.ts";
import { http, type RawRequest, rawServer } from "./support/raw-server.ts";
import { collect, sample } from "./support/sample.ts";
import { serve } from "./support/server-fixture.ts";

const { bytes, checksum } = sample(1_000_000);
const LENGTH = bytes.byteLength;

/** Where a request asks to begin, in bytes; `undefined` for the whole. */
function start({ headers }: RawRequest): number | undefined {
  const [, from] = /^bytes=(\d+)-$/.exec(headers.range ?? "") ?? [];
  return from === undefined ? undefined : Number(from);
}

/** A server that gives so many bytes with each answer, and then breaks the connection. */
async function breaking(most: number) {
  const starts: (number | undefined)[] = [];
  const server = await rawServer((request) => {
    const from = start(request);
    starts.push(from);
    const rest = bytes.subarray(from ?? 0);
    const range = from === undefined ? {} : { "content-range": `bytes ${from}-${LENGTH - 1}/${LENGTH}` };
    const answer = http(from === undefined ? 200 : 206, rest.subarray(0, most), {
      ...range,
      "content-length": rest.byteLength,
    });
    request.socket.end(answer);
    return undefined;
  });
  return { server, starts };
}

describe.each(["undici", "fetch"])("through %s", (transport) => {
  test("a buffer that never comes at once comes in parts, each asked for once", async () => {
    if (transport === "fetch") pretendBun();
    const { server, starts } = await breaking(300_000);
    const store = openStore(server.url, { retries: { count: 1, firstDelay: 1 } });
    const told: number[] = [];
    const found = await store.get(checksum, { onProgress: ({ bytes }) => told.push(bytes) });
    expect(found).toEqual(bytes);
    expect(starts).toEqual([undefined, 300_000, 600_000, 900_000]);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(LENGTH);
  });
});

test("a stream that is read slowly goes on, too", async () => {
  const { server, starts } = await breaking(400_000);
  const stream = await openStore(server.url).getStream(checksum);
  expect(Buffer.concat(await collect(streamChunks(stream!)))).toEqual(Buffer.from(bytes));
  expect(starts).toEqual([undefined, 400_000, 800_000]);
});

test("a server that sends another part than it was asked for is asked for the whole", async () => {
  const server = await rawServer((request, i) => {
    if (i === 0) return void request.socket.end(http(200, bytes.subarray(0, 500_000), { "content-length": LENGTH }));
    if (start(request) === undefined) return http(200, bytes);
    return http(206, bytes.subarray(0, 10), { "content-range": `bytes 0-9/${LENGTH}` });
  });
  expect(await openStore(server.url).get(checksum)).toEqual(bytes);
  expect(server.requests).toHaveLength(3);
});

test("a buffer that is gone when it is to go on is a failure, never a shorter buffer", async () => {
  const server = await rawServer(({ socket }, i) =>
    i === 0 ? void socket.end(http(200, bytes.subarray(0, 500_000), { "content-length": LENGTH })) : http(404),
  );
  expect(await failure(openStore(server.url).get(checksum))).toMatchObject({ code: "STORE_FAILED", checksum });
});

describe("parts of a server", () => {
  const contents = new Map([[checksum.hex(), bytes]]);
  const small = sample(1_000);
  contents.set(small.checksum.hex(), small.bytes);
  const ask = async (url: string, range: string, which = checksum, headers = {}) => {
    const response = await fetch(`${url}${which.hex()}`, { headers: { range, ...headers } });
    const body = new Uint8Array(await response.arrayBuffer());
    return [response.status, response.headers.get("content-range"), body] as const;
  };

  test.each([
    ["bytes=0-", 0, LENGTH],
    ["bytes=999999-", 999_999, LENGTH],
    ["bytes=10-19", 10, 20],
    ["bytes=500000-2000000", 500_000, LENGTH],
    ["bytes=-7", LENGTH - 7, LENGTH],
    ["bytes=-2000000", 0, LENGTH],
    ["BYTES=1-1", 1, 2],
  ])("%s", async (range, from, to) => {
    const { url } = await serve({ store: memoryStore({ contents }) });
    const expected = [206, `bytes ${from}-${to - 1}/${LENGTH}`, bytes.slice(from, to)];
    expect(await ask(url, range)).toEqual(expected);
  });

  test("of a small buffer, also when it was asked for just before", async () => {
    const { url } = await serve({ store: memoryStore({ contents }) });
    for (const _ of [1, 2]) {
      expect(await ask(url, "bytes=990-", small.checksum)).toEqual([206, "bytes 990-999/1000", small.bytes.slice(990)]);
      expect((await ask(url, "none", small.checksum))[0]).toBe(200);
    }
  });

  test.each(["bytes=1000000-", "bytes=2000000-3000000", "bytes=-0"])("%s: 416, and how long it is", async (range) => {
    const { url } = await serve({ store: memoryStore({ contents }) });
    expect((await ask(url, range)).slice(0, 2)).toEqual([416, `bytes */${LENGTH}`]);
  });

  test.each(["bytes=5-1", "bytes=1-2,5-6", "bytes=", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=99999999999999999-"])(
    "%s is answered with the whole",
    async (range) => {
      const { url } = await serve({ store: memoryStore({ contents }) });
      expect(await ask(url, range)).toEqual([200, null, bytes]);
    },
  );

  test("of another version, the whole", async () => {
    const { url } = await serve({ store: memoryStore({ contents }) });
    const etag = `"${checksum.hex()}"`;
    expect((await ask(url, "bytes=5-", checksum, { "if-range": '"other"' }))[0]).toBe(200);
    expect((await ask(url, "bytes=5-", checksum, { "if-range": etag }))[0]).toBe(206);
  });

  test("of a store that cannot begin within a buffer, the whole", async () => {
    const { resumes: _, ...store } = memoryStore({ contents });
    const { url } = await serve({ store });
    expect(await ask(url, "bytes=5-")).toEqual([200, null, bytes]);
  });
});
