import { randomUUID } from "node:crypto";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { CephCluster } from "@seamless-tools/engines";
import { missingCeph, sharedCeph } from "@seamless-tools/engines";
import { beforeAll, inject, type TestContext } from "vitest";
import { unavailable } from "../../../../tools/build/unavailable.ts";
import type { S3StoreOptions } from "../../src/s3/store.ts";

// The SDK says on every start that it will not run on Node 20 for ever.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

/** A new bucket, and what one does to it behind the back of a store. */
export interface Bucket {
  readonly bucket: string;
  readonly options: S3StoreOptions;
  readonly client: S3Client;
  write(key: string, bytes: Uint8Array | string): Promise<void>;
  read(key: string): Promise<Uint8Array>;
  remove(key: string): Promise<void>;
  /** All keys, sorted. */
  keys(): Promise<string[]>;
}

/** How a store of a cluster is reached. */
function connectionOf({ endpoint, accessKeyId, secretAccessKey }: CephCluster) {
  return { endpoint, region: "us-east-1", credentials: { accessKeyId, secretAccessKey } };
}

/** A client that is like that of a store. */
function clientOf(connection: ReturnType<typeof connectionOf>): S3Client {
  return new S3Client({
    ...connection,
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}

/** Makes a bucket on a cluster. */
export async function makeBucket(cluster: CephCluster): Promise<Bucket> {
  const connection = connectionOf(cluster);
  const client = clientOf(connection);
  const bucket = `bucket-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    bucket,
    client,
    options: { bucket, ...connection },
    async write(Key, bytes) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: bytes }));
    },
    async read(Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    },
    async remove(Key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    },
    async keys() {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
        keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ""));
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return keys.sort();
    },
  };
}

/** The shared cluster, for the tests of a file; each asks for it with its context, and is skipped where there is none. */
export function useCeph(): (context: Pick<TestContext, "skip">) => CephCluster {
  let cluster: CephCluster | undefined;
  beforeAll(async () => {
    if (missingCeph() === undefined) cluster = await sharedCeph(inject("engines"));
  }, 300_000);
  return ({ skip }) => cluster ?? unavailable(skip, missingCeph() ?? "Ceph could not be started");
}
