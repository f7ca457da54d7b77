import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Checksum } from "@seamless/checksum";
import { expect, onTestFinished, test } from "vitest";
import { type HttpStoreOptions, httpStore } from "../src/http/store.ts";
import { openStore } from "../src/index.ts";
import { failure } from "./support/client-store.ts";
import { zstdStored } from "./support/client-zstd.ts";
import { fileOf, plant } from "./support/folder.ts";
import { sample, sumOf } from "./support/sample.ts";
import { FAST } from "./support/server.ts";
import { type Special, startStatic } from "./support/static-server.ts";
import { tempDir } from "./support/temp.ts";

const SMALL = sample(1000, 1);
const LARGE = sample(3_000_000, 2);

async function serve(special?: Special, options: HttpStoreOptions = {}) {
  const folder = tempDir();
  const server = await startStatic(folder, special);
  const store = httpStore(server.url, { ...FAST, ...options });
  onTestFinished(async () => {
    await store.close();
    await server.close();
  });
  return { ...server, folder, store };
}

async function read(stream: ReadableStream<Uint8Array> | undefined): Promise<string | undefined> {
  return stream && sumOf(new Uint8Array(await new Response(stream as never).arrayBuffer()));
}

/** What each way of asking finds. */
async function found(store: ReturnType<typeof httpStore>, checksum: Checksum) {
  return [
    ...(await store.has([checksum])),
    ...(await store.lengths([checksum])),
    sumOf(await store.get(checksum)),
    await read(await store.getStream(checksum)),
  ];
}

const there = ({ checksum, bytes }: typeof SMALL) => [true, bytes.byteLength, checksum.hex(), checksum.hex()];
const MISSING = [false, undefined, undefined, undefined];

/** The codes of all ways of asking. */
async function codes(store: ReturnType<typeof httpStore>, checksum: Checksum): Promise<string[]> {
  const stream = async () => read(await store.getStream(checksum));
  const all = [store.has([checksum]), store.lengths([checksum]), store.get(checksum), stream()];
  return Promise.all(all.map(async (each) => (await failure(each)).code));
}

const all = (code: string) => Array(4).fill(code);

test("a URL opens it, and it is read-only", async () => {
  const { url, folder } = await serve();
  plant(fileOf(folder, SMALL.checksum), SMALL.bytes);
  await using store = await openStore(`static+${url}/`);
  expect(store).toMatchObject({ name: `static+${url}`, writable: false, costClass: "local", resumes: true });
  expect(sumOf(await store.get(SMALL.checksum))).toBe(SMALL.checksum.hex());
  expect((await failure(store.put(SMALL.checksum, SMALL.bytes))).code).toBe("READ_ONLY");
  expect(store.list).toBeUndefined();
  for (const wrong of [
    "static+http://",
    "static+ftp://host",
    "static+https://user:s3cret@host/?a",
    "static+https://h/#a",
  ]) {
    const error = await failure(openStore(wrong));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).not.toMatch(/s3cret/);
  }
});

test("the marker of prefixes spares the other layout, and what is missing is asked for in all forms", async () => {
  const { folder, store, requests } = await serve();
  plant(join(folder, ".HASHSERVER_PREFIX"), "1\n");
  expect(await store.get(SMALL.checksum)).toBeUndefined();
  expect(await store.has([SMALL.checksum])).toEqual([false]);
  const hex = SMALL.checksum.hex();
  const paths = ["", ".zst", ".gz"].map((suffix) => `/${hex.slice(0, 2)}/${hex}${suffix}`);
  expect(requests).toEqual([
    "GET /.HASHSERVER_PREFIX",
    ...paths.map((path) => `GET ${path}`),
    ...paths.map((path) => `HEAD ${path}`),
  ]);
});

test.each([
  ["gz", (bytes: Uint8Array) => gzipSync(bytes)],
  ["zst", zstdStored],
])("forms .%s are decoded; their length is the recorded one, or is found by decoding", async (suffix, encode) => {
  for (const record of [true, false]) {
    const { folder, store } = await serve();
    const bytes = new Uint8Array(500_000).fill(97);
    const buffer = { bytes, checksum: Checksum.of(bytes) };
    plant(fileOf(folder, buffer.checksum, `.${suffix}`), encode(buffer.bytes));
    if (record) plant(fileOf(folder, buffer.checksum, ".BUFFERLENGTH"), `${buffer.bytes.byteLength}\n`);
    expect(await store.lengths([buffer.checksum])).toEqual([500_000]);
    expect(await found(store, buffer.checksum)).toEqual(there(buffer));
    const rest = await store.getStream(buffer.checksum, { offset: 499_990 });
    expect(await read(rest)).toBe(sumOf(buffer.bytes.subarray(499_990)));
  }
});

