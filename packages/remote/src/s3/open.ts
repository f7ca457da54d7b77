import { SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";
import type { Store } from "@seamless/store";
import { lazyStore } from "../lazy-store.ts";

/** What is known of a store by its URL. */
interface OpenS3Options {
  readonly writable?: boolean | undefined;
  readonly maxBytes?: number | undefined;
  readonly token?: string | undefined;
}

/**
 * The store of `s3://bucket/prefix`: which server, by `AWS_ENDPOINT_URL`, in which region, by `AWS_REGION`, and with which
 * credentials, by the chain of the SDK.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT`.
 */
export function openS3(url: string, { token, writable = true, maxBytes }: OpenS3Options): Store & AsyncDisposable {
  const [, bucket, prefix = ""] = /^s3:\/\/([^/\s?#@:]+)(?:\/([^?#]*))?$/i.exec(url) ?? [];
  if (bucket === undefined) {
    const found = describe(url.replace(/[^/@]*@/, "…@"));
    throw new SeamlessError("INVALID_ARGUMENT", `a bucket is named as s3://bucket/prefix, got ${found}`);
  }
  if (token !== undefined) {
    throw new SeamlessError(
      "INVALID_ARGUMENT",
      "a token is for servers: S3 takes its credentials from the environment",
    );
  }
  const name = `s3://${bucket}/${prefix}`.replace(/\/+$/, "");
  const methods = ["list", "delete", "touch", "getEncoded", "putEncoded"] as const;
  return lazyStore({ name, writable, costClass: "remote", resumes: true, methods }, async () => {
    const { s3Store } = await import("./store.ts");
    return s3Store({ bucket, prefix, name, writable, maxBytes });
  });
}
