import { type Checksum, type ErrorCode, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { oneLine } from "@seamless/internal/text";

/** What a request was about. */
export interface Subject {
  /** Name of the store. */
  readonly store: string;
  /** `get`, `put`, `list`. */
  readonly what: string;
  readonly checksum?: Checksum | undefined;
}

/** What the SDK throws, as far as it says so. */
interface Failure {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly Code?: unknown;
  readonly Region?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

type Reason = readonly [code: ErrorCode, why: string];

const REGION = "the bucket is in another region: give it as region, or in AWS_REGION";
const KEYS = "the server does not know the access key: check the credentials";
const EXPIRED = "the credentials have expired: get new ones";
const BUSY = "the server is overloaded, or not ready";

/** What the server, or the SDK, calls it → our code, and what to tell the reader. */
const NAMED: Readonly<Record<string, Reason>> = {
  NoSuchBucket: ["INVALID_ARGUMENT", "there is no such bucket: create it, or correct its name"],
  InvalidBucketName: ["INVALID_ARGUMENT", "the name of the bucket is not allowed"],
  PermanentRedirect: ["INVALID_ARGUMENT", REGION],
  TemporaryRedirect: ["STORE_FAILED", "the bucket is being moved"],
  AuthorizationHeaderMalformed: ["INVALID_ARGUMENT", REGION],
  IllegalLocationConstraintException: ["INVALID_ARGUMENT", REGION],
  AccessDenied: [
    "ACCESS_DENIED",
    "the credentials do not allow it; without s3:ListBucket, servers say so of missing keys too",
  ],
  AllAccessDisabled: ["ACCESS_DENIED", "all access to the bucket is disabled"],
  AccountProblem: ["ACCESS_DENIED", "there is a problem with the account"],
  InvalidAccessKeyId: ["ACCESS_DENIED", KEYS],
  InvalidToken: ["ACCESS_DENIED", KEYS],
  SignatureDoesNotMatch: ["ACCESS_DENIED", "the secret key is wrong, or a proxy has changed the request"],
  ExpiredToken: ["ACCESS_DENIED", EXPIRED],
  ExpiredTokenException: ["ACCESS_DENIED", EXPIRED],
  TokenRefreshRequired: ["ACCESS_DENIED", EXPIRED],
  RequestTimeTooSkewed: ["ACCESS_DENIED", "the clock of this machine differs from that of the server: set it right"],
  RequestExpired: ["ACCESS_DENIED", "the clock of this machine differs from that of the server: set it right"],
  InvalidObjectState: ["UNSUPPORTED", "the object is archived: restore it first"],
  EntityTooLarge: ["TOO_LARGE", "the server takes no object, or no part, of that size"],
  EntityTooSmall: ["TOO_LARGE", "the server wants larger parts: raise partSize"],
  QuotaExceeded: ["DISK_FULL", "the quota of the bucket or of the user is used up"],
  XMinioAdminBucketQuotaExceeded: ["DISK_FULL", "the quota of the bucket is used up"],
  XMinioStorageFull: ["DISK_FULL", "the disks of the server are full"],
  StorageFull: ["DISK_FULL", "the disks of the server are full"],
  NotImplemented: ["UNSUPPORTED", "the server does not support it"],
  MethodNotAllowed: ["UNSUPPORTED", "the server does not support it: is the endpoint that of an S3 server?"],
  SlowDown: ["STORE_FAILED", BUSY],
  ServiceUnavailable: ["STORE_FAILED", BUSY],
  Busy: ["STORE_FAILED", BUSY],
  InternalError: ["STORE_FAILED", "the server failed"],
  BadDigest: ["STORE_FAILED", "the bytes were changed on their way"],
  XAmzContentSHA256Mismatch: ["STORE_FAILED", "the bytes were changed on their way"],
  CredentialsProviderError: [
    "ACCESS_DENIED",
    "there are no credentials: give some, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile",
  ],
};

/** Status → the same, where the answer has no body or a foreign one. */
const STATUSES: Readonly<Record<number, Reason>> = {
  301: ["INVALID_ARGUMENT", REGION],
  307: NAMED["TemporaryRedirect"]!,
  401: ["ACCESS_DENIED", "the server, or a proxy before it, wants other credentials"],
  403: NAMED["AccessDenied"]!,
  405: NAMED["MethodNotAllowed"]!,
  407: ["ACCESS_DENIED", "a proxy wants credentials"],
  413: NAMED["EntityTooLarge"]!,
  429: ["STORE_FAILED", BUSY],
  500: NAMED["InternalError"]!,
  501: NAMED["NotImplemented"]!,
  503: ["STORE_FAILED", BUSY],
  507: NAMED["StorageFull"]!,
};

/** Makes the error for what cannot be done. */
export function subjectError(code: ErrorCode, subject: Subject, why: string, cause?: unknown): SeamlessError {
  const { store, what, checksum } = subject;
  const about = checksum === undefined ? what : `${what} ${checksum.hex()}`;
  return new SeamlessError(code, `${store}: cannot ${about}: ${why}`, { checksum, store, cause });
}

/** An answer that no S3 server gives: of a proxy, or a page to sign in. */
export function foreignError(subject: Subject): SeamlessError {
  return subjectError("STORE_FAILED", subject, "the answer is not that of an S3 server: is there a proxy before it?");
}

/** What a failure is called, by the server or by the SDK. */
export function nameOf(error: unknown): string | undefined {
  const { Code, name } = error as Failure;
  return [Code, name].find((text): text is string => typeof text === "string");
}

/** The status of the answer, if there was one. */
export function statusOf(error: unknown): number | undefined {
  return (error as Failure).$metadata?.httpStatusCode;
}

/**
 * Makes a SeamlessError of what the SDK has thrown. Its own error is not passed on: it may have an access key, and what was
 * signed. Those of the system are.
 */
export function asStoreError(error: unknown, subject: Subject): SeamlessError {
  if (isSeamlessError(error)) return error;
  const status = statusOf(error);
  const named = NAMED[nameOf(error) ?? ""];
  const [code, why] = named ?? (status === undefined ? [] : (STATUSES[status] ?? []));
  if (code !== undefined && why !== undefined) return subjectError(code, subject, `${why}${region(error as Failure)}`);
  const { message, code: system } = error as Failure;
  if (message === "Region is missing") {
    return subjectError("INVALID_ARGUMENT", subject, "the region is not known: give it as region, or in AWS_REGION");
  }
  if (status !== undefined && status < 300) return foreignError(subject);
  if (status !== undefined) {
    return subjectError("STORE_FAILED", subject, `the server answers ${status} (${oneLine(nameOf(error), 80)})`);
  }
  return subjectError("STORE_FAILED", subject, oneLine(error), typeof system === "string" ? error : undefined);
}

function region({ Region, $response }: Failure): string {
  const known = Region ?? $response?.headers?.["x-amz-bucket-region"];
  return typeof known === "string" && /^[a-z0-9-]{1,40}$/.test(known) ? ` (${known})` : "";
}
