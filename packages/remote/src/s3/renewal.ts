import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { type AbortOptions, type Checksum, isSeamlessError } from "@seamless/checksum";
import { mapParallel } from "@seamless/internal/parallel";
import { FORMS } from "../encoding/forms.ts";
import { type Connection, MISSING } from "./connection.ts";
import { foreignError, type Subject } from "./errors.ts";
import { type FormKey, factsOf, type Lookup } from "./lookup.ts";
import type { Settings } from "./options.ts";

/** The limit of S3 for one copy, in bytes; what is larger is copied in parts. */
const LARGEST_COPY = 5 * 2 ** 30;

/** In bytes, at least: of what is copied in parts. */
const PART = 2 ** 30;

/** The limit of S3. */
const MOST_PARTS = 10_000;

/** Parts that are copied at a time. */
const PARTS_AT_ONCE = 4;

/** Times that an object may be replaced meanwhile. */
const ATTEMPTS = 5;

/** What it is called when the object is gone, or another, since it was looked at. */
const GONE = [...MISSING, "PreconditionFailed"];

/**
 * Makes objects as young as if they had been put now: each is copied onto itself, inside the server, with all that it says of
 * itself. Nothing else sets the time of an object. In a bucket with versions, that is a new one. Where what is there is not to
 * be replaced, an empty object is put beside it, whose time counts.
 */
export class Renewal {
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #lookup: Lookup;

  constructor(connection: Connection, settings: Settings, lookup: Lookup) {
    this.#connection = connection;
    this.#settings = settings;
    this.#lookup = lookup;
  }

