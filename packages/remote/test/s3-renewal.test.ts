import { gzipSync } from "node:zlib";
import { HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { collectGarbage } from "@seamless/store/housekeeping";
import { describe, expect, test } from "vitest";
import { type S3Store, s3Store } from "../src/s3/store.ts";
import { failure } from "./support/client-store.ts";
import { makeBucket, useCeph } from "./support/s3.ts";
import { startS3Stub } from "./support/s3-stub.ts";
import { chunksOf, collect, sample, sumOf } from "./support/sample.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const { bytes, checksum } = sample(1000);
const LARGE = sample(17 * 2 ** 20, 2);
const HEX = checksum.hex();
const KEY = `${HEX.slice(0, 2)}/${HEX}`;

const long = () => new Date(Date.now() - DAY);

/** How old a list says that things are, in hours. */
async function ages(store: ReturnType<typeof s3Store>): Promise<number[]> {
  const all = await collect(store.list());
  return all.map(({ modified }) => Math.round((Date.now() - modified!) / HOUR));
}

describe("against a stub that has old objects", () => {
  test("touch makes one young, and leaves its bytes and its metadata", async () => {
    const stub = await startS3Stub();
    stub.write(KEY, bytes, { "seamless-sha256": HEX, mine: "yes" }, long());
    const store = stub.store();
    expect(await ages(store)).toEqual([24]);
    expect(await store.touch?.([checksum, LARGE.checksum])).toEqual([true, false]);
    expect(await ages(store)).toEqual([0]);
    expect(stub.objects.get(KEY)?.metadata).toEqual({ "seamless-sha256": HEX, mine: "yes" });
    expect(sumOf(await store.get(checksum))).toBe(HEX);
    expect(await store.delete(checksum, { minAge: HOUR })).toBe(false);
    expect(stub.objects.has(KEY)).toBe(true);
  });

  test("delete removes what is old, and leaves what has one young form", async () => {
    const stub = await startS3Stub();
    stub.write(KEY, bytes, {}, long());
    const store = stub.store();
    stub.write(`${KEY}.gz`, gzipSync(bytes));
    expect(await ages(store)).toEqual([0]);
    expect(await store.delete(checksum, { minAge: HOUR })).toBe(false);
    stub.write(`${KEY}.gz`, gzipSync(bytes), {}, long());
    expect(await store.delete(checksum, { minAge: HOUR })).toBe(true);
    expect(stub.objects.size).toBe(0);
  });

  test("touch of one that is there compressed alone renews that", async () => {
    const stub = await startS3Stub();
    stub.write(`${KEY}.gz`, gzipSync(bytes), {}, long());
    const store = stub.store();
    expect(await store.touch?.([checksum])).toEqual([true]);
    expect(await ages(store)).toEqual([0]);
  });

  test("put and putStream of a large one that is there renew it, and send nothing", async () => {
    const stub = await startS3Stub();
    const key = `${LARGE.checksum.hex().slice(0, 2)}/${LARGE.checksum.hex()}`;
    const store = stub.store();
    stub.write(key, LARGE.bytes, { "seamless-sha256": LARGE.checksum.hex() }, long());
    await store.put(LARGE.checksum, LARGE.bytes);
    expect(stub.operations()).toEqual(["HeadObject", "CopyObject"]);
    expect(await ages(store)).toEqual([0]);
  });

  test("a server that copies nothing is sent it again by put, and is UNSUPPORTED to touch", async () => {
    const stub = await startS3Stub();
    const key = `${LARGE.checksum.hex().slice(0, 2)}/${LARGE.checksum.hex()}`;
    stub.write(key, LARGE.bytes, { "seamless-sha256": LARGE.checksum.hex() }, long());
    stub.fault = ({ operation }) => (operation === "CopyObject" ? { status: 501, code: "NotImplemented" } : undefined);
    const store = stub.store();
    expect((await failure(store.touch!([LARGE.checksum]))).code).toBe("UNSUPPORTED");
    await store.put(LARGE.checksum, LARGE.bytes);
    expect(await ages(store)).toEqual([0]);
  });

  test("one that is removed, or replaced, while it is renewed", async () => {
    const stub = await startS3Stub();
    const store = stub.store();
    stub.write(KEY, bytes, {}, long());
    stub.fault = ({ operation }) => {
      if (operation === "CopyObject") stub.objects.delete(KEY);
      return undefined;
    };
    expect(await store.touch?.([checksum])).toEqual([false]);
    stub.write(KEY, bytes.slice().fill(1), {}, long());
    let copies = 0;
    stub.fault = ({ operation }) => {
      if (operation === "CopyObject" && copies++ === 0) stub.write(KEY, bytes, { "seamless-sha256": HEX }, long());
      return undefined;
    };
    expect(await store.touch?.([checksum])).toEqual([true]);
    expect(copies).toBe(2);
    expect(sumOf(await store.get(checksum))).toBe(HEX);
  });

  test("one over 5 GiB is copied in parts, and none of them is left behind if that fails", async () => {
    const stub = await startS3Stub();
    const size = 11 * 2 ** 30 + 5;
    stub.write(KEY, bytes, {}, long());
    stub.fault = ({ operation }) =>
      operation !== "HeadObject"
        ? undefined
        : (response, proceed) => {
            const { writeHead } = response;
            response.writeHead = ((status: number, headers: object) =>
              writeHead.call(response, status, { ...headers, "content-length": size })) as typeof writeHead;
            proceed();
          };
    const store = stub.store();
    expect(await store.touch?.([checksum])).toEqual([true]);
    const ranges = (stub.objects.get(KEY)?.bytes.toString() ?? "").trim().split(" ");
    expect(ranges).toHaveLength(12);
    expect(ranges[0]).toBe(`bytes=0-${2 ** 30 - 1}`);
    expect(ranges.at(-1)).toBe(`bytes=${11 * 2 ** 30}-${size - 1}`);

    const lie = stub.fault;
    stub.fault = (seen) => (seen.query.get("partNumber") === "7" ? { status: 403, code: "AccessDenied" } : lie?.(seen));
    expect((await failure(store.touch!([checksum]))).code).toBe("ACCESS_DENIED");
    expect(stub.uploads.size).toBe(0);
  });

  test("a page that is answered with 200 is no copy", async () => {
    const stub = await startS3Stub();
    stub.write(KEY, bytes);
    stub.fault = ({ operation }) =>
      operation === "CopyObject"
        ? (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>sign in</html>")
        : undefined;
    expect((await failure(stub.store().touch!([checksum]))).code).toBe("STORE_FAILED");
  });
});

describe("with ifNoneMatch, against a stub whose policy lets nothing be replaced", () => {
  async function startStrict() {
    const stub = await startS3Stub();
    stub.fault = ({ operation, headers }) => {
      const replaces = ["PutObject", "CompleteMultipartUpload"].includes(operation) && headers["if-none-match"] !== "*";
      return replaces || operation === "CopyObject" ? { status: 403, code: "AccessDenied" } : undefined;
    };
    return { stub, store: stub.store({ ifNoneMatch: true }) };
  }
  const marks = (stub: Awaited<ReturnType<typeof startS3Stub>>) =>
    [...stub.objects.keys()].filter((key) => key.includes(".TOUCHED-"));
  const facts = (sum: string) => ({ "seamless-sha256": sum });

  test.each([
    ["touch", async (store: S3Store) => expect(await store.touch([checksum])).toEqual([true])],
    ["put", (store: S3Store) => store.put(checksum, bytes)],
    ["putStream", (store: S3Store) => store.putStream(checksum, chunksOf(bytes))],
    ["putEncoded", (store: S3Store) => store.putEncoded?.(checksum, "gzip", chunksOf(gzipSync(bytes)))],
  ])("%s of what is there makes it young by a mark beside it", async (_, renew) => {
    const { stub, store } = await startStrict();
    stub.write(KEY, bytes, facts(HEX), long());
    const before = stub.objects.get(KEY);
    expect(await ages(store)).toEqual([24]);
    for (let i = 0; i < 3; i++) await renew(store);
    expect(await ages(store)).toEqual([0]);
    expect(await store.delete(checksum, { minAge: HOUR })).toBe(false);
    expect(stub.objects.get(KEY)).toBe(before);
    // The marks of the moment may be as old as each other.
    expect(marks(stub).length).toBeLessThanOrEqual(3);
    for (const key of marks(stub)) stub.write(key, new Uint8Array(), {}, long());
    await renew(store);
    expect(marks(stub)).toHaveLength(1);
    expect(await store.delete(checksum)).toBe(true);
    expect(stub.objects.size).toBe(0);
  });

  test("a large one, too; what is missing, or has just been removed, is not marked as there", async () => {
    const { stub, store } = await startStrict();
    const key = `${LARGE.checksum.hex().slice(0, 2)}/${LARGE.checksum.hex()}`;
    stub.write(key, LARGE.bytes, facts(LARGE.checksum.hex()), long());
    await store.put(LARGE.checksum, LARGE.bytes);
    expect(await ages(store)).toEqual([0]);
    expect(await store.touch([checksum])).toEqual([false]);
    stub.write(KEY, bytes, facts(HEX), long());
    const strict = stub.fault;
    stub.fault = (seen) => {
      if (seen.key.includes(".TOUCHED-")) stub.objects.delete(KEY);
      return strict?.(seen);
    };
    expect(await store.touch([checksum])).toEqual([false]);
    stub.write(KEY, bytes, facts(HEX), long());
    // Gone between two looks: it is put again.
    await store.put(checksum, bytes);
    expect(stub.objects.has(KEY)).toBe(true);
  });

  test("marks that are put at once never remove the youngest", async () => {
    const { stub, store } = await startStrict();
    stub.write(KEY, bytes, facts(HEX), long());
    const others = Array.from({ length: 8 }, () => stub.store({ ifNoneMatch: true }));
    await Promise.all([store, ...others].map((each) => each.touch([checksum])));
    expect(await ages(store)).toEqual([0]);
  });

  test("marks alone are no buffer, and a store that may not list removes nothing by its age", async () => {
    const { stub, store } = await startStrict();
    stub.write(`${KEY}.TOUCHED-abc123`, new Uint8Array());
    expect(await ages(store)).toEqual([]);
    expect(await store.has([checksum])).toEqual([false]);
    stub.write(KEY, bytes, facts(HEX), long());
    stub.fault = ({ operation }) => (operation === "ListObjectsV2" ? { status: 403, code: "AccessDenied" } : undefined);
    expect((await failure(store.delete(checksum, { minAge: HOUR }))).code).toBe("ACCESS_DENIED");
    expect(stub.objects.has(KEY)).toBe(true);
  });

  test("garbage is collected with a least age", async () => {
    const { stub, store } = await startStrict();
    const old = sample(2000, 7);
    stub.write(KEY, bytes, facts(HEX), long());
    stub.write(`${old.checksum.hex().slice(0, 2)}/${old.checksum.hex()}`, old.bytes, {}, long());
    const touched = sample(3000, 8);
    stub.write(`${touched.checksum.hex().slice(0, 2)}/${touched.checksum.hex()}`, touched.bytes, {}, long());
    await store.put(touched.checksum, touched.bytes);
    const found = await collectGarbage(store, { roots: [checksum], dryRun: false });
    expect(found).toMatchObject({ kept: { buffers: 1 }, young: { buffers: 1 }, removed: { buffers: 1, bytes: 2000 } });
  });
});

describe("on Ceph", () => {
  const ceph = useCeph();

  test("touch keeps the bytes and what an object says of itself", async (context) => {
    const { client, bucket, options } = await makeBucket(ceph(context));
    const store = s3Store({ ...options, prefix: "a b/ü+" });
    const Key = `a b/ü+/${KEY}`;
    const facts = { ContentType: "text/x-mine", CacheControl: "no-store", Metadata: { mine: "yes" } };
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: bytes, ...facts }));
    const before = await client.send(new HeadObjectCommand({ Bucket: bucket, Key }));
    // The clock of the server has whole seconds here.
    await expect
      .poll(
        async () => {
          expect(await store.touch?.([checksum, LARGE.checksum])).toEqual([true, false]);
          const after = await client.send(new HeadObjectCommand({ Bucket: bucket, Key }));
          expect(after).toMatchObject({ ...facts, ContentLength: 1000, ETag: before.ETag });
          return after.LastModified!.getTime();
        },
        { timeout: 60_000, interval: 300 },
      )
      .toBeGreaterThan(before.LastModified!.getTime());
    expect(sumOf(await store.get(checksum))).toBe(HEX);
    await store.close();
  });

  test("a large one, which came in parts, too", async (context) => {
    const { options } = await makeBucket(ceph(context));
    const store = s3Store(options);
    await store.put(LARGE.checksum, LARGE.bytes);
    expect(await store.touch?.([LARGE.checksum])).toEqual([true]);
    await store.put(LARGE.checksum, LARGE.bytes);
    expect(sumOf(await store.get(LARGE.checksum))).toBe(LARGE.checksum.hex());
    await store.close();
  });

  test("garbage is collected with a least age: what was just put stays", async (context) => {
    const { options } = await makeBucket(ceph(context));
    const store = s3Store(options);
    const old = sample(2000, 7);
    await store.put(checksum, bytes);
    await store.put(old.checksum, old.bytes);
    const roots = [checksum];
    const first = await collectGarbage(store, { roots, dryRun: false });
    expect(first).toMatchObject({ young: { buffers: 1 }, removed: { buffers: 0 } });
    const second = await collectGarbage(store, { roots, minAge: 0, dryRun: false });
    expect(second).toMatchObject({ kept: { buffers: 1 }, removed: { buffers: 1, bytes: 2000 } });
    await store.close();
  });
});
