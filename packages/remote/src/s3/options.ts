import { SeamlessError } from "@seamless/checksum";
import { optionChecks } from "@seamless/internal/option-checks";
import { describe } from "@seamless/internal/text";
import type { CostClass } from "@seamless/store";
import { FOREIGN_LIMITS } from "../encoding/decode.ts";
import type { DecodeLimits } from "../encoding/decoded-length.ts";
import { Keys } from "./keys.ts";

/** What is used of the `S3Client` of `@aws-sdk/client-s3`. */
export interface S3ClientLike {
  send(command: never, options?: never): Promise<unknown>;
}

/** What signs requests. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Options of `s3Store`. */
export interface S3StoreOptions {
  readonly bucket: string;
  /**
   * What the keys begin with: `prefix/ab/abcdef…`.
   * @default none
   */
  readonly prefix?: string | undefined;
  /**
   * An `S3Client` of your own, instead of `region`, `endpoint`, `credentials` and `forcePathStyle`. It is not closed with the store. Give it
   * `requestChecksumCalculation: "WHEN_REQUIRED"` for servers that do not know checksums at the end of a body.
   * @default one of the store's own
   */
  readonly client?: S3ClientLike | undefined;
  /**
   * Loads the SDK where it cannot be found by its name, as in a bundle: `() => import("@aws-sdk/client-s3")`.
   * @default by its name, when it is first used
   */
  readonly sdk?: (() => Promise<unknown>) | undefined;
  /** @default what `AWS_REGION` or the profile says; `us-east-1` with an endpoint */
  readonly region?: string | undefined;
  /**
   * URL of a server other than AWS.
   * @default `AWS_ENDPOINT_URL`, or AWS
   */
  readonly endpoint?: string | undefined;
  /**
   * The keys, or a function that gives them as often as they expire.
   * @default the chain of the SDK: environment, profiles, SSO, the role of the machine
   */
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>) | undefined;
  /**
   * Whether the bucket is in the path of URLs and not in the name of the host.
   * @default true with an endpoint
   */
  readonly forcePathStyle?: boolean | undefined;
  /** Whether `put` and `delete` are allowed. @default true */
  readonly writable?: boolean | undefined;
  /** For messages. @default `s3://bucket/prefix` */
  readonly name?: string | undefined;
  /** What the cache takes its cost to be. @default "remote" */
  readonly costClass?: CostClass | undefined;
  /** Requests at a time, but for the bodies of streams. @default 32 */
  readonly connections?: number | undefined;
  /**
   * Size of the parts of a large upload, in bytes; four of them are sent at a time. S3 takes 10,000 parts at most.
   * @default 8 MiB, or as much as the length takes; 16 MiB for a stream of unknown length
   */
  readonly partSize?: number | undefined;
  /**
   * Ask the server not to replace what is there (`If-None-Match: *`): for buckets whose policy wants it, or that keep all
   * versions. What is there and wrong is replaced all the same.
   * @default false
   */
  readonly ifNoneMatch?: boolean | undefined;
  /** Have the server keep the SHA-256 of buffers up to 16 MiB (`x-amz-checksum-sha256`). @default false */
  readonly sendChecksum?: boolean | undefined;
  /** The largest buffer that is taken or given, in bytes. At once, by `get`, never more than 4 GiB. @default 5 TiB */
  readonly maxBytes?: number | undefined;
  /** Largest decoded size of a compressed form, in bytes, unless a larger one is recorded beside it. @default 2 ** 30 */
  readonly maxDecodedBytes?: number | undefined;
  /** Largest ratio of decoded to compressed size, unless the decoded size is recorded. @default 1,000 */
  readonly maxDecodedRatio?: number | undefined;
}

