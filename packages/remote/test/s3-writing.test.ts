import { Agent } from "node:http";
import type { LookupFunction } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { Checksum, isSeamlessError, proveInSlices } from "@seamless/checksum";
import { putTo } from "@seamless/store";
import { describe, expect, test, vi } from "vitest";
import { s3Store } from "../src/s3/store.ts";
import { startS3Stub } from "./support/s3-stub.ts";
import { chunksOf, sample, sumOf } from "./support/sample.ts";

const MIB = 2 ** 20;
const { bytes, checksum } = sample(1000);
const LARGE = sample(45 * MIB + 7, 2);

const keyOf = (sum: Checksum) => `${sum.hex().slice(0, 2)}/${sum.hex()}`;

/** In chunks of a size that fits no part. */
async function* pieces(all: Uint8Array, size = 700_001) {
  for (let at = 0; at < all.byteLength; at += size) yield all.subarray(at, at + size);
}

describe("small buffers", () => {
  test("go as one object, with their hash as what is signed, and in their metadata", async () => {
    const stub = await startS3Stub();
    await stub.store().put(checksum, bytes);
    expect(stub.operations()).toEqual(["PutObject"]);
    expect(stub.seen[0]?.headers).toMatchObject({
      "x-amz-content-sha256": checksum.hex(),
      "x-amz-meta-seamless-sha256": checksum.hex(),
    });
    expect(Object.keys(stub.seen[0]?.headers ?? {}).filter((name) => /checksum|trailer/.test(name))).toEqual([]);
  });

  test("sendChecksum has the server keep their SHA-256", async () => {
    const stub = await startS3Stub();
    await stub.store({ sendChecksum: true }).put(checksum, bytes);
    expect(stub.seen[0]?.headers["x-amz-checksum-sha256"]).toBe(Buffer.from(checksum.bytes()).toString("base64"));
    expect(stub.objects.has(keyOf(checksum))).toBe(true);
  });

  test("of a stream of known or unknown length are one request, too", async () => {
    const stub = await startS3Stub();
    const store = stub.store();
    await store.putStream(checksum, pieces(bytes, 7), { length: 1000 });
    const whole = sample(16 * MIB, 3);
    await store.putStream(whole.checksum, pieces(whole.bytes));
    expect(stub.operations()).toEqual(["PutObject", "PutObject"]);
  });

  test("may be changed by the caller while they are sent again", async () => {
    const stub = await startS3Stub();
    const mine = bytes.slice();
    let count = 0;
    stub.fault = () => {
      mine.fill(0);
      return count++ === 0 ? { status: 503, code: "SlowDown" } : undefined;
    };
    await stub.store().put(checksum, mine);
    expect(sumOf(stub.objects.get(keyOf(checksum))?.bytes)).toBe(checksum.hex());
  });
});

describe("ifNoneMatch", () => {
  test("does not replace what is there and right", async () => {
    const stub = await startS3Stub();
    const store = stub.store({ ifNoneMatch: true });
    await store.put(checksum, bytes);
    const first = stub.objects.get(keyOf(checksum));
    await store.put(checksum, bytes);
    expect(stub.objects.get(keyOf(checksum))).toBe(first);
    expect(
      stub.seen.every(({ operation, headers }) => operation !== "PutObject" || headers["if-none-match"] === "*"),
    ).toBe(true);
  });

  test("believes what somebody else has put there once it has hashed that, and replaces it if it is wrong", async () => {
    const stub = await startS3Stub();
    const store = stub.store({ ifNoneMatch: true });
    stub.write(keyOf(checksum), bytes);
    const first = stub.objects.get(keyOf(checksum));
    await store.put(checksum, bytes);
    expect(stub.objects.get(keyOf(checksum))).toBe(first);
    stub.write(keyOf(checksum), bytes.slice().fill(0));
    await store.put(checksum, bytes);
    expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
  });

  test("of a large one, too: who comes second has succeeded", async () => {
    const stub = await startS3Stub();
    const store = stub.store({ ifNoneMatch: true });
    stub.fault = ({ operation, key }) => {
      if (operation === "CompleteMultipartUpload" && !stub.objects.has(key)) {
        stub.write(key, LARGE.bytes, { "seamless-sha256": LARGE.checksum.hex() });
      }
      return undefined;
    };
    await store.put(LARGE.checksum, LARGE.bytes);
    await store.close();
    expect(stub.uploads.size).toBe(0);
    const wrong = stub.store({ ifNoneMatch: true });
    stub.fault = undefined;
    stub.write(keyOf(LARGE.checksum), bytes);
    await wrong.put(LARGE.checksum, LARGE.bytes);
    expect(sumOf(stub.objects.get(keyOf(LARGE.checksum))?.bytes)).toBe(LARGE.checksum.hex());
  });
});

