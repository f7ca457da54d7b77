import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type S3Store, type S3StoreOptions, s3Store } from "../../src/s3/store.ts";

// The SDK says on every start that it will not run on Node 20 for ever.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

/** One request, as the stub has seen it. */
interface Seen {
  /** As the S3 API calls it. */
  readonly operation: string;
  readonly key: string;
  readonly headers: IncomingMessage["headers"];
  readonly query: URLSearchParams;
  readonly size: number;
}

/** What a stub answers instead of what it would: an error of S3 by its status and code, or anything. */
export type Fault =
  | { readonly status: number; readonly code?: string | undefined; readonly extra?: string | undefined }
  | ((response: ServerResponse, proceed: () => void) => void);

interface StoredObject {
  readonly bytes: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
  readonly modified: Date;
}

/** A server of the S3 API that is strict where old servers are not: with what is in a body, and with conditions. */
export interface S3Stub {
  readonly endpoint: string;
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<
    string,
    { readonly key: string; readonly initiated: Date; readonly parts: Map<number, Buffer> }
  >;
  readonly seen: Seen[];
  /** Asked about each request; what it gives is answered instead. */
  fault: ((seen: Seen) => Fault | undefined) | undefined;
  /** The operations so far, in their order. */
  operations(): string[];
  /** A store on it, that tries again without waiting for long. */
  store(options?: Partial<S3StoreOptions>): S3Store;
  write(key: string, bytes: Uint8Array, metadata?: Readonly<Record<string, string>>, modified?: Date): void;
}

const BUCKET = "bucket";