test("a .gz that the server sends as an encoding is decoded once", async () => {
  const { folder, store } = await serve((request, response) => {
    if (!request.url!.endsWith(".gz")) return false;
    response
      .writeHead(200, { "content-encoding": "gzip" })
      .end(request.method === "HEAD" ? undefined : gzipSync(LARGE.bytes));
    return true;
  });
  expect(folder).toBeTruthy();
  expect(await found(store, LARGE.checksum)).toEqual(there(LARGE));
});

test("many compressed ones at once, with one connection, do not wait for each other", async () => {
  const { folder, store } = await serve(undefined, { connections: 1 });
  const buffers = Array.from({ length: 20 }, (_, i) => sample(10_000, i));
  for (const { checksum, bytes } of buffers) {
    plant(fileOf(folder, checksum, ".gz"), gzipSync(bytes));
    plant(fileOf(folder, checksum, ".BUFFERLENGTH"), "10000");
  }
  expect(await store.lengths(buffers.map(({ checksum }) => checksum))).toEqual(buffers.map(() => 10_000));
  const got = await Promise.all(buffers.map(({ checksum }) => store.get(checksum)));
  expect(got.map(sumOf)).toEqual(buffers.map(({ checksum }) => checksum.hex()));
});

test("a transfer that breaks off goes on where it stopped, and the whole is verified", async () => {
  for (const isRight of [true, false]) {
    let cuts = 0;
    const { folder, store, requests } = await serve((request, response) => {
      if (request.method !== "GET" || request.url!.includes("HASHSERVER") || cuts === 3) return false;
      const from = Number(/\d+/.exec(request.headers.range ?? "")?.[0] ?? 0);
      const headers = { "content-length": LARGE.bytes.byteLength - from };
      const range = { "content-range": `bytes ${from}-${LARGE.bytes.byteLength - 1}/${LARGE.bytes.byteLength}` };
      response.writeHead(from > 0 ? 206 : 200, { ...headers, ...(from > 0 && range) });
      const part = LARGE.bytes.slice(from, from + 500_000);
      if (!isRight && cuts === 1) part[0]! ^= 1;
      cuts++;
      response.write(part, () => response.destroy());
      return true;
    });
    plant(fileOf(folder, LARGE.checksum), LARGE.bytes);
    const stream = async () => read(await store.getStream(LARGE.checksum));
    if (isRight) {
      expect(await stream()).toBe(LARGE.checksum.hex());
      expect(requests.length).toBeGreaterThanOrEqual(5);
    } else {
      expect((await failure(stream())).code).toBe("CHECKSUM_MISMATCH");
    }
  }
});

test("a page that comes with 200 for every name is an error, and no miss; a buffer that is a page is one", async () => {
  const page = new TextEncoder().encode("<html>Welcome</html>");
  const { store } = await serve((request, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-length": page.byteLength });
    response.end(request.method === "HEAD" ? undefined : page);
    return true;
  });
  expect(await codes(store, SMALL.checksum)).toEqual([
    "STORE_FAILED",
    "STORE_FAILED",
    "CHECKSUM_MISMATCH",
    "CHECKSUM_MISMATCH",
  ]);
  expect(await found(store, Checksum.of(page))).toEqual(there({ bytes: page, checksum: Checksum.of(page) }));
});

test.each([
  [401, "ACCESS_DENIED"],
  [403, "ACCESS_DENIED"],
  [429, "STORE_FAILED"],
  [500, "STORE_FAILED"],
  [503, "STORE_FAILED"],
  [418, "UNSUPPORTED"],
])("status %i is %s, never a miss", async (status, code) => {
  const { store, folder } = await serve((request, response) => {
    if (request.url!.includes("HASHSERVER")) return false;
    response.writeHead(status).end();
    return true;
  });
  plant(fileOf(folder, SMALL.checksum), SMALL.bytes);
  expect(await codes(store, SMALL.checksum)).toEqual(all(code));
});

