import { gzipSync } from "node:zlib";
import { type Checksum, isSeamlessError } from "@seamless/checksum";
import { describe, expect, test } from "vitest";
import { zstdStored, zstdZeros } from "./support/client-zstd.ts";
import { type Fault, startS3Stub } from "./support/s3-stub.ts";
import { collect, sample, sumOf } from "./support/sample.ts";

const { bytes, checksum } = sample(300_000);
const keyOf = (sum: Checksum, suffix = "") => `${sum.hex().slice(0, 2)}/${sum.hex()}${suffix}`;

/** Ends the connection in the middle of a body. */
const cut =
  (after: number): Fault =>
  (response, proceed) => {
    const { end } = response;
    response.end = ((part: Uint8Array) => {
      response.write(part.subarray(0, after), () => response.socket?.destroy());
      return response;
    }) as typeof end;
    proceed();
  };

describe("a body that breaks off", () => {
  test.each(["get", "getStream"] as const)("%s goes on where it stopped, and the whole is hashed", async (method) => {
    const stub = await startS3Stub();
    stub.write(keyOf(checksum), bytes);
    let breaks = 3;
    stub.fault = () => (breaks-- > 0 ? cut(50_000) : undefined);
    const store = stub.store();
    const told: number[] = [];
    const onProgress = (progress: { bytes: number }) => void told.push(progress.bytes);
    const found =
      method === "get"
        ? await store.get(checksum, { onProgress })
        : new Uint8Array(await new Response(await store.getStream(checksum, { onProgress })).arrayBuffer());
    expect(sumOf(found)).toBe(checksum.hex());
    const ranges = stub.seen.map(({ headers }) => headers.range);
    expect(ranges[0]).toBeUndefined();
    expect(ranges.slice(1)).toEqual(["bytes=50000-", "bytes=100000-", "bytes=150000-"]);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(bytes.byteLength);
  });

  test("and goes on with other bytes is wrong", async () => {
    const stub = await startS3Stub();
    stub.write(keyOf(checksum), bytes);
    stub.fault = ({ operation, headers }) => {
      if (operation !== "GetObject") return undefined;
      if (headers.range !== undefined) stub.write(keyOf(checksum), bytes.slice().fill(1));
      return headers.range === undefined ? cut(50_000) : undefined;
    };
    for (const read of [
      () => stub.store().get(checksum),
      async () => new Response(await stub.store().getStream(checksum)).arrayBuffer(),
    ]) {
      stub.write(keyOf(checksum), bytes);
      const error = await read().catch((error: unknown) => error);
      expect(isSeamlessError(error, "CHECKSUM_MISMATCH")).toBe(true);
    }
  });

  test("and whose object is gone by then is a failure, not a miss", async () => {
    const stub = await startS3Stub();
    stub.write(keyOf(checksum), bytes);
    stub.fault = () => {
      const fault = cut(50_000);
      return (response, proceed) => {
        if (typeof fault === "function") fault(response, proceed);
        stub.objects.clear();
      };
    };
    const error = await stub
      .store()
      .get(checksum)
      .catch((error: unknown) => error);
    expect(isSeamlessError(error, "STORE_FAILED")).toBe(true);
  });
});

test("a stream that is cancelled or aborted, read or not, lets its connection go", async () => {
  const stub = await startS3Stub();
  const large = sample(8 * 2 ** 20, 3);
  stub.write(keyOf(large.checksum), large.bytes);
  const closed: Promise<unknown>[] = [];
  stub.fault = () => (response, proceed) => {
    closed.push(new Promise((resolve) => response.on("close", resolve)));
    proceed();
  };
  const store = stub.store();
  for (const offset of [0, 1]) {
    await (await store.getStream(large.checksum, { offset }))?.cancel();
    const reader = (await store.getStream(large.checksum, { offset }))?.getReader();
    await reader?.read();
    await reader?.cancel();
    const controller = new AbortController();
    await store.getStream(large.checksum, { offset, signal: controller.signal });
    controller.abort();
  }
  expect(closed).toHaveLength(6);
  await Promise.all(closed);
});

describe("a miss is proven", () => {
  test("by one list, which shows the compressed forms too", async () => {
    const stub = await startS3Stub();
    const store = stub.store();
    expect(await store.get(checksum)).toBeUndefined();
    expect(stub.operations()).toEqual(["GetObject", "ListObjectsV2"]);
    stub.seen.length = 0;
    expect(await store.has([checksum])).toEqual([false]);
    expect(stub.operations()).toEqual(["HeadObject", "ListObjectsV2"]);
  });

  test("by asking for all forms and the bucket where listing is not allowed", async () => {
    const stub = await startS3Stub();
    const denied = ["ListObjectsV2"];
    stub.fault = ({ operation }) => (denied.includes(operation) ? { status: 403, code: "AccessDenied" } : undefined);
    const store = stub.store();
    expect(await store.has([checksum])).toEqual([false]);
    expect(await store.get(checksum)).toBeUndefined();
    stub.write(keyOf(checksum, ".gz"), gzipSync(bytes));
    expect(await store.lengths([checksum])).toEqual([bytes.byteLength]);
    expect(await store.delete(checksum)).toBe(true);
    // Nothing proves anything where the bucket does not answer, either.
    denied.push("HeadBucket");
    const error = await store.has([checksum]).catch((error: unknown) => error);
    expect(isSeamlessError(error, "ACCESS_DENIED")).toBe(true);
  });

  test("not by a bucket that is not there", async () => {
    const stub = await startS3Stub();
    const store = stub.store({ bucket: "another" });
    for (const ask of [() => store.has([checksum]), () => store.lengths([checksum]), () => store.get(checksum)]) {
      const error = await ask().catch((error: unknown) => error);
      expect(isSeamlessError(error, "INVALID_ARGUMENT")).toBe(true);
    }
  });
});

