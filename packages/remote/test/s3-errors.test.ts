import { type ErrorCode, isSeamlessError } from "@seamless/checksum";
import { isLasting } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { type S3Store, s3Store } from "../src/s3/store.ts";
import { type Fault, startS3Stub } from "./support/s3-stub.ts";
import { chunksOf, sample } from "./support/sample.ts";

const { bytes, checksum } = sample(1000);
const LARGE = sample(20 * 2 ** 20, 2);

type Operation = (store: S3Store) => Promise<unknown>;

const READS: Readonly<Record<string, Operation>> = {
  get: (store) => store.get(checksum),
  getStream: (store) => store.getStream(checksum),
  has: (store) => store.has([checksum]),
  lengths: (store) => store.lengths([checksum]),
  list: async (store) => {
    for await (const _ of store.list());
  },
};

const WRITES: Readonly<Record<string, Operation>> = {
  put: (store) => store.put(checksum, bytes),
  "put, large": (store) => store.put(LARGE.checksum, LARGE.bytes),
  putStream: (store) => store.putStream(checksum, chunksOf(bytes)),
  delete: (store) => store.delete(checksum),
};

async function failure(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!isSeamlessError(error)) throw new Error(`should have failed with a SeamlessError, but: ${String(error)}`);
  return error;
}

/** What a server calls it, its status → our code, whether another attempt only repeats it, a word of the message. */
const ERRORS: readonly (readonly [string, number, ErrorCode, boolean, string])[] = [
  ["NoSuchBucket", 404, "INVALID_ARGUMENT", true, "no such bucket"],
  ["PermanentRedirect", 301, "INVALID_ARGUMENT", true, "region"],
  ["AuthorizationHeaderMalformed", 400, "INVALID_ARGUMENT", true, "region"],
  ["AccessDenied", 403, "ACCESS_DENIED", true, "s3:ListBucket"],
  ["InvalidAccessKeyId", 403, "ACCESS_DENIED", true, "access key"],
  ["SignatureDoesNotMatch", 403, "ACCESS_DENIED", true, "secret key"],
  ["ExpiredToken", 400, "ACCESS_DENIED", true, "expired"],
  ["RequestTimeTooSkewed", 403, "ACCESS_DENIED", true, "clock"],
  ["InvalidObjectState", 403, "UNSUPPORTED", true, "archived"],
  ["MethodNotAllowed", 405, "UNSUPPORTED", true, "endpoint"],
  ["SlowDown", 503, "STORE_FAILED", false, "overloaded"],
  ["InternalError", 500, "STORE_FAILED", false, "failed"],
  ["SomethingNew", 400, "STORE_FAILED", false, "400"],
  ["", 407, "ACCESS_DENIED", true, "proxy"],
  ["", 502, "STORE_FAILED", false, "502"],
];

describe("what a server says is an error with a code that says which, and never missing", () => {
  test.each(ERRORS)(
    "%s (%i) → %s",
    async (code, status, expected, lasting, word) => {
      const stub = await startS3Stub();
      stub.fault = () => ({ status, code });
      for (const [name, run] of Object.entries({ ...READS, ...WRITES })) {
        const error = await failure(run(stub.store()));
        expect([name, error.code, error.message]).toEqual([name, expected, expect.stringContaining(word)]);
        expect([name, isLasting(error)]).toEqual([name, lasting]);
        expect(error.message).toContain("s3://bucket: cannot ");
      }
    },
    60_000,
  );

  test.each([
    ["EntityTooLarge", 400, "TOO_LARGE"],
    ["QuotaExceeded", 403, "DISK_FULL"],
    ["XMinioStorageFull", 507, "DISK_FULL"],
    ["", 507, "DISK_FULL"],
    ["", 413, "TOO_LARGE"],
  ])("a put that ends with %s (%i) → %s", async (code, status, expected) => {
    const stub = await startS3Stub();
    stub.fault = ({ operation }) => (/^(Put|Upload|Complete)/.test(operation) ? { status, code } : undefined);
    for (const run of [WRITES["put"]!, WRITES["put, large"]!]) {
      expect(await failure(run(stub.store()))).toMatchObject({ code: expected });
    }
    expect(stub.objects.size).toBe(0);
  });

  test("the region of a bucket that is elsewhere is told", async () => {
    const stub = await startS3Stub();
    const extra = "<Region>eu-west-3</Region>";
    stub.fault = () => ({ status: 400, code: "AuthorizationHeaderMalformed", extra });
    expect((await failure(stub.store().get(checksum))).message).toContain("(eu-west-3)");
  });
});