/** The same, with everything in its place. */
export interface Settings {
  readonly bucket: string;
  readonly keys: Keys;
  readonly name: string;
  readonly writable: boolean;
  readonly costClass: CostClass;
  readonly connections: number;
  readonly partSize: number | undefined;
  readonly ifNoneMatch: boolean;
  readonly sendChecksum: boolean;
  readonly maxBytes: number;
  readonly limits: DecodeLimits;
  /** The client of the user, or what one is made of. */
  readonly client: S3ClientLike | undefined;
  readonly sdk: (() => Promise<unknown>) | undefined;
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** Least size of a part, in bytes: the servers take no smaller one. */
const LEAST_PART = 5 * 2 ** 20;

/** Largest size of a part, in bytes: what is hashed and sent at once. */
const MOST_PART = 2 ** 30;

/** In bytes: the limit of AWS. */
const LARGEST = 5 * 2 ** 40;

const COST_CLASSES: readonly CostClass[] = ["folder", "local", "remote"];

/** What a client of the user has already. */
const OF_CLIENT = ["region", "endpoint", "credentials", "forcePathStyle"] as const;

const checks = optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));

/** @throws {SeamlessError} `INVALID_ARGUMENT`; no message has credentials. */
export function readSettings(options: S3StoreOptions): Settings {
  const { bucket, client, partSize } = options;
  if (typeof bucket !== "string" || bucket === "" || /[\s?#\p{Cc}]/u.test(bucket)) {
    throw new SeamlessError("INVALID_ARGUMENT", `bucket is the name of a bucket, got ${describe(bucket)}`);
  }
  const keys = new Keys(checks.text("prefix", options.prefix ?? ""));
  const twice = OF_CLIENT.find((name) => options[name] !== undefined);
  if (client !== undefined && twice !== undefined) {
    throw new SeamlessError("INVALID_ARGUMENT", `${twice} is an option of your client: leave it out beside one`);
  }
  if (client !== undefined && typeof client?.send !== "function") {
    checks.fail("client", "an S3Client of @aws-sdk/client-s3", client);
  }
  return {
    bucket,
    keys,
    name: checks.text("name", options.name ?? `s3://${bucket}${keys.prefix && `/${keys.prefix.slice(0, -1)}`}`),
    writable: checks.boolean("writable", options.writable ?? true),
    costClass: checks.oneOf("costClass", options.costClass ?? "remote", COST_CLASSES),
    connections: checks.wholeNumber("connections", options.connections ?? 32, 1),
    partSize: partSize && checks.wholeNumber("partSize", partSize, LEAST_PART, MOST_PART),
    ifNoneMatch: checks.boolean("ifNoneMatch", options.ifNoneMatch ?? false),
    sendChecksum: checks.boolean("sendChecksum", options.sendChecksum ?? false),
    maxBytes: checks.wholeNumber("maxBytes", options.maxBytes ?? LARGEST, 1, LARGEST),
    limits: {
      limit: checks.wholeNumber("maxDecodedBytes", options.maxDecodedBytes ?? FOREIGN_LIMITS.limit, 1),
      ratio: checks.wholeNumber("maxDecodedRatio", options.maxDecodedRatio ?? FOREIGN_LIMITS.ratio, 1),
    },
    client,
    sdk: options.sdk,
    configuration: configurationOf(options),
  };
}

/** In milliseconds: without an answer to a connection, and without a byte on one. */
const TIMEOUTS = { connectionTimeout: 10_000, socketTimeout: 60_000 } as const;

/** What the store's own client is made of. */
function configurationOf({ region, endpoint, credentials, forcePathStyle }: S3StoreOptions) {
  const environment: Readonly<Record<string, string | undefined>> = globalThis.process?.env ?? {};
  const elsewhere = endpoint ?? environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"];
  if (endpoint !== undefined) requireUrl(endpoint);
  const known = region ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"];
  const all = {
    region: known ?? (elsewhere === undefined ? undefined : "us-east-1"),
    endpoint,
    credentials,
    forcePathStyle: checks.boolean("forcePathStyle", forcePathStyle ?? elsewhere !== undefined),
    // Older servers refuse checksums that come after the body.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // Streams that nobody reads must not keep others from beginning.
    requestHandler: { ...TIMEOUTS, httpAgent: UNLIMITED, httpsAgent: UNLIMITED },
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const UNLIMITED = { maxSockets: Number.POSITIVE_INFINITY, keepAlive: true } as const;

function requireUrl(endpoint: string): void {
  // Never the text itself in the message: a password may be in it.
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "") return;
  throw new SeamlessError("INVALID_ARGUMENT", "endpoint is a URL, https://host:port, without credentials in it");
}