test.each([405, 501])("a server that answers HEAD with %i is asked by GET, whose body is let go", async (status) => {
  let heads = 0;
  const { store, folder } = await serve(({ method }, response) => {
    if (method !== "HEAD") return false;
    heads++;
    response.writeHead(status).end();
    return true;
  });
  for (const { checksum, bytes } of [SMALL, LARGE]) plant(fileOf(folder, checksum), bytes);
  expect(await store.lengths([SMALL.checksum])).toEqual([1000]);
  const asked = [SMALL, LARGE, sample(10, 3)].map(({ checksum }) => checksum);
  expect(await store.lengths(asked)).toEqual([1000, 3_000_000, undefined]);
  expect(await store.has(asked)).toEqual([true, true, false]);
  const rest = await read(await store.getStream(LARGE.checksum, { offset: 2_000_000 }));
  expect(rest).toBe(sumOf(LARGE.bytes.subarray(2_000_000)));
  // Once is enough to know it.
  expect(heads).toBe(1);
});

test("403 says that hosts of buckets say so of what is missing", async () => {
  const { store } = await serve((_, response) => {
    response.writeHead(403).end();
    return true;
  });
  expect((await failure(store.get(SMALL.checksum))).message).toMatch(/hosts of buckets .* names may be listed/);
});

test("410 is missing, as 404 is", async () => {
  const { store } = await serve((_, response) => {
    response.writeHead(410).end();
    return true;
  });
  expect(await found(store, SMALL.checksum)).toEqual(MISSING);
});

test("to the same origin it is redirected, and not to another", async () => {
  const elsewhere = await serve();
  plant(fileOf(elsewhere.folder, SMALL.checksum), SMALL.bytes);
  const hex = SMALL.checksum.hex();
  const { store, folder } = await serve((request, response) => {
    if (request.url!.startsWith(`/${hex.slice(0, 2)}/`)) {
      const target = request.headers["x-away"] ? elsewhere.url : "";
      response.writeHead(302, { location: `${target}/moved/${hex.slice(0, 2)}/${hex}` }).end();
      return true;
    }
    return false;
  });
  plant(fileOf(join(folder, "moved"), SMALL.checksum), SMALL.bytes);
  expect(await found(store, SMALL.checksum)).toEqual(there(SMALL));
  const server = await serve((request, response) => {
    response.writeHead(302, { location: elsewhere.url + request.url }).end();
    return true;
  });
  expect(await codes(server.store, SMALL.checksum)).toEqual(all("STORE_FAILED"));
  expect(elsewhere.requests).toEqual([]);
});

test("nobody is there", async () => {
  const { store, close } = await serve();
  await close();
  expect(await codes(store, SMALL.checksum)).toEqual(all("STORE_FAILED"));
});

test("limits: too long, and what decodes to too much", async () => {
  const { folder, store, url } = await serve(undefined, { maxBytes: 2_000_000, maxDecodedBytes: 1_500_000 });
  plant(fileOf(folder, LARGE.checksum), LARGE.bytes);
  const stream = async (checksum: Checksum) => read(await store.getStream(checksum));
  for (const ask of [() => store.get(LARGE.checksum), () => stream(LARGE.checksum)]) {
    expect((await failure(ask())).code).toBe("TOO_LARGE");
  }
  const zeros = new Uint8Array(1_800_000);
  plant(fileOf(folder, Checksum.of(zeros), ".gz"), gzipSync(zeros));
  expect((await failure(store.get(Checksum.of(zeros)))).code).toBe("TOO_LARGE");
  const dense = httpStore(url, { ...FAST, maxDecodedRatio: 2 });
  onTestFinished(() => dense.close());
  expect((await failure(dense.get(Checksum.of(zeros)))).code).toBe("TOO_LARGE");
});

test("a form that cannot be decoded is an error", async () => {
  const { folder, store } = await serve();
  plant(fileOf(folder, SMALL.checksum, ".gz"), Buffer.concat([Buffer.from([0x1f, 0x8b]), randomBytes(100)]));
  plant(fileOf(folder, LARGE.checksum, ".zst"), randomBytes(100));
  for (const { checksum } of [SMALL, LARGE]) {
    expect(["STORE_FAILED", "CHECKSUM_MISMATCH"]).toContain((await failure(store.get(checksum))).code);
  }
});
