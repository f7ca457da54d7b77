import { execFileSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { Checksum, SeamlessError } from "@seamless/checksum";
import { memoryStore, type Store } from "@seamless/store";
import { describe, expect, onTestFinished, test } from "vitest";
import { unavailable } from "../../../tools/build/unavailable.ts";
import { directoryStore } from "../src/directory/index.ts";
import { hashserverHandler } from "../src/hashserver/index.ts";
import type { HashserverOptions } from "../src/hashserver/node/server.ts";
import { fileOf, files, plant } from "./support/folder.ts";
import { aiohttp, chunked, type RawClient, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve, storeWith, until } from "./support/server-fixture.ts";
import { tempDir } from "./support/temp.ts";

const A = sample(200_000, 1);
const hex = A.checksum.hex();
const [first, second] = [A.bytes.subarray(0, 100_000), A.bytes.subarray(100_000)];

/** Larger than all the buffers on the way together. */
const HUGE = Buffer.alloc(30_000_000, 7);

/** A server before a folder, and one connection to it. */
async function folderServer(options: Partial<HashserverOptions> = {}) {
  const folder = tempDir();
  const served = await serve({ store: directoryStore(folder), writable: true, ...options });
  return { ...served, folder, client: await rawClient(served.port) };
}

/** All that is in a folder, but for the mark of its layout. */
const buffers = (folder: string) => files(folder).filter((file) => !file.startsWith("."));

const STORED = [fileOf("", A.checksum).replace(/^\//, "")];

async function put(client: RawClient, port: number, bytes: Uint8Array = A.bytes, name = hex) {
  await client.write(aiohttp("PUT", `/${name}`, port, { "Content-Length": bytes.byteLength }), bytes);
  return client.response();
}

describe("an upload that breaks leaves nothing, and the next one is taken", () => {
  const SIZED = { "Content-Length": 200_000 };
  const CHUNKED = { "Transfer-Encoding": "chunked" };
  const half = chunked(first).subarray(0, -5);

  test.each([
    ["reset", SIZED, [first], "reset"],
    ["reset, in chunks", CHUNKED, [half], "reset"],
    ["closed by the client", SIZED, [first], "end"],
    ["closed between two chunks", CHUNKED, [half], "end"],
    ["no number where a chunk begins", CHUNKED, [half, "xyz\r\n"], "400"],
    ["a chunk longer than it says", CHUNKED, ["3\r\nabcdef\r\n0\r\n\r\n"], "400"],
    ["a negative chunk", CHUNKED, ["-3\r\nabc\r\n0\r\n\r\n"], "400"],
    ["a chunk of more than 64 bits", CHUNKED, ["fffffffffffffffff\r\nabc\r\n"], "400"],
  ] as const)("%s", async (_, headers, parts, end) => {
    const { port, client, folder, errors } = await folderServer();
    await client.write(aiohttp("PUT", `/${hex}`, port, headers), ...parts);
    if (end === "400") {
      const { status, headers: found } = await client.response();
      expect([status, found.get("connection")]).toEqual([400, "close"]);
    } else {
      // Not before it has begun to be stored.
      await until(() => files(folder).some((file) => file.includes(hex.slice(0, 8))));
      if (end === "reset") client.reset();
      else client.socket.end();
    }
    await client.ended();
    const next = await rawClient(port);
    // Until the server has noticed, somebody is uploading it.
    await until(async () => (await put(next, port)).status !== 202);
    expect(buffers(folder)).toEqual(STORED);
    await next.write(aiohttp("GET", `/${hex}`, port));
    expect((await next.response()).body.equals(A.bytes)).toBe(true);
    // It was no failure of the store.
    expect(errors).toEqual([]);
  });

  test.each([
    ["more bytes than the checksum has", Buffer.concat([A.bytes, Buffer.from("x")])],
    ["fewer", A.bytes.subarray(0, -1)],
    ["none", Buffer.alloc(0)],
  ])("%s: 400", async (_, bytes) => {
    const { port, client, folder } = await folderServer();
    expect(await put(client, port, bytes)).toMatchObject({ status: 400, complete: true });
    expect(buffers(folder)).toEqual([]);
    expect((await put(client, port)).status).toBe(200);
    expect(buffers(folder)).toEqual(STORED);
  });

  test("a length that is no number, or two different ones: 400, and the connection is closed", async () => {
    const { port, folder } = await folderServer();
    for (const headers of ["Content-Length: -1", "Content-Length: 1e3", "Content-Length: 5\r\nContent-Length: 6"]) {
      const client = await rawClient(port);
      await client.write(`PUT /${hex} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n\r\n`, A.bytes);
      expect((await client.response()).status).toBe(400);
    }
    // What two servers may read in two ways is a way to smuggle requests.
    const both = `PUT /${hex} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    const client = await rawClient(port);
    await client.write(both);
    expect((await client.response()).status).toBe(400);
    expect(buffers(folder)).toEqual([]);
  });

  test("the empty buffer, with and without a length", async () => {
    const empty = sample(0);
    const { port, client, folder } = await folderServer();
    await client.write(aiohttp("PUT", `/${empty.checksum.hex()}`, port, CHUNKED), chunked());
    expect((await client.response()).status).toBe(200);
    expect((await put(client, port, empty.bytes, empty.checksum.hex())).status).toBe(201);
    expect(buffers(folder)).toHaveLength(1);
    await client.write(aiohttp("GET", `/${empty.checksum.hex()}`, port));
    expect(await client.response()).toMatchObject({ status: 200, body: Buffer.alloc(0) });
  });
});

describe("what is already there", () => {
  test("and wrong, is replaced by what comes", async () => {
    const { port, client, folder } = await folderServer();
    plant(fileOf(folder, A.checksum), A.bytes.subarray(1));
    expect((await put(client, port)).status).toBe(200);
    expect(buffers(folder)).toEqual(STORED);
    await client.write(aiohttp("GET", `/${hex}`, port));
    expect((await client.response()).body.equals(A.bytes)).toBe(true);
  });

  test("and wrong in the last byte of many", async () => {
    const large = sample(3_000_000, 2);
    const { port, client, folder } = await folderServer();
    plant(fileOf(folder, large.checksum), Buffer.concat([large.bytes.subarray(0, -1), Buffer.from("?")]));
    expect((await put(client, port, large.bytes, large.checksum.hex())).status).toBe(200);
    await client.write(aiohttp("GET", `/${large.checksum.hex()}`, port));
    expect((await client.response()).body.equals(large.bytes)).toBe(true);
    expect((await put(client, port, large.bytes, large.checksum.hex())).status).toBe(201);
  });

  test("and right, is not overwritten by wrong bytes", async () => {
    const { port, client, folder } = await folderServer();
    expect((await put(client, port)).status).toBe(200);
    expect((await put(client, port, second)).status).toBe(201);
    await client.write(aiohttp("GET", `/${hex}`, port));
    expect((await client.response()).body.equals(A.bytes)).toBe(true);
    expect(buffers(folder)).toEqual(STORED);
  });
});

describe("a small upload, to a store that puts those at once", () => {
  const SMALL = sample(1000, 9);

  /** @param takes - Whether the store puts it. */
  async function putThrough(takes: boolean, chunks: readonly Uint8Array[]) {
    const asked: string[] = [];
    let read = 0;
    const store = storeWith({
      async putSmall(checksum, bytes) {
        asked.push(`putSmall ${bytes.byteLength}`);
        return takes && Checksum.of(bytes).equals(checksum);
      },
    });
    async function* body() {
      for (const chunk of chunks) {
        read += 1;
        yield chunk;
      }
    }
    const handler = hashserverHandler({ store, writable: true });
    const headers = { "content-length": `${SMALL.bytes.byteLength}` };
    const { status } = await handler({ method: "PUT", url: `/${SMALL.checksum.hex()}`, headers, body: body() });
    return { status, asked, read, stored: await store.get(SMALL.checksum) };
  }

  test("is put so, or else as all others are", async () => {
    expect(await putThrough(true, [SMALL.bytes])).toMatchObject({ status: 200, asked: ["putSmall 1000"] });
    const other = await putThrough(false, [SMALL.bytes.subarray(0, 10), SMALL.bytes.subarray(10)]);
    expect(other).toMatchObject({ status: 200, asked: ["putSmall 1000"], stored: SMALL.bytes });
  });

  test("that is longer than it says is refused as soon as that shows, and one that is shorter, too", async () => {
    const endless = Array<Uint8Array>(1000).fill(SMALL.bytes);
    expect(await putThrough(true, endless)).toEqual({ status: 400, asked: [], read: 2, stored: undefined });
    const half = await putThrough(true, [SMALL.bytes.subarray(500)]);
    expect(half).toMatchObject({ status: 400, asked: ["putSmall 500"], stored: undefined });
  });
});

describe("two writers at once", () => {
  test("the second is told so at once, and its connection goes on", async () => {
    const { port, client, folder } = await folderServer();
    const other = await rawClient(port);
    await client.write(aiohttp("PUT", `/${hex}`, port, { "Content-Length": 200_000 }), first);
    await until(() => files(folder).length > 0);
    expect(await put(other, port)).toMatchObject({ status: 202, complete: true });
    await other.write(aiohttp("GET", `/${hex}`, port));
    expect((await other.response()).status).toBe(404);
    await client.write(second);
    expect((await client.response()).status).toBe(200);
    expect((await put(other, port)).status).toBe(201);
    expect(buffers(folder)).toEqual(STORED);
  });

  test("many, each with all of it: one stores it, and all get an answer", async () => {
    const { port, folder } = await folderServer();
    const clients = await Promise.all(Array.from({ length: 20 }, () => rawClient(port)));
    const statuses = (await Promise.all(clients.map((client) => put(client, port)))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => ![200, 201, 202].includes(status))).toEqual([]);
    expect(buffers(folder)).toEqual(STORED);
  });
});

describe("an answer before the end of a large upload", () => {
  const full = (): Store =>
    storeWith({
      async putStream(_, chunks) {
        for await (const _ of chunks) throw new SeamlessError("DISK_FULL", "cannot write /secret/place: no space");
      },
    });
  const taken = memoryStore({ contents: new Map([[hex, A.bytes]]) });

  test.each([
    ["already there", 201, () => ({ store: taken })],
    ["too large, as announced", 413, () => ({ store: memoryStore(), maxBytes: 1000 })],
    ["read-only", 405, () => ({ store: memoryStore(), writable: false })],
    ["no token", 401, () => ({ store: memoryStore(), token: "t" })],
    ["a full disk", 507, () => ({ store: full() })],
    ["too large for the store", 413, () => ({ store: memoryStore({ maxBytes: 1_000_000 }) })],
  ] as const)("%s: the client sends all, finds %i, and goes on", async (_, status, options) => {
    const { port } = await serve({ writable: true, ...options() });
    const client = await rawClient(port);
    const began = performance.now();
    expect(await put(client, port, HUGE)).toMatchObject({ status, complete: true });
    await client.write(aiohttp("GET", "/healthcheck", port));
    expect((await client.response()).status).toBe(200);
    // And not after a timeout: that of a body is 30 s, and the shorter ones would have closed the connection.
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  test.each([
    ["too large, in chunks", 413, { maxBytes: 1_000_000 }],
    ["a full disk, in chunks", 507, { store: full() }],
  ])("%s", async (_, status, options) => {
    const { port } = await serve({ store: memoryStore(), writable: true, ...options });
    const client = await rawClient(port);
    const body = chunked(...Array.from({ length: 30 }, (_, i) => HUGE.subarray(i * 1e6, (i + 1) * 1e6)));
    await client.write(aiohttp("PUT", `/${hex}`, port, { "Transfer-Encoding": "chunked" }), body);
    expect(await client.response()).toMatchObject({ status, complete: true });
    await client.write(aiohttp("GET", "/healthcheck", port));
    expect((await client.response()).status).toBe(200);
  });

  test("a client that never ends its upload is not listened to forever", { timeout: 15_000 }, async () => {
    const { port } = await serve({ store: taken, writable: true });
    const client = await rawClient(port);
    await client.write(aiohttp("PUT", `/${hex}`, port, { "Content-Length": 1e9 }), first);
    expect((await client.response()).status).toBe(201);
    await client.ended();
  });
});

describe("encoded uploads", () => {
  const encoded = async (client: RawClient, port: number, coding: string, bytes: Uint8Array) => {
    const headers = { "Content-Length": bytes.byteLength, "Content-Encoding": coding };
    await client.write(aiohttp("PUT", `/${hex}`, port, headers), bytes);
    return client.response();
  };
  // zstd 1.5 on `"a".repeat(100) + "\n"`, made by the command.
  const ZSTD = Buffer.from("28b52ffd24654d00001061610a01007b0138037e4ae6db", "hex");

  test("gzip, in one chunk and twice over", async () => {
    const { port, client, folder } = await folderServer();
    expect((await encoded(client, port, "gzip", gzipSync(A.bytes))).status).toBe(200);
    expect(buffers(folder)).toEqual(STORED);
    const other = await folderServer();
    const twice = await encoded(other.client, other.port, "gzip, gzip", gzipSync(gzipSync(A.bytes)));
    expect(twice.status).toBe(200);
    expect(buffers(other.folder)).toEqual(STORED);
  });

  test("gzip: truncated, garbage, or right bytes of a wrong buffer: 400, and nothing is there", async () => {
    const { port, client, folder, errors } = await folderServer();
    for (const bytes of [gzipSync(A.bytes).subarray(0, -20), Buffer.from("garbage"), gzipSync(first), A.bytes]) {
      expect(await encoded(client, port, "gzip", bytes)).toMatchObject({ status: 400, complete: true });
    }
    expect(buffers(folder)).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("the limit is that of the decoded bytes", async () => {
    const { port, client, folder } = await folderServer({ maxBytes: 1_000_000 });
    expect((await encoded(client, port, "gzip", gzipSync(HUGE))).status).toBe(413);
    expect(buffers(folder)).toEqual([]);
  });

  test("zstd: garbage is 400; other codings are 415", async () => {
    const { port, client, folder } = await folderServer();
    expect((await encoded(client, port, "zstd", Buffer.from("garbage"))).status).toBe(400);
    expect((await encoded(client, port, "zstd", ZSTD)).status).toBe(400);
    for (const coding of ["br", "deflate", "gzip, br", "gzip, gzip, gzip", "../etc"]) {
      expect((await encoded(client, port, coding, A.bytes)).status).toBe(415);
    }
    expect(buffers(folder)).toEqual([]);
    expect((await encoded(client, port, "identity", A.bytes)).status).toBe(200);
  });
});

test("a store that reads nothing of what it has already: the connection goes on", async () => {
  const store = storeWith({ async putStream() {} });
  const { port } = await serve({ store, writable: true });
  const client = await rawClient(port);
  expect((await put(client, port, HUGE)).status).toBe(200);
  expect((await put(client, port, HUGE)).status).toBe(200);
});

test("a disk that is full: 507, and nothing is left on it", async ({ skip }) => {
  const folder = tempDir();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { stdio: "pipe" });
  } catch (error) {
    unavailable(skip, `a file system of 64 kB cannot be mounted here (${String(error).split("\n")[0]})`);
  }
  onTestFinished(() => void execFileSync("umount", [folder]));
  const { port, errors } = await serve({ store: directoryStore(folder), writable: true });
  const client = await rawClient(port);
  // Most of it comes when the answer is already known.
  const { status, body } = await put(client, port, HUGE);
  expect([status, String(body)]).toEqual([507, "The disk is full.\n"]);
  expect(errors.map(({ code }) => code)).toEqual(["DISK_FULL"]);
  expect(buffers(folder)).toEqual([]);
  const small = sample(1000);
  expect((await put(client, port, small.bytes, small.checksum.hex())).status).toBe(200);
});
