import { gzipSync } from "node:zlib";
import { rejection } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { hashserverHandler } from "../src/hashserver/index.ts";
import { s3Store } from "../src/s3/store.ts";
import { makeBucket, useCeph } from "./support/s3.ts";
import { startS3Stub } from "./support/s3-stub.ts";
import { chunksOf, sample, sumOf } from "./support/sample.ts";

const SMALL = sample(100_000, 1);
const LARGE = sample(20 * 2 ** 20, 2);
const keyOf = ({ checksum }: typeof SMALL) => `${checksum.hex().slice(0, 2)}/${checksum.hex()}`;
const gzip = ({ bytes }: typeof SMALL) => gzipSync(bytes, { level: 1 });

describe("on Ceph", () => {
  const ceph = useCeph();

  test("what is put encoded lies as in a folder, in parts where it is large, and a server sends it so", async (context) => {
    const { options, keys, read } = await makeBucket(ceph(context));
    await using store = s3Store(options);
    for (const one of [SMALL, LARGE]) {
      const file = gzip(one);
      await store.putEncoded?.(one.checksum, "gzip", chunksOf(file.subarray(0, 1000), file.subarray(1000)));
      const lengths = await keys();
      expect(lengths).toContain(`${keyOf(one)}.gz`);
      expect(Buffer.from(await read(`${keyOf(one)}.BUFFERLENGTH`)).toString()).toBe(String(one.bytes.byteLength));
      expect(await store.lengths([one.checksum])).toEqual([one.bytes.byteLength]);
      const headers = { "accept-encoding": "gzip" };
      const url = `/${one.checksum.hex()}`;
      const answer = await hashserverHandler({ store })({ method: "GET", url, headers, body: null });
      expect(answer.headers).toMatchObject({ "content-encoding": "gzip", "content-length": String(file.byteLength) });
      const sent = new Uint8Array(await new Response(answer.body as BodyInit).arrayBuffer());
      expect(sumOf(sent)).toBe(sumOf(file));
    }
    expect((await keys()).length).toBe(4);
  });
});

describe("against a stub", () => {
  test("one that is known to be right is not sent again, and the source is not read", async () => {
    const stub = await startS3Stub();
    const store = stub.store();
    for (const one of [SMALL, LARGE]) await store.putEncoded?.(one.checksum, "gzip", chunksOf(gzip(one)));
    stub.seen.length = 0;
    const unread = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.reject(new Error("read"));
    };
    for (const one of [SMALL, LARGE]) await store.putEncoded?.(one.checksum, "gzip", unread());
    expect(new Set(stub.operations())).toEqual(new Set(["HeadObject", "ListObjectsV2", "CopyObject"]));
  });

  test("forms that are read before it, and are wrong, are removed", async () => {
    const stub = await startS3Stub();
    const store = stub.store();
    stub.write(keyOf(SMALL), SMALL.bytes.slice().fill(1));
    stub.write(`${keyOf(SMALL)}.zst`, SMALL.bytes.slice().fill(2));
    await store.putEncoded?.(SMALL.checksum, "gzip", chunksOf(gzip(SMALL)));
    expect([...stub.objects.keys()].sort()).toEqual([`${keyOf(SMALL)}.BUFFERLENGTH`, `${keyOf(SMALL)}.gz`]);
    expect(sumOf(await store.get(SMALL.checksum))).toBe(SMALL.checksum.hex());
  });

  test("one that is right in the form that is read first stays as it is", async () => {
    const stub = await startS3Stub();
    const store = stub.store();
    // It does not say that it was verified.
    stub.write(keyOf(SMALL), SMALL.bytes);
    await store.putEncoded?.(SMALL.checksum, "gzip", chunksOf(gzip(SMALL)));
    expect([...stub.objects.keys()]).toEqual([keyOf(SMALL)]);
  });

  test("a wrong body leaves no object, no length and no part, be it small or large", async () => {
    const stub = await startS3Stub();
    const store = stub.store();
    for (const [one, other] of [
      [SMALL, LARGE],
      [LARGE, sample(20 * 2 ** 20, 3)],
    ] as const) {
      const put = store.putEncoded!(one.checksum, "gzip", chunksOf(gzip(other)));
      expect(await rejection(put)).toMatchObject({ code: "CHECKSUM_MISMATCH" });
    }
    await store.close();
    expect([stub.objects.size, stub.uploads.size]).toEqual([0, 0]);
  });

  test("a connection that breaks while a length is found by decoding is not taken for a miss", async () => {
    const stub = await startS3Stub();
    const store = stub.store();
    stub.write(`${keyOf(SMALL)}.gz`, gzip(SMALL));
    stub.fault = ({ operation }) =>
      operation === "GetObject" ? { status: 403, code: "RequestTimeTooSkewed" } : undefined;
    expect(await rejection(store.lengths([SMALL.checksum]))).toMatchObject({ code: expect.any(String) });
    stub.fault = undefined;
    stub.write(`${keyOf(SMALL)}.gz`, SMALL.bytes);
    expect(await store.lengths([SMALL.checksum])).toEqual([undefined]);
  });
});