describe.each([
  [".gz", (bytes: Uint8Array) => gzipSync(bytes), gzipSync(new Uint8Array(2 ** 22))],
  [".zst", zstdStored, zstdZeros(32)],
] as const)("compressed forms %s that a synced folder brings", (suffix, encode, zeros) => {
  test("are read, listed, measured and removed", async () => {
    const stub = await startS3Stub();
    stub.write(keyOf(checksum, suffix), encode(bytes));
    const store = stub.store();
    expect(await store.has([checksum])).toEqual([true]);
    expect(await store.lengths([checksum])).toEqual([bytes.byteLength]);
    expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
    const rest = await new Response(await store.getStream(checksum, { offset: 100_000 })).arrayBuffer();
    expect(Buffer.compare(Buffer.from(rest), Buffer.from(bytes.subarray(100_000)))).toBe(0);
    expect(await collect(store.list())).toMatchObject([{ checksum, length: undefined }]);
    stub.write(keyOf(checksum, ".BUFFERLENGTH"), Buffer.from("300000"));
    stub.seen.length = 0;
    expect(await store.lengths([checksum])).toEqual([300_000]);
    // A zstd frame that states no length is decoded to know it.
    const range = stub.seen.at(-1)?.headers.range;
    if (suffix === ".gz") expect(range).toMatch(/^bytes=\d+-\d+$/);
    else expect(range).toBeUndefined();
    expect(await store.delete(checksum)).toBe(true);
    expect(stub.objects.size).toBe(0);
  });

  test("count where the plain one is wrong; the plain one counts first", async () => {
    const stub = await startS3Stub();
    stub.write(keyOf(checksum), bytes.slice().fill(0));
    stub.write(keyOf(checksum, suffix), encode(bytes));
    expect(sumOf(await stub.store().get(checksum))).toBe(checksum.hex());
    stub.write(keyOf(checksum, suffix), encode(bytes.slice().fill(2)));
    const error = await stub
      .store()
      .get(checksum)
      .catch((error: unknown) => error);
    expect(isSeamlessError(error, "CHECKSUM_MISMATCH")).toBe(true);
  });

  test("become no more than the limits", async () => {
    const stub = await startS3Stub();
    const { checksum } = sample(10, 9);
    stub.write(keyOf(checksum, suffix), zeros);
    const error = await stub
      .store({ maxDecodedBytes: 2 ** 20 })
      .get(checksum)
      .catch((error: unknown) => error);
    expect(isSeamlessError(error, "TOO_LARGE")).toBe(true);
    expect(await stub.store({ maxDecodedBytes: 2 ** 20 }).lengths([checksum])).toEqual([undefined]);
  });
});

test("keys of others are neither listed nor touched", async () => {
  const stub = await startS3Stub();
  const { checksum } = sample(10, 5);
  const hex = checksum.hex();
  const foreign = [
    "backups/database.tar",
    `../${hex.slice(0, 2)}/${hex}`,
    `${hex.slice(0, 2)}/../${hex}`,
    `00/${hex}`,
    hex,
    `${hex.slice(0, 2)}/${hex}.txt`,
    `${hex.slice(0, 2)}/${hex}-a1b2c3d4`,
    `${hex.slice(0, 2)}/${hex}/more`,
    `${hex.slice(0, 2)}/${hex.toUpperCase()}`,
    "control\u0001character/%zz",
    ".HASHSERVER_PREFIX",
  ];
  for (const key of foreign) stub.write(key, Buffer.from("not ours"));
  const store = stub.store();
  expect(await collect(store.list())).toEqual([]);
  expect([await store.has([checksum]), await store.get(checksum), await store.delete(checksum)]).toEqual([
    [false],
    undefined,
    false,
  ]);
  expect([...stub.objects.keys()].sort()).toEqual([...foreign].sort());
});

test("list goes through all pages, each buffer once", async () => {
  const stub = await startS3Stub();
  const all = Array.from({ length: 250 }, (_, i) => sample(5, i + 1).checksum);
  for (const sum of all) {
    stub.write(`below/${keyOf(sum)}`, Buffer.from("12345"));
    stub.write(`below/${keyOf(sum, ".gz")}`, Buffer.from("1"));
    stub.write(`below/${keyOf(sum, ".BUFFERLENGTH")}`, Buffer.from("1"));
  }
  const store = stub.store({ prefix: "below" });
  const found = await collect(store.list());
  expect(found.map(({ checksum }) => checksum.hex()).sort()).toEqual(all.map((sum) => sum.hex()).sort());
  expect(new Set(found.map(({ length }) => length))).toEqual(new Set([5]));
  expect(await collect(stub.store().list())).toEqual([]);
});

test("a server that knows no ranges, and one that does not say how long a body is", async () => {
  const stub = await startS3Stub();
  stub.write(keyOf(checksum), bytes);
  stub.fault = () => (response) => {
    response.writeHead(200, { etag: '"a"' });
    response.end(bytes);
  };
  const store = stub.store();
  expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
  const rest = await new Response(await store.getStream(checksum, { offset: 299_990 })).arrayBuffer();
  expect(rest.byteLength).toBe(10);
});

test("larger than maxBytes is refused before it is read", async () => {
  const stub = await startS3Stub();
  stub.write(keyOf(checksum), bytes);
  const store = stub.store({ maxBytes: 1000 });
  for (const read of [
    () => store.get(checksum),
    async () => new Response(await store.getStream(checksum)).arrayBuffer(),
  ]) {
    const error = await read().catch((error: unknown) => error);
    expect(isSeamlessError(error, "TOO_LARGE")).toBe(true);
  }
});
