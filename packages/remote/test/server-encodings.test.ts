import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { Checksum } from "@seamless/checksum";
import type { Coding } from "@seamless/store";
import { expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { hashserverStore } from "../src/hashserver/client/store.ts";
import { hashserverHandler } from "../src/hashserver/index.ts";
import { acceptedCodings } from "../src/hashserver/server/accept.ts";
import type { HashserverHandlerOptions, HashserverResponse } from "../src/hashserver/server/requests.ts";
import { fileOf, files, plant } from "./support/folder.ts";
import { chunksOf, sumOf, textOf } from "./support/sample.ts";
import { serve } from "./support/server-fixture.ts";
import { tempDir } from "./support/temp.ts";

const SMALL = textOf(5_000);
const LARGE = textOf(2_000_000);

function serverOf(options: Partial<HashserverHandlerOptions> = {}) {
  const folder = tempDir();
  const errors: string[] = [];
  const store = directoryStore(folder);
  const handler = hashserverHandler({ store, onError: ({ code }) => void errors.push(code), ...options });
  const ask = async (method: string, checksum: Checksum, headers: Record<string, string> = {}) => {
    const response = await handler({ method, url: `/${checksum.hex()}`, headers, body: null });
    return { ...response, bytes: await bytesOf(response) };
  };
  const put = async (checksum: Checksum, bytes: Uint8Array, coding: string) => {
    const headers = { "content-encoding": coding, "content-length": String(bytes.byteLength) };
    const body = chunksOf(bytes.subarray(0, 50), bytes.subarray(50));
    const { status } = await handler({ method: "PUT", url: `/${checksum.hex()}`, headers, body });
    return status;
  };
  return { folder, store, ask, put, errors };
}

async function bytesOf({ body }: HashserverResponse): Promise<Buffer> {
  return body === null ? Buffer.alloc(0) : Buffer.from(await new Response(body as BodyInit).arrayBuffer());
}

const names = (folder: string) => files(folder).filter((file) => file !== ".HASHSERVER_PREFIX");

test.each([
  ["small", SMALL],
  ["large", LARGE],
])("a stored form that is %s is sent as it lies to those who accept it, decoded to all others", async (_, buffer) => {
  const { checksum, bytes, gzip } = buffer;
  const { folder, ask } = serverOf();
  plant(fileOf(folder, checksum, ".gz"), gzip);
  // Twice, since a small answer is kept.
  for (let i = 0; i < 2; i++) {
    const encoded = await ask("GET", checksum, { "accept-encoding": "br, gzip;q=0.5" });
    expect(encoded.headers).toMatchObject({
      "content-encoding": "gzip",
      "content-length": String(gzip.byteLength),
      etag: `"${checksum.hex()}-gzip"`,
      vary: "accept-encoding",
    });
    expect(Buffer.compare(encoded.bytes, gzip)).toBe(0);
    for (const headers of [{}, { "accept-encoding": "zstd" }, { "accept-encoding": "gzip;q=0, *" }] as const) {
      const decoded = await ask("GET", checksum, headers);
      expect(decoded.headers).toMatchObject({
        "content-length": String(bytes.byteLength),
        etag: `"${checksum.hex()}"`,
        vary: "accept-encoding",
      });
      expect(decoded.headers).not.toHaveProperty("content-encoding");
      expect(Buffer.compare(decoded.bytes, bytes)).toBe(0);
    }
  }
});

test("HEAD says the same as GET, and who has it in any way is told so", async () => {
  const { folder, ask } = serverOf();
  const { checksum, gzip } = LARGE;
  plant(fileOf(folder, checksum, ".gz"), gzip);
  for (const accept of ["gzip", "identity"]) {
    const headers = { "accept-encoding": accept };
    const [head, get] = [await ask("HEAD", checksum, headers), await ask("GET", checksum, headers)];
    expect([head.status, head.headers, head.bytes.byteLength]).toEqual([get.status, get.headers, 0]);
    for (const etag of [`"${checksum.hex()}"`, `"${checksum.hex()}-gzip"`, `W/"1", "${checksum.hex()}-zstd"`]) {
      const known = await ask("GET", checksum, { ...headers, "if-none-match": etag });
      expect([known.status, etag.includes(known.headers["etag"]!)]).toEqual([304, true]);
      expect(known.headers).not.toHaveProperty("content-encoding");
    }
    expect((await ask("GET", checksum, { ...headers, "if-none-match": "*" })).status).toBe(304);
    expect((await ask("HEAD", checksum, { ...headers, "if-none-match": "*" })).status).toBe(304);
  }
});

test("a part is one of the decoded bytes", async () => {
  const { folder, ask } = serverOf();
  const { checksum, bytes, gzip } = LARGE;
  plant(fileOf(folder, checksum, ".gz"), gzip);
  const headers = { "accept-encoding": "gzip", range: "bytes=1000-1999", "if-range": `"${checksum.hex()}"` };
  const part = await ask("GET", checksum, headers);
  expect([part.status, part.headers["content-range"]]).toEqual([206, `bytes 1000-1999/${bytes.byteLength}`]);
  expect(Buffer.compare(part.bytes, bytes.subarray(1000, 2000))).toBe(0);
});

test("pages of other origins are told on what the answer depends", async () => {
  const { folder, ask } = serverOf({ cors: "*" });
  plant(fileOf(folder, SMALL.checksum, ".gz"), SMALL.gzip);
  const { headers } = await ask("GET", SMALL.checksum, { origin: "http://localhost" });
  expect(headers["vary"]).toBe("accept-encoding, origin");
});

test("a stored form that is wrong is never sent whole", async () => {
  const { folder, ask, errors } = serverOf();
  const wrong = (bytes: Uint8Array) => Buffer.concat([bytes.subarray(0, -20), Buffer.alloc(20)]);
  plant(fileOf(folder, SMALL.checksum, ".gz"), wrong(SMALL.gzip));
  plant(fileOf(folder, LARGE.checksum, ".gz"), wrong(LARGE.gzip));
  expect((await ask("GET", SMALL.checksum, { "accept-encoding": "gzip" })).status).toBe(500);
  await expect(ask("GET", LARGE.checksum, { "accept-encoding": "gzip" })).rejects.toThrow();
  expect(errors).toEqual(["STORE_FAILED", "STORE_FAILED"]);
});

test.each([
  ["small", SMALL],
  ["large", LARGE],
])("an upload that is %s keeps its encoding where that is asked for", async (_, { checksum, bytes, gzip }) => {
  for (const keepEncoding of [false, true]) {
    const folder = tempDir();
    const store = directoryStore(folder);
    const { put } = serverOf({ store, writable: true, keepEncoding });
    expect(await put(checksum, gzip, "gzip")).toBe(200);
    expect(await put(checksum, gzip, "gzip")).toBe(201);
    const file = fileOf(folder, checksum).slice(folder.length + 1);
    expect(names(folder)).toEqual(keepEncoding ? [`${file}.BUFFERLENGTH`, `${file}.gz`] : [file]);
    if (keepEncoding) expect(Buffer.compare(readFileSync(fileOf(folder, checksum, ".gz")), gzip)).toBe(0);
    expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
    expect(await store.lengths([checksum])).toEqual([bytes.byteLength]);
  }
});

test("what is uploaded with a wrong encoding, or two, is not kept so", async () => {
  const store = directoryStore(tempDir());
  const { put } = serverOf({ store, writable: true, keepEncoding: true, maxDecodedRatio: 10 });
  const { checksum, bytes, gzip } = LARGE;
  expect(await put(SMALL.checksum, gzip, "gzip")).toBe(400);
  expect(await put(checksum, bytes, "gzip")).toBe(400);
  expect(await put(checksum, gzip.subarray(0, -1), "gzip")).toBe(400);
  expect(await put(checksum, new Uint8Array(), "zstd")).toBe(400);
  const zeros = new Uint8Array(2 ** 23);
  expect(await put(Checksum.of(zeros), gzipSync(zeros), "gzip")).toBe(413);
  expect(names(store.path)).toEqual([]);
  expect(await put(checksum, gzipSync(gzip), "gzip, gzip")).toBe(200);
  expect(names(store.path)).toEqual([fileOf(store.path, checksum).slice(store.path.length + 1)]);
});

test("over a socket, by clients that decode and by ours", async () => {
  const folder = tempDir();
  const { url } = await serve({ store: directoryStore(folder, { compress: "gzip" }), writable: true });
  const client = hashserverStore(url);
  for (const { checksum, bytes } of [SMALL, LARGE]) {
    await client.put(checksum, bytes);
    expect(names(folder).filter((file) => file.endsWith(`${checksum.hex()}.gz`))).toHaveLength(1);
    expect(sumOf(await client.get(checksum))).toBe(checksum.hex());
    expect(await client.lengths([checksum])).toEqual([bytes.byteLength]);
    const response = await fetch(url + checksum.hex());
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(sumOf(new Uint8Array(await response.arrayBuffer()))).toBe(checksum.hex());
    const raw = await fetch(url + checksum.hex(), { headers: { "accept-encoding": "identity" } });
    expect([raw.headers.get("content-encoding"), (await raw.arrayBuffer()).byteLength]).toEqual([
      null,
      bytes.byteLength,
    ]);
    expect(gunzipSync(readFileSync(fileOf(folder, checksum, ".gz"))).byteLength).toBe(bytes.byteLength);
  }
  await client.close();
});

test("who leaves in the middle keeps no file open", async () => {
  const folder = tempDir();
  const store = directoryStore(folder);
  plant(fileOf(folder, LARGE.checksum, ".gz"), LARGE.gzip);
  const { stream } = (await store.getEncoded(LARGE.checksum, ["gzip"], { chunkSize: 16_384 }))!;
  const reader = stream.getReader();
  expect((await reader.read()).value?.byteLength).toBeLessThanOrEqual(16_384);
  await reader.cancel();
  writeFileSync(fileOf(folder, LARGE.checksum, ".gz"), "");
});

test.each<[string | undefined, Coding[]]>([
  [undefined, []],
  ["", []],
  ["identity", []],
  ["gzip", ["gzip"]],
  ["X-GZIP", ["gzip"]],
  ["gzip, deflate, br, zstd", ["zstd", "gzip"]],
  ["*", ["zstd", "gzip"]],
  ["zstd;q=0, *;q=0.1", ["gzip"]],
  ["gzip; q=0.000", []],
  ["gzip;q=nonsense", []],
  ["*;q=0", []],
  ["gzipped, zstdx", []],
])("Accept-Encoding: %s", (header, accepted) => {
  expect(acceptedCodings(header)).toEqual(accepted);
});