describe("large buffers", () => {
  test("go in equal parts, four at a time", async () => {
    const stub = await startS3Stub();
    let now = 0;
    let most = 0;
    stub.fault = ({ operation }) => {
      if (operation !== "UploadPart") return undefined;
      most = Math.max(most, ++now);
      return (_, proceed) =>
        void setTimeout(() => {
          now--;
          proceed();
        }, 5);
    };
    const told: number[] = [];
    await stub.store().put(LARGE.checksum, LARGE.bytes, { onProgress: ({ bytes }) => void told.push(bytes) });
    const parts = stub.seen.filter(({ operation }) => operation === "UploadPart");
    expect(parts.map(({ size }) => size).sort((a, b) => b - a)).toEqual([...Array(5).fill(8 * MIB), 5 * MIB + 7]);
    expect(most).toBeLessThanOrEqual(4);
    expect(sumOf(stub.objects.get(keyOf(LARGE.checksum))?.bytes)).toBe(LARGE.checksum.hex());
    expect(told.at(-1)).toBe(LARGE.bytes.byteLength);
    expect(told.length).toBe(6);
  });

  test.each([
    ["a stream of known length", { length: LARGE.bytes.byteLength }, 8 * MIB],
    ["a stream of unknown length", {}, 16 * MIB],
  ])("%s has parts of one size", async (_, options, size) => {
    const stub = await startS3Stub();
    await stub.store().putStream(LARGE.checksum, pieces(LARGE.bytes), options);
    const parts = stub.seen.filter(({ operation }) => operation === "UploadPart");
    expect(parts.map((part) => part.size).sort((a, b) => b - a)[0]).toBe(size);
    expect(parts.filter((part) => part.size !== size)).toHaveLength(1);
    expect(sumOf(stub.objects.get(keyOf(LARGE.checksum))?.bytes)).toBe(LARGE.checksum.hex());
  });

  test.each([
    ["127.0.0.1", "UNSIGNED-PAYLOAD"],
    ["a-machine.of.others", expect.stringMatching(/^[0-9a-f]{64}$/)],
  ])(
    "are signed with the hash of each part where there may be somebody in between: not on the way to %s",
    async (host, signed) => {
      const stub = await startS3Stub();
      const { port } = new URL(stub.endpoint);
      // Any name leads to the stub.
      const lookup: LookupFunction = (_, options, found) =>
        options.all ? found(null, [{ address: "127.0.0.1", family: 4 }]) : found(null, "127.0.0.1", 4);
      const client = new S3Client({
        endpoint: `http://${host}:${port}`,
        region: "us-east-1",
        forcePathStyle: true,
        credentials: { accessKeyId: "a", secretAccessKey: "b" },
        requestHandler: { httpAgent: new Agent({ lookup }) },
      });
      const store = s3Store({ bucket: "bucket", client });
      await store.put(LARGE.checksum, LARGE.bytes);
      await store.close();
      client.destroy();
      const parts = stub.seen.filter(({ operation }) => operation === "UploadPart");
      expect(parts.map(({ headers }) => headers["x-amz-content-sha256"])).toEqual(parts.map(() => signed));
      expect(sumOf(stub.objects.get(keyOf(LARGE.checksum))?.bytes)).toBe(LARGE.checksum.hex());
    },
  );

  test("that fill their parts exactly have no empty one", async () => {
    const stub = await startS3Stub();
    const exact = sample(24 * MIB, 4);
    await stub.store().put(exact.checksum, exact.bytes);
    const parts = stub.seen.filter(({ operation }) => operation === "UploadPart");
    expect(parts.map(({ size }) => size)).toEqual([8 * MIB, 8 * MIB, 8 * MIB]);
  });

  test("that are wrong are never completed, and leave nothing", async () => {
    const stub = await startS3Stub();
    const store = stub.store();
    const wrong = LARGE.bytes.slice();
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
    for (const put of [store.put(LARGE.checksum, wrong), store.putStream(LARGE.checksum, pieces(wrong))]) {
      expect(await put.catch((error) => error.code)).toBe("CHECKSUM_MISMATCH");
    }
    await store.close();
    expect(stub.operations()).not.toContain("CompleteMultipartUpload");
    expect([stub.objects.size, stub.uploads.size]).toEqual([0, 0]);
  });

  test("of which a part cannot be sent fail at once, though their source hangs, and leave nothing", async () => {
    const stub = await startS3Stub();
    stub.fault = ({ operation }) => (operation === "UploadPart" ? { status: 403, code: "AccessDenied" } : undefined);
    const store = stub.store();
    const hanging = async function* () {
      yield* pieces(LARGE.bytes);
      await new Promise(() => {});
    };
    expect(await store.putStream(LARGE.checksum, hanging()).catch((error) => error.code)).toBe("ACCESS_DENIED");
    await store.close();
    expect(stub.uploads.size).toBe(0);
  });

  test("that are there, and say that they were verified, are not sent again: nor is their stream read", async () => {
    const stub = await startS3Stub();
    const store = stub.store();
    await store.put(LARGE.checksum, LARGE.bytes);
    stub.seen.length = 0;
    let stopped = false;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.reject(new Error("read")),
        return: async () => {
          stopped = true;
          return { done: true as const, value: undefined };
        },
      }),
    };
    await store.put(LARGE.checksum, LARGE.bytes);
    await putTo(store, await proveInSlices(LARGE.bytes), {});
    await store.putStream(LARGE.checksum, source, { length: LARGE.bytes.byteLength });
    expect(stub.operations()).toEqual(Array(3).fill(["HeadObject", "CopyObject"]).flat());
    expect(stopped).toBe(true);
    // What does not say so, or has another length, is.
    stub.write(keyOf(LARGE.checksum), LARGE.bytes.slice().fill(0));
    await store.put(LARGE.checksum, LARGE.bytes);
    stub.write(keyOf(LARGE.checksum), LARGE.bytes.subarray(1), { "seamless-sha256": LARGE.checksum.hex() });
    await store.put(LARGE.checksum, LARGE.bytes);
    expect(sumOf(stub.objects.get(keyOf(LARGE.checksum))?.bytes)).toBe(LARGE.checksum.hex());
  });

  test("of which the last answer is lost are found to be there", async () => {
    const stub = await startS3Stub();
    stub.fault = ({ operation }) =>
      operation === "CompleteMultipartUpload"
        ? (response, proceed) => {
            // It is done, and nobody hears of it.
            const { socket } = response;
            response.writeHead = () => {
              socket?.destroy();
              return response;
            };
            proceed();
          }
        : undefined;
    await stub.store().put(LARGE.checksum, LARGE.bytes);
    expect(sumOf(stub.objects.get(keyOf(LARGE.checksum))?.bytes)).toBe(LARGE.checksum.hex());
  });

  test("of more than 10,000 parts are refused where the length was not told, and have larger ones where it was", async () => {
    const stub = await startS3Stub();
    const store = stub.store({ maxBytes: 20 * MIB });
    const error = await store.put(LARGE.checksum, LARGE.bytes).catch((error) => error);
    expect([error.code, error.message]).toEqual(["TOO_LARGE", expect.stringContaining("maxBytes")]);
    const endless = async function* () {
      for (const chunk = new Uint8Array(MIB); ; ) yield chunk;
    };
    expect(await store.putStream(LARGE.checksum, endless()).catch((error) => error.code)).toBe("TOO_LARGE");
    await store.close();
    expect([stub.objects.size, stub.uploads.size]).toEqual([0, 0]);
  });
});