describe("a proxy that answers HTML with 200", () => {
  const page: Fault = (response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<!DOCTYPE html><html><body><h1>Sign in<br></h1></body></html>");
  };

  test.each(Object.entries({ ...READS, ...WRITES }))("%s fails", async (_, run) => {
    const stub = await startS3Stub();
    stub.fault = () => page;
    const error = await failure(run(stub.store()));
    expect([error.code, isLasting(error)]).toEqual(["STORE_FAILED", false]);
    expect(error.message).toMatch(/proxy/);
  });

  test.each(["ListObjectsV2", "DeleteObject", "CompleteMultipartUpload", "UploadPart"])(
    "to %s alone: nothing is missing, removed or there by that",
    async (operation) => {
      const stub = await startS3Stub();
      stub.fault = (seen) => (seen.operation === operation ? page : undefined);
      const run = {
        ListObjectsV2: READS["has"]!,
        DeleteObject: async (store: S3Store) => {
          await store.put(checksum, bytes);
          await store.delete(checksum);
        },
      }[operation];
      expect((await failure((run ?? WRITES["put, large"]!)(stub.store()))).code).toBe("STORE_FAILED");
    },
  );
});

test("an error has neither keys nor what was signed in it", async () => {
  const stub = await startS3Stub();
  const extra = "<AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId><StringToSign>AWS4</StringToSign>";
  stub.fault = () => ({ status: 403, code: "SignatureDoesNotMatch", extra });
  const error = await failure(stub.store().get(checksum));
  expect(`${error} ${JSON.stringify(error, Object.getOwnPropertyNames(error))}`).not.toMatch(/AKIDEXAMPLE|AWS4/);
  expect(error.cause).toBeUndefined();
});

test("SlowDown that passes is only slower", async () => {
  const stub = await startS3Stub();
  let left = 2;
  stub.fault = () => (left-- > 0 ? { status: 503, code: "SlowDown" } : undefined);
  const store = stub.store();
  await store.put(checksum, bytes);
  left = 1;
  expect(await store.has([checksum])).toEqual([true]);
});

test("a server that is not there", async () => {
  const store = s3Store({
    bucket: "bucket",
    endpoint: "http://127.0.0.1:9",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  for (const run of Object.values({ ...READS, ...WRITES })) {
    const error = await failure(run(store));
    expect([error.code, isLasting(error), error.message]).toEqual([
      "STORE_FAILED",
      false,
      expect.stringContaining("ECONNREFUSED"),
    ]);
  }
  await store.close();
});

test("without the client of AWS: one line that says what to install", async () => {
  const store = s3Store({ bucket: "bucket", sdk: () => import("no-such-package" as string) });
  const error = await failure(store.has([checksum]));
  expect([error.code, error.message]).toEqual([
    "UNSUPPORTED",
    expect.stringMatching(/^s3:\/\/bucket: cannot be used: .*npm install @aws-sdk\/client-s3.*$/),
  ]);
});

test("without credentials, and without a region", async () => {
  const stub = await startS3Stub();
  const none = async () => {
    throw Object.assign(new Error("Could not load credentials from any providers"), {
      name: "CredentialsProviderError",
    });
  };
  expect((await failure(stub.store({ credentials: none }).has([checksum]))).code).toBe("ACCESS_DENIED");
  const kept = { AWS_REGION: process.env["AWS_REGION"], AWS_CONFIG_FILE: process.env["AWS_CONFIG_FILE"] };
  Object.assign(process.env, { AWS_CONFIG_FILE: "/nonexistent" });
  delete process.env["AWS_REGION"];
  try {
    const store = s3Store({ bucket: "bucket" });
    expect((await failure(store.has([checksum]))).code).toMatch(/INVALID_ARGUMENT|ACCESS_DENIED/);
  } finally {
    for (const [name, value] of Object.entries(kept)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

test("closed for good", async () => {
  const stub = await startS3Stub();
  const store = stub.store();
  await store.close();
  expect((await failure(store.has([checksum]))).code).toBe("INVALID_STATE");
});

test.each([
  [{ bucket: "" }, "bucket"],
  [{ bucket: "a b" }, "bucket"],
  [{ bucket: "b", prefix: "a/../b" }, "prefix"],
  [{ bucket: "b", prefix: "a//b" }, "prefix"],
  [{ bucket: "b", endpoint: "localhost:9000" }, "endpoint"],
  [{ bucket: "b", endpoint: "https://user:s3cret@host" }, "endpoint"],
  [{ bucket: "b", partSize: 1000 }, "partSize"],
  [{ bucket: "b", client: {} as never }, "client"],
  [{ bucket: "b", client: { send: async () => ({}) }, region: "r" }, "region"],
])("wrong options are refused at once: %j", (options, word) => {
  try {
    s3Store(options);
  } catch (error) {
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringContaining(word) });
    expect(String(error)).not.toContain("s3cret");
    return;
  }
  throw new Error("taken");
});
