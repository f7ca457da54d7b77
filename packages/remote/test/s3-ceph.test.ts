import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { isSeamlessError, type SeamlessError } from "@seamless/checksum";
import { createCephUser } from "@seamless-tools/engines";
import { expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { openStore } from "../src/open-store.ts";
import { s3Store } from "../src/s3/store.ts";
import { makeBucket, useCeph } from "./support/s3.ts";
import { collect, sample, sumOf } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

const ceph = useCeph();
const { bytes, checksum } = sample(1000);
const LARGE = sample(20 * 2 ** 20, 2);

async function failure(promise: Promise<unknown>): Promise<SeamlessError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!isSeamlessError(error)) throw new Error(`should have failed with a SeamlessError, but: ${String(error)}`);
  return error;
}

/** The files of a folder, by the keys that `aws s3 sync` gives them. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

test("a folder that is copied to a bucket file by file is a store, and so is a bucket that is copied to a folder", async (context) => {
  const { options, write, read, keys } = await makeBucket(ceph(context));
  const folder = tempDir();
  const compressed = sample(100_000, 3);
  const there = directoryStore(folder);
  await there.put(checksum, bytes);
  await there.put(LARGE.checksum, LARGE.bytes);
  const hex = compressed.checksum.hex();
  mkdirSync(join(folder, hex.slice(0, 2)), { recursive: true });
  writeFileSync(join(folder, hex.slice(0, 2), `${hex}.gz`), gzipSync(compressed.bytes));
  writeFileSync(join(folder, hex.slice(0, 2), `${hex}.BUFFERLENGTH`), "100000");
  for (const file of filesOf(folder)) await write(`below/${file}`, readFileSync(join(folder, file)));

  const store = s3Store({ ...options, prefix: "below" });
  const all = [{ checksum, bytes }, LARGE, compressed];
  const sums = all.map((one) => one.checksum);
  expect(await store.lengths(sums)).toEqual(all.map((one) => one.bytes.byteLength));
  for (const one of all) expect(sumOf(await store.get(one.checksum))).toBe(one.checksum.hex());
  const listed = await collect(store.list());
  expect(listed.map((one) => one.checksum.hex()).sort()).toEqual(sums.map((sum) => sum.hex()).sort());

  const added = sample(2000, 4);
  await store.put(added.checksum, added.bytes);
  const back = tempDir();
  for (const key of await keys()) {
    const path = join(back, key.slice("below/".length));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await read(key));
  }
  const copy = directoryStore(back);
  for (const one of [...all, added]) expect(sumOf(await copy.get(one.checksum))).toBe(one.checksum.hex());
  expect((await copy.verify()).ok).toBe(true);
  await store.close();
});

test("keys of others, also with .., are neither listed nor touched", async (context) => {
  const { options, write, keys } = await makeBucket(ceph(context));
  const hex = checksum.hex();
  const foreign = [`../${hex.slice(0, 2)}/${hex}`, `${hex.slice(0, 2)}/../${hex}`, `${hex}`, "control\u0001character"];
  for (const key of foreign) await write(key, "not ours");
  const store = s3Store(options);
  await store.put(checksum, bytes);
  expect(await collect(store.list())).toMatchObject([{ checksum, length: 1000, stored: 1000 }]);
  expect(await store.delete(checksum)).toBe(true);
  expect(await store.has([checksum])).toEqual([false]);
  expect(await collect(store.list())).toEqual([]);
  await store.close();
  // XML has no way to say the last one.
  const left = await keys().catch(() => foreign);
  expect(left).toHaveLength(foreign.length);
});

test("large buffers go both ways, and from any offset", async (context) => {
  const { options } = await makeBucket(ceph(context));
  const store = s3Store(options);
  await store.put(LARGE.checksum, LARGE.bytes);
  expect(sumOf(await store.get(LARGE.checksum))).toBe(LARGE.checksum.hex());
  const offset = 15 * 2 ** 20 + 1;
  const rest = await new Response(await store.getStream(LARGE.checksum, { offset })).arrayBuffer();
  expect(Buffer.compare(Buffer.from(rest), Buffer.from(LARGE.bytes.subarray(offset)))).toBe(0);
  await store.close();
});

test("one that is wrong, too large and unknown to us is replaced by a put", async (context) => {
  const { options, write } = await makeBucket(ceph(context));
  const store = s3Store(options);
  for (const one of [{ checksum, bytes }, LARGE]) {
    await write(`${one.checksum.hex().slice(0, 2)}/${one.checksum.hex()}`, one.bytes.slice().fill(7));
    expect((await failure(store.get(one.checksum))).code).toBe("CHECKSUM_MISMATCH");
    await store.put(one.checksum, one.bytes);
    expect(sumOf(await store.get(one.checksum))).toBe(one.checksum.hex());
  }
  await store.close();
});

test("wrong credentials, and a bucket that is not there, are told apart, and neither is a miss", async (context) => {
  const { options } = await makeBucket(ceph(context));
  const unknown = s3Store({ ...options, credentials: { accessKeyId: "unknown", secretAccessKey: "s3cret" } });
  const [accessKeyId, secretAccessKey] = [(options.credentials as { accessKeyId: string }).accessKeyId, "s3cret"];
  const wrong = s3Store({ ...options, credentials: { accessKeyId, secretAccessKey } });
  const nowhere = s3Store({ ...options, bucket: `no-${randomUUID()}` });
  for (const [store, code, word] of [
    [unknown, "ACCESS_DENIED", "does not know the access key"],
    [wrong, "ACCESS_DENIED", "secret key is wrong"],
    [nowhere, "INVALID_ARGUMENT", "no such bucket"],
  ] as const) {
    for (const run of [
      () => store.has([checksum]),
      () => store.get(checksum),
      () => store.put(checksum, bytes),
      () => store.put(LARGE.checksum, LARGE.bytes),
      () => collect(store.list()),
    ]) {
      const error = await failure(run());
      expect([error.code, error.message]).toEqual([code, expect.stringContaining(word)]);
      expect(error.message).not.toContain(accessKeyId);
    }
    await store.close();
  }
});

test("a user who may only read reads, and is denied to write", async (context) => {
  const cluster = ceph(context);
  const { options, bucket, client, write } = await makeBucket(cluster);
  await write(`${checksum.hex().slice(0, 2)}/${checksum.hex()}`, bytes);
  const uid = `reader-${randomUUID()}`;
  const credentials = await createCephUser(cluster, uid);
  const allow = {
    Effect: "Allow",
    Principal: { AWS: [`arn:aws:iam:::user/${uid}`] },
    Action: ["s3:GetObject", "s3:ListBucket"],
    Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [allow] });
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  const store = s3Store({ ...options, credentials });
  expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
  expect(await store.has([checksum, LARGE.checksum])).toEqual([true, false]);
  for (const run of [
    () => store.put(LARGE.checksum, LARGE.bytes),
    () => store.put(checksum, bytes),
    () => store.delete(checksum),
  ]) {
    expect((await failure(run())).code).toBe("ACCESS_DENIED");
  }
  await store.close();
});

test("a quota that is used up is DISK_FULL, and nothing of the buffer is there", async (context) => {
  const cluster = ceph(context);
  const credentials = await createCephUser(cluster, `poor-${randomUUID()}`, 2 ** 20);
  const { options, keys } = await makeBucket({ ...cluster, ...credentials });
  const store = s3Store(options);
  const middle = sample(2 * 2 ** 20, 6);
  for (const one of [middle, LARGE]) {
    expect((await failure(store.put(one.checksum, one.bytes))).code).toBe("DISK_FULL");
  }
  await store.close();
  expect(await keys()).toEqual([]);
});

test("s3://bucket/prefix takes the rest from the environment", async (context) => {
  const cluster = ceph(context);
  const { bucket, keys } = await makeBucket(cluster);
  const environment = {
    AWS_ENDPOINT_URL: cluster.endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: cluster.accessKeyId,
    AWS_SECRET_ACCESS_KEY: cluster.secretAccessKey,
  };
  const before = Object.fromEntries(Object.keys(environment).map((name) => [name, process.env[name]]));
  Object.assign(process.env, environment);
  try {
    await using store = await openStore(`s3://${bucket}/a/b`);
    expect([store.name, store.writable, store.costClass, store.resumes]).toEqual([
      `s3://${bucket}/a/b`,
      true,
      "remote",
      true,
    ]);
    await store.put(checksum, bytes);
    expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
    expect(await keys()).toEqual([`a/b/${checksum.hex().slice(0, 2)}/${checksum.hex()}`]);
    expect(await collect(store.list!())).toMatchObject([{ checksum, length: 1000, stored: 1000 }]);
    const readOnly = await openStore(`s3://${bucket}/a/b`, { writable: false });
    expect((await failure(readOnly.put(checksum, bytes))).code).toBe("READ_ONLY");
    await readOnly.close?.();
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

test.each(["s3://", "s3:///prefix", "s3://user@bucket/prefix", "s3://bucket/prefix?x=1", "s3://a/../b"])(
  "%s is no bucket",
  async (url) => {
    const opening = async () => {
      await using store = await openStore(url);
      await store.has([checksum]);
    };
    expect((await failure(opening())).code).toBe("INVALID_ARGUMENT");
  },
);