describe("what killed clients leave behind", () => {
  const day = 24 * 3600 * 1000;
  const old = new Date(Date.now() - 2 * day);
  const key = keyOf(checksum);

  test("is swept by the first large put, of our keys alone, once it is a day old", async () => {
    const stub = await startS3Stub();
    const upload = (key: string, initiated: Date) => ({ key, initiated, parts: new Map<number, Buffer>() });
    stub.uploads.set("old", upload(key, old));
    stub.uploads.set("young", upload(key, new Date()));
    stub.uploads.set("foreign", upload("backups/database.tar", old));
    stub.uploads.set("misplaced", upload(`00/${checksum.hex()}`, old));
    const store = stub.store();
    await store.put(checksum, bytes);
    expect(stub.operations()).not.toContain("ListMultipartUploads");
    await store.put(LARGE.checksum, LARGE.bytes);
    await store.close();
    expect([...stub.uploads.keys()]).toEqual(["young", "foreign", "misplaced"]);
  });

  test("is swept by sweep(), which says how many there were; a sweep that is not allowed does not disturb a put", async () => {
    const stub = await startS3Stub();
    stub.uploads.set("old", { key, initiated: old, parts: new Map() });
    const store = stub.store();
    expect(await store.sweep()).toBe(1);
    stub.uploads.set("young", { key, initiated: new Date(), parts: new Map() });
    expect(await store.sweep()).toBe(0);
    expect(await store.sweep({ olderThan: 0 })).toBe(1);
    const denied = vi.fn();
    stub.fault = ({ operation }) => {
      if (operation !== "ListMultipartUploads") return undefined;
      denied();
      return { status: 403, code: "AccessDenied" };
    };
    await store.put(LARGE.checksum, LARGE.bytes);
    await store.close();
    expect(denied).toHaveBeenCalled();
    expect(
      isSeamlessError(
        await stub
          .store({ writable: false })
          .sweep()
          .catch((error) => error),
        "READ_ONLY",
      ),
    ).toBe(true);
  });
});

test("a put of nothing, and a stream of nothing", async () => {
  const stub = await startS3Stub();
  const store = stub.store();
  const empty = Checksum.of(new Uint8Array());
  await store.putStream(empty, chunksOf());
  expect(await store.lengths([empty])).toEqual([0]);
});
