import { brotliCompressSync, gzipSync } from "node:zlib";
import { Checksum } from "@seamless/checksum";
import { joinChunks, streamChunks } from "@seamless/store";
import { describe, expect, test } from "vitest";
import type { HashserverStore } from "../src/hashserver/index.ts";
import { failure, openStore, until } from "./support/client-store.ts";
import { GREEDY_ZSTD, TEXT, TEXT_ZSTD, zstdStored, zstdZeros } from "./support/client-zstd.ts";
import { head, http, rawServer } from "./support/raw-server.ts";
import { sample } from "./support/sample.ts";

const checksum = Checksum.of(TEXT);

const READERS: Readonly<Record<string, (store: HashserverStore, sum: Checksum) => Promise<Uint8Array | undefined>>> = {
  get: (store, sum) => store.get(sum),
  async getStream(store, sum) {
    const stream = await store.getStream(sum);
    return stream && joinChunks(streamChunks(stream));
  },
};

describe.each(Object.entries(READERS))("%s", (_, read) => {
  test.each([
    ["identity", TEXT],
    ["gzip", gzipSync(TEXT)],
    ["x-gzip", gzipSync(TEXT)],
    ["zstd", TEXT_ZSTD],
    ["zstd", zstdStored(TEXT)],
    ["gzip, zstd", zstdStored(gzipSync(TEXT))],
  ])("%s: the checksum is that of the decoded bytes", async (coding, encoded) => {
    const server = await rawServer(() => http(200, encoded, { "content-encoding": coding }));
    expect(await read(openStore(server.url), checksum)).toEqual(TEXT);
    // Whoever has the bytes as they are need not encode them.
    expect(server.requests[0]?.headers["accept-encoding"]).toBe("identity, zstd;q=0.5, gzip;q=0.5");
  });

  test.each([
    ["gzip that is not", "gzip", TEXT],
    ["gzip that is zstd", "gzip", TEXT_ZSTD],
    ["zstd that is not", "zstd", TEXT],
    ["zstd that is gzip", "zstd", gzipSync(TEXT)],
    ["gzip, cut off, in a whole answer", "gzip", gzipSync(TEXT).subarray(0, -9)],
    ["zstd, cut off, in a whole answer", "zstd", TEXT_ZSTD.subarray(0, -9)],
    ["zstd that wants too much memory", "zstd", GREEDY_ZSTD],
    ["brotli", "br", brotliCompressSync(TEXT)],
    ["a coding that nobody knows", "rot13", TEXT],
    ["one of these with another", "gzip, br", brotliCompressSync(gzipSync(TEXT))],
  ])("a lie about the encoding (%s) is a failure, without another attempt", async (_, coding, encoded) => {
    const server = await rawServer((_, i) =>
      i === 0 ? http(200, encoded, { "content-encoding": coding }) : http(200, TEXT),
    );
    const store = openStore(server.url, { connections: 1 });
    expect(await failure(read(store, checksum))).toMatchObject({ code: "STORE_FAILED", store: server.url, checksum });
    expect(server.requests).toHaveLength(1);
    // The connection was given back, or was replaced.
    expect(await read(store, checksum)).toEqual(TEXT);
  });

  test("the wrong bytes, well encoded, are a mismatch", async () => {
    const server = await rawServer(() => http(200, gzipSync("something else"), { "content-encoding": "gzip" }));
    expect(await failure(read(openStore(server.url), checksum))).toMatchObject({ code: "CHECKSUM_MISMATCH" });
  });

  test.each(["gzip", "zstd"])("%s: an answer that breaks off is one that broke, not one that lies", async (coding) => {
    const encoded = coding === "gzip" ? gzipSync(TEXT) : TEXT_ZSTD;
    const whole = http(200, encoded, { "content-encoding": coding });
    const server = await rawServer(({ socket }, i) => (i === 0 ? void socket.end(whole.subarray(0, -20)) : whole));
    expect(await read(openStore(server.url), checksum)).toEqual(TEXT);
    const broken = await rawServer(({ socket }) => void socket.end(whole.subarray(0, -20)));
    expect(await failure(read(openStore(broken.url), checksum))).toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining("closed before all"),
    });
  });

  test.each([
    ["gzip", gzipSync(new Uint8Array(16 * 2 ** 20))],
    ["zstd", zstdZeros(128)],
  ])("a bomb of %s is stopped at the limit, and nobody reads the rest", async (coding, part) => {
    let written = 0;
    const server = await rawServer(({ socket }) => {
      socket.write(head(200, { "content-encoding": coding, connection: "close" }));
      // Without end.
      const more = () => {
        written += part.byteLength;
        socket.write(part, (error) => void (error ? undefined : more()));
      };
      more();
      return undefined;
    });
    const store = openStore(server.url, { maxBytes: 1_000_000 });
    const before = process.memoryUsage().rss;
    expect(await failure(read(store, checksum))).toMatchObject({ code: "TOO_LARGE", store: server.url, checksum });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
    await until(() => server.requests[0]!.socket.destroyed);
    expect(server.requests).toHaveLength(1);
    // What fits into the buffers of the system, but not what it says.
    expect(written).toBeLessThan(32 * 2 ** 20);
  });
});