/** Starts one that ends with the test. */
export async function startS3Stub(): Promise<S3Stub> {
  const server = createServer((request, response) => {
    answer(stub, request, response).catch((error) => response.destroy(error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stub: S3Stub = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects: new Map(),
    uploads: new Map(),
    seen: [],
    fault: undefined,
    operations: () => stub.seen.map(({ operation }) => operation),
    store(options = {}) {
      const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "s3cret" };
      const store = s3Store({ bucket: BUCKET, endpoint: stub.endpoint, region: "us-east-1", credentials, ...options });
      onTestFinished(() => store.close());
      return store;
    },
    write: (key, bytes, metadata = {}, modified = new Date()) =>
      void stub.objects.set(key, { bytes: Buffer.from(bytes), metadata, modified }),
  };
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return stub;
}

async function answer(stub: S3Stub, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", stub.endpoint);
  const [, bucket = "", ...rest] = decodeURIComponent(url.pathname).split("/");
  const key = rest.join("/");
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const copies = request.headers["x-amz-copy-source"] !== undefined;
  const operation = operationOf(request.method ?? "GET", key, url.searchParams, copies);
  const seen: Seen = { operation, key, headers: request.headers, query: url.searchParams, size: body.byteLength };
  stub.seen.push(seen);
  const fault = stub.fault?.(seen);
  const proceed = () => {
    if (bucket !== BUCKET) return fail(request, response, 404, "NoSuchBucket");
    const wrong = wrongBody(request, body);
    if (wrong !== undefined) return fail(request, response, 400, wrong);
    OPERATIONS[operation]?.(stub, seen, body, request, response);
  };
  if (fault === undefined) proceed();
  else if (typeof fault === "function") fault(response, proceed);
  else fail(request, response, fault.status, fault.code, fault.extra);
}

function operationOf(method: string, key: string, query: URLSearchParams, copies: boolean): string {
  if (key === "")
    return query.has("uploads") ? "ListMultipartUploads" : method === "HEAD" ? "HeadBucket" : "ListObjectsV2";
  const inParts = query.has("uploadId");
  if (method === "POST") return inParts ? "CompleteMultipartUpload" : "CreateMultipartUpload";
  if (method === "DELETE") return inParts ? "AbortMultipartUpload" : "DeleteObject";
  if (method === "PUT" && copies) return inParts ? "UploadPartCopy" : "CopyObject";
  if (method === "PUT") return inParts ? "UploadPart" : "PutObject";
  return method === "HEAD" ? "HeadObject" : "GetObject";
}

/** Is it what the client says that it is? */
function wrongBody({ headers }: IncomingMessage, body: Buffer): string | undefined {
  const digest = createHash("sha256").update(body);
  const signed = headers["x-amz-content-sha256"];
  const hex = digest.copy().digest("hex");
  if (signed !== undefined && signed !== "UNSIGNED-PAYLOAD" && signed !== hex) return "XAmzContentSHA256Mismatch";
  const kept = headers["x-amz-checksum-sha256"];
  return kept !== undefined && kept !== digest.digest("base64") ? "BadDigest" : undefined;
}

type Run = (stub: S3Stub, seen: Seen, body: Buffer, request: IncomingMessage, response: ServerResponse) => void;

const OPERATIONS: Readonly<Record<string, Run>> = {
  HeadBucket: (_stub, _seen, _body, _request, response) => void response.end(),
  HeadObject: get,
  GetObject: get,
  PutObject({ objects }, { key, headers }, body, request, response) {
    if (isRefused(objects, key, headers)) return fail(request, response, 412, "PreconditionFailed");
    objects.set(key, { bytes: body, metadata: metadataOf(headers), modified: new Date() });
    response.writeHead(200, { etag: etag(body) }).end();
  },
  CopyObject({ objects }, { key, headers }, _body, request, response) {
    const found = sourceOf(objects, headers);
    if (typeof found === "string") return fail(request, response, found === "NoSuchKey" ? 404 : 412, found);
    if (headers["x-amz-metadata-directive"] !== "REPLACE") return fail(request, response, 400, "InvalidRequest");
    objects.set(key, { bytes: found.bytes, metadata: metadataOf(headers), modified: new Date() });
    xml(response, "CopyObjectResult", `<ETag>${etag(found.bytes)}</ETag>`);
  },
  UploadPartCopy({ uploads, objects }, { query, headers }, _body, request, response) {
    const found = sourceOf(objects, headers);
    if (typeof found === "string") return fail(request, response, found === "NoSuchKey" ? 404 : 412, found);
    const upload = uploads.get(query.get("uploadId") ?? "");
    if (upload === undefined) return fail(request, response, 404, "NoSuchUpload");
    upload.parts.set(Number(query.get("partNumber")), Buffer.from(`${headers["x-amz-copy-source-range"]} `));
    xml(response, "CopyPartResult", "<ETag>a</ETag>");
  },
  DeleteObject({ objects }, { key }, _body, _request, response) {
    objects.delete(key);
    response.writeHead(204).end();
  },
  ListObjectsV2({ objects }, { query }, _body, _request, response) {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("continuation-token") ?? "";
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const page = keys.slice(0, 100);
    const contents = page.map((key) => {
      const { bytes, modified } = objects.get(key)!;
      const facts = `<Size>${bytes.length}</Size><LastModified>${modified.toISOString()}</LastModified>`;
      return `<Contents><Key>${encodeURIComponent(key)}</Key>${facts}</Contents>`;
    });
    const next = keys.length > page.length ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "";
    const facts = `<Name>${BUCKET}</Name><EncodingType>url</EncodingType><IsTruncated>${next !== ""}</IsTruncated>${next}`;
    xml(response, "ListBucketResult", facts + contents.join(""));
  },
  CreateMultipartUpload({ uploads }, { key }, _body, _request, response) {
    const id = randomUUID();
    uploads.set(id, { key, initiated: new Date(), parts: new Map() });
    xml(response, "InitiateMultipartUploadResult", `<UploadId>${id}</UploadId>`);
  },
  UploadPart({ uploads }, { query }, body, request, response) {
    const upload = uploads.get(query.get("uploadId") ?? "");
    if (upload === undefined) return fail(request, response, 404, "NoSuchUpload");
    upload.parts.set(Number(query.get("partNumber")), body);
    response.writeHead(200, { etag: etag(body) }).end();
  },
  CompleteMultipartUpload({ uploads, objects }, { key, query, headers }, _body, request, response) {
    const id = query.get("uploadId") ?? "";
    const upload = uploads.get(id);
    if (upload === undefined) return fail(request, response, 404, "NoSuchUpload");
    if (isRefused(objects, key, headers)) return fail(request, response, 412, "PreconditionFailed");
    const parts = [...upload.parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
    // The metadata of an upload are those that it was created with.
    const hex = key.split("/").at(-1)?.slice(0, 64) ?? "";
    objects.set(key, { bytes: Buffer.concat(parts), metadata: { "seamless-sha256": hex }, modified: new Date() });
    uploads.delete(id);
    xml(response, "CompleteMultipartUploadResult", "<ETag>a-2</ETag>");
  },
  AbortMultipartUpload({ uploads }, { query }, _body, request, response) {
    if (!uploads.delete(query.get("uploadId") ?? "")) return fail(request, response, 404, "NoSuchUpload");
    response.writeHead(204).end();
  },
  ListMultipartUploads({ uploads }, _seen, _body, _request, response) {
    const all = [...uploads].map(
      ([id, { key, initiated }]) =>
        `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${initiated.toISOString()}</Initiated></Upload>`,
    );
    xml(response, "ListMultipartUploadsResult", `<IsTruncated>false</IsTruncated>${all.join("")}`);
  },
};

function get(
  { objects }: S3Stub,
  { key, headers }: Seen,
  _body: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const found = objects.get(key);
  if (found === undefined) return fail(request, response, 404, "NoSuchKey");
  const { bytes, metadata, modified } = found;
  const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "");
  const start = Number(range?.[1] ?? 0);
  if (range !== null && start >= bytes.length) return fail(request, response, 416, "InvalidRange");
  const part = bytes.subarray(start, range?.[2] ? Number(range[2]) + 1 : undefined);
  response.writeHead(range === null ? 200 : 206, {
    etag: etag(bytes),
    "last-modified": modified.toUTCString(),
    "content-length": part.byteLength,
    ...(range !== null && { "content-range": `bytes ${start}-${start + part.length - 1}/${bytes.length}` }),
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  });
  response.end(request.method === "HEAD" ? undefined : part);
}

/** What is to be copied, or why it is not. */
function sourceOf(objects: S3Stub["objects"], headers: IncomingMessage["headers"]): StoredObject | string {
  const [bucket, ...rest] = decodeURIComponent(String(headers["x-amz-copy-source"])).split("/");
  const found = bucket === BUCKET ? objects.get(rest.join("/")) : undefined;
  if (found === undefined) return "NoSuchKey";
  return headers["x-amz-copy-source-if-match"] === etag(found.bytes) ? found : "PreconditionFailed";
}

function isRefused(objects: S3Stub["objects"], key: string, headers: IncomingMessage["headers"]): boolean {
  return headers["if-none-match"] === "*" && objects.has(key);
}

function metadataOf(headers: IncomingMessage["headers"]): Record<string, string> {
  const prefix = "x-amz-meta-";
  const named = Object.entries(headers).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(named.map(([name, value]) => [name.slice(prefix.length), String(value)]));
}

function etag(bytes: Uint8Array): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

function fail(request: IncomingMessage, response: ServerResponse, status: number, code = "", extra = ""): void {
  const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message>${extra}</Error>`;
  response.writeHead(status, { "content-type": "application/xml" });
  response.end(request.method === "HEAD" || code === "" ? undefined : text);
}

function xml(response: ServerResponse, name: string, content: string): void {
  response.writeHead(200, { "content-type": "application/xml" });
  response.end(`<?xml version="1.0"?><${name}>${content}</${name}>`);
}
