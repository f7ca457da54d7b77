import { gzipSync } from "node:zlib";
import { proveDecoding } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { memoryStore } from "@seamless/store";
import { describe, expect, onTestFinished, test } from "vitest";
import { countHashed } from "../../../tools/build/hashed.ts";
import { directoryStore } from "../src/directory/index.ts";
import { decoderOf } from "../src/encoding/index.ts";
import { openStore } from "./support/client-store.ts";
import { fileOf, files } from "./support/folder.ts";
import { http, rawServer } from "./support/raw-server.ts";
import { chunksOf, sample, sumOf } from "./support/sample.ts";
import { serve } from "./support/server-fixture.ts";
import { tempDir } from "./support/temp.ts";

const SMALL = sample(100_000, 1);
const LARGE = sample(3 * 2 ** 20, 2);
const gzip = ({ bytes }: typeof SMALL) => gzipSync(bytes, { level: 1 });
const halves = (bytes: Uint8Array) => chunksOf(bytes.subarray(0, 1000), bytes.subarray(1000));

describe("a server that says that it takes uploads encoded", () => {
  test.each([SMALL, LARGE])("is sent what is put encoded as it is: it keeps it so, or decodes it", async (one) => {
    for (const keepEncoding of [true, false]) {
      const folder = tempDir();
      const { url } = await serve({ store: directoryStore(folder), writable: true, keepEncoding });
      const store = openStore(url);
      for (let i = 0; i < 2; i++)
        await store.putEncoded?.(one.checksum, "gzip", halves(gzip(one)), { length: gzip(one).byteLength });
      expect(sumOf(await store.get(one.checksum))).toBe(one.checksum.hex());
      const name = fileOf(folder, one.checksum).slice(folder.length + 1);
      const form = keepEncoding ? [`${name}.BUFFERLENGTH`, `${name}.gz`] : [name];
      expect(files(folder).filter((file) => file !== ".HASHSERVER_PREFIX")).toEqual(form);
    }
  });

  test("what is proven is not decoded again before it is sent, and a wrong body never arrives whole", async () => {
    const bodies: number[] = [];
    const server = await rawServer(async ({ path, body, headers }) => {
      if (path === "/healthcheck") return http(200, "OK", { "accept-encoding": "zstd, gzip" });
      expect(headers["content-encoding"]).toBe("gzip");
      bodies.push((await body()).byteLength);
      return http(200);
    });
    const store = openStore(server.url);
    const file = gzip(LARGE);
    const decoding = await proveDecoding(decoderOf("gzip"), chunksOf(file));
    const put = () => store.putEncoded!(LARGE.checksum, "gzip", halves(file), { decoding, length: file.byteLength });
    expect(await countHashed(put)).toBe(file.byteLength);
    expect(bodies).toEqual([file.byteLength]);
    const wrong = store.putEncoded!(SMALL.checksum, "gzip", halves(file));
    expect(await rejection(wrong)).toMatchObject({ code: "CHECKSUM_MISMATCH" });
  });
});

test("any other server is sent the bytes themselves, and so is what is more than servers let it become", async () => {
  const contents = new Map<string, Uint8Array>();
  const seen: (string | undefined)[] = [];
  const server = await rawServer(async ({ path, body, headers }) => {
    if (path === "/healthcheck") return http(200, "OK");
    seen.push(headers["content-encoding"]);
    contents.set(path.slice(1), await body());
    return http(200);
  });
  const store = openStore(server.url);
  for (const one of [SMALL, LARGE]) {
    await store.putEncoded?.(one.checksum, "gzip", halves(gzip(one)));
    expect(sumOf(contents.get(one.checksum.hex()))).toBe(one.checksum.hex());
  }
  expect(seen).toEqual([undefined, undefined]);
  const { url } = await serve({ store: memoryStore(), writable: true });
  const full = openStore(url);
  const zeros = new Uint8Array(2 ** 20 + 100_000);
  const dense = {
    bytes: zeros,
    checksum: (await proveDecoding(decoderOf("gzip"), chunksOf(gzipSync(zeros)))).checksum,
  };
  const file = gzipSync(zeros, { level: 9 });
  expect(zeros.byteLength / file.byteLength).toBeGreaterThan(900);
  const limits = { maxDecodedBytes: 2 ** 31, maxDecodedRatio: 2 ** 31 };
  await full.putEncoded?.(dense.checksum, "gzip", chunksOf(file), { length: file.byteLength, ...limits });
  expect(await full.lengths([dense.checksum])).toEqual([zeros.byteLength]);
  onTestFinished(() => full.close());
});