/** 64 MiB of zeros, in 2 or 66 kB. */
const ZEROS = new Uint8Array(2 ** 26);
const DENSE = { zstd: zstdZeros(512), gzip: gzipSync(ZEROS) } as const;
const FEW = { zstd: zstdZeros(4), gzip: gzipSync(ZEROS.subarray(0, 2 ** 19)) } as const;

describe.each(Object.entries(READERS))("what an encoded answer may become, %s", (_, read) => {
  const sums = { dense: Checksum.of(ZEROS), few: Checksum.of(ZEROS.subarray(0, 2 ** 19)) };

  describe.each(Object.entries(DENSE))("of %s", (coding, encoded) => {
    const headers = { "content-encoding": coding };

    test("is a thousand times its size, unless an option says more", async () => {
      const server = await rawServer(() => http(200, encoded, headers));
      const isDense = encoded.byteLength * 1_000 < ZEROS.byteLength;
      const found = read(openStore(server.url), sums.dense);
      if (isDense) expect(await failure(found)).toMatchObject({ code: "TOO_LARGE", store: server.url });
      else expect((await found)?.byteLength).toBe(ZEROS.byteLength);
      const strict = openStore(server.url, { maxDecodedRatio: 100 });
      expect(await failure(read(strict, sums.dense))).toMatchObject({ code: "TOO_LARGE", store: server.url });
      const lax = openStore(server.url, { maxDecodedRatio: 100_000 });
      expect((await read(lax, sums.dense))?.byteLength).toBe(ZEROS.byteLength);
      // None was worth another attempt.
      expect(server.requests).toHaveLength(3);
    });

    test("is a mebibyte in any case", async () => {
      const server = await rawServer(() => http(200, FEW[coding as "gzip"], headers));
      const strict = openStore(server.url, { maxDecodedRatio: 1 });
      expect((await read(strict, sums.few))?.byteLength).toBe(2 ** 19);
    });

    test("has a limit of its own, which does not count for what is sent as it is", async () => {
      const server = await rawServer((_, i) =>
        i === 0 ? http(200, FEW[coding as "gzip"], headers) : http(200, ZEROS.subarray(0, 2 ** 19)),
      );
      const store = openStore(server.url, { maxDecodedBytes: 100_000 });
      expect(await failure(read(store, sums.few))).toMatchObject({ code: "TOO_LARGE", store: server.url });
      expect((await read(store, sums.few))?.byteLength).toBe(2 ** 19);
    });
  });
});

describe.each(Object.entries(READERS))("the limit, %s", (_, read) => {
  const { bytes, checksum: sum } = sample(2_000);

  test.each([
    ["announced", http(200, bytes)],
    [
      "in chunks",
      Buffer.concat([
        head(200, { "transfer-encoding": "chunked" }),
        Buffer.from("7d0\r\n"),
        bytes,
        Buffer.from("\r\n0\r\n\r\n"),
      ]),
    ],
    ["encoded", http(200, zstdStored(bytes), { "content-encoding": "zstd" })],
  ])("%s", async (_, answer) => {
    const server = await rawServer(() => answer);
    expect(await read(openStore(server.url, { maxBytes: 2_000 }), sum)).toEqual(bytes);
    const strict = openStore(server.url, { maxBytes: 1_999, connections: 1 });
    for (let turn = 0; turn < 3; turn++) {
      expect(await failure(read(strict, sum))).toMatchObject({ code: "TOO_LARGE", store: server.url, checksum: sum });
    }
    expect(server.requests).toHaveLength(4);
  });
});

describe("answers to questions come encoded, too", () => {
  test.each([
    ["gzip", gzipSync],
    ["zstd", (text: string) => zstdStored(Buffer.from(text))],
  ])("%s", async (coding, encode) => {
    const headers = { "content-encoding": coding };
    const server = await rawServer(({ path }) =>
      path.startsWith("/promise/")
        ? http(202, encode('{"expires_in": 600}'), headers)
        : http(200, encode("[3772]"), headers),
    );
    const store = openStore(server.url);
    expect(await store.lengths([checksum])).toEqual([3772]);
    expect(await store.has([checksum])).toEqual([true]);
    expect(await store.promise(checksum)).toBe(600_000);
  });

  test("a bomb is stopped", async () => {
    const bomb = gzipSync(new Uint8Array(16 * 2 ** 20).fill(32));
    const server = await rawServer(({ path }) =>
      http(path.startsWith("/promise/") ? 202 : 200, bomb, { "content-encoding": "gzip" }),
    );
    const store = openStore(server.url);
    expect(await failure(store.lengths([checksum]))).toMatchObject({ code: "STORE_FAILED", store: server.url });
    expect(await failure(store.promise(checksum))).toMatchObject({ code: "STORE_FAILED", store: server.url });
  });

  test("a length by headers is not that of the encoded bytes", async () => {
    const server = await rawServer(({ method, path }) => {
      if (path === "/buffer-length") return http(404);
      if (path === "/has") return http(200, "[true]");
      return method === "HEAD" ? http(405) : http(200, TEXT_ZSTD, { "content-encoding": "zstd" });
    });
    expect(await openStore(server.url).lengths([checksum])).toEqual([TEXT.byteLength]);
  });
});