  /**
   * Renews a buffer, in the form that it is read in.
   *
   * @returns whether it is there.
   */
  async touch(checksum: Checksum, options: AbortOptions): Promise<boolean> {
    if (await this.#renew(checksum, "", options)) return true;
    const forms = await this.#lookup.forms(checksum, options);
    for (const { suffix } of FORMS) {
      if (forms.has(suffix) && (await this.#renew(checksum, suffix, options))) return true;
    }
    return false;
  }

  /**
   * Renews a form of a buffer that was hashed by a store like this one before it became visible.
   *
   * @param length - Of the form, in bytes.
   * @returns whether there is one: otherwise it is to be put.
   */
  async touchRight({ checksum, suffix }: FormKey, length: number, options: AbortOptions): Promise<boolean> {
    try {
      return await this.#renew(checksum, suffix, options, length);
    } catch (error) {
      // A server that copies nothing can be sent it again.
      if (isSeamlessError(error, "UNSUPPORTED")) return false;
      throw error;
    }
  }

  /** @param length - Only one of this length that was verified. */
  async #renew(checksum: Checksum, suffix: string, options: AbortOptions, length?: number): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await this.#lookup.object(checksum, suffix, options);
      if (found === undefined) return false;
      const { size, verified } = factsOf(found, checksum);
      if (length !== undefined && !(verified && size === length)) return false;
      const { ifNoneMatch } = this.#settings;
      const renew = ifNoneMatch ? this.#mark : size > LARGEST_COPY ? this.#copyInParts : this.#copy;
      if (await renew.call(this, checksum, suffix, found, options)) return true;
    }
    // Others have put it, again and again, just now.
    return true;
  }

  /** @returns `false` if another object is there since, or none. */
  async #mark(checksum: Checksum, suffix: string, { ETag }: HeadObjectCommandOutput, options: AbortOptions) {
    const { signal } = options;
    const subject = this.#subject(checksum);
    const { keys } = this.#settings;
    const mark = keys.newMark();
    const input = { Key: keys.of(checksum.hex(), mark), Body: new Uint8Array(), ContentLength: 0, IfNoneMatch: "*" };
    const answer = await this.#connection.ask("PutObject", input, { subject, signal });
    if (answer.ETag === undefined) throw foreignError(subject);
    if ((await this.#lookup.object(checksum, suffix, options))?.ETag !== ETag) return false;
    // What cannot be removed does no harm.
    await this.#lookup.deleteOlderMarks(checksum, mark, options).catch(() => signal?.throwIfAborted());
    return true;
  }

  /** @returns `false` if another object is there since, or none. */
  async #copy(checksum: Checksum, suffix: string, found: HeadObjectCommandOutput, { signal }: AbortOptions) {
    const subject = this.#subject(checksum);
    const input = { ...this.#source(checksum, suffix, found), ...kept(found), MetadataDirective: "REPLACE" } as const;
    const answer = await this.#connection.ask("CopyObject", input, { subject, signal, expected: GONE });
    if (answer === undefined) return false;
    if (answer.CopyObjectResult?.ETag === undefined) throw foreignError(subject);
    return true;
  }

  async #copyInParts(checksum: Checksum, suffix: string, found: HeadObjectCommandOutput, { signal }: AbortOptions) {
    const subject = this.#subject(checksum);
    const { Key, ...source } = this.#source(checksum, suffix, found);
    const { UploadId } = await this.#connection.ask(
      "CreateMultipartUpload",
      { Key, ...kept(found) },
      { subject, signal },
    );
    if (UploadId === undefined) throw foreignError(subject);
    const upload = { Key, UploadId };
    const abort = () => this.#connection.ask("AbortMultipartUpload", upload, { subject, expected: ["NoSuchUpload"] });
    try {
      const size = found.ContentLength ?? 0;
      const part = Math.max(PART, Math.ceil(size / MOST_PARTS));
      const numbers = Array.from({ length: Math.ceil(size / part) }, (_, i) => i + 1);
      const parts = await mapParallel(numbers, { limit: PARTS_AT_ONCE, signal }, async (PartNumber) => {
        const CopySourceRange = `bytes=${(PartNumber - 1) * part}-${Math.min(PartNumber * part, size) - 1}`;
        const input = { ...upload, ...source, PartNumber, CopySourceRange };
        const answer = await this.#connection.ask("UploadPartCopy", input, { subject, signal, expected: GONE });
        if (answer === undefined) return undefined;
        if (answer.CopyPartResult?.ETag === undefined) throw foreignError(subject);
        return { PartNumber, ETag: answer.CopyPartResult.ETag };
      });
      const copied = parts.filter((copy) => copy !== undefined);
      if (copied.length < parts.length) {
        await abort();
        return false;
      }
      const input = { ...upload, MultipartUpload: { Parts: copied } };
      const answer = await this.#connection.ask("CompleteMultipartUpload", input, { subject, signal });
      if (answer.ETag === undefined) throw foreignError(subject);
      return true;
    } catch (error) {
      await abort().catch(() => undefined);
      throw error;
    }
  }

  #source(checksum: Checksum, suffix: string, { ETag }: HeadObjectCommandOutput) {
    const { bucket, keys } = this.#settings;
    const Key = keys.of(checksum.hex(), suffix);
    const path = Key.split("/").map(encodeURIComponent).join("/");
    // Access points are named by what has colons.
    const CopySource = bucket.startsWith("arn:") ? `${bucket}/object/${path}` : `${bucket}/${path}`;
    return { Key, CopySource, CopySourceIfMatch: ETag };
  }

  #subject(checksum: Checksum): Subject {
    return { store: this.#settings.name, what: "touch", checksum };
  }
}

/** All that an object says of itself, which a copy with other metadata does not take along. */
function kept(found: HeadObjectCommandOutput) {
  const { Metadata, ContentType, ContentEncoding, ContentLanguage, ContentDisposition, CacheControl } = found;
  const { StorageClass, WebsiteRedirectLocation, ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled } = found;
  return {
    Metadata,
    ContentType,
    ContentEncoding,
    ContentLanguage,
    ContentDisposition,
    CacheControl,
    StorageClass,
    WebsiteRedirectLocation,
    ServerSideEncryption,
    ...(ServerSideEncryption?.startsWith("aws:kms") && { SSEKMSKeyId, BucketKeyEnabled }),
  };
}
