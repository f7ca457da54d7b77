import type { CompletedPart } from "@aws-sdk/client-s3";
import type { AbortOptions } from "@seamless/checksum";
import { Semaphore } from "@seamless/internal/parallel";
import type { PutStreamOptions } from "@seamless/store";
import type { Connection } from "./connection.ts";
import { foreignError, type Subject, subjectError } from "./errors.ts";
import { type FormKey, VERIFIED } from "./lookup.ts";
import type { Settings } from "./options.ts";
import type { Renewal } from "./renewal.ts";

/** Parts of one upload that are sent at a time: so much of it is in memory, and one more that is being filled. */
const PARTS_AT_ONCE = 4;

/** In bytes: small enough for memory, large enough that latency does not count. */
const PART = 2 ** 23;

/** The limit of S3. */
const MOST_PARTS = 10_000;

/** In milliseconds: an upload that began so long ago, and is not completed, belongs to a client that was killed. */
export const ABANDONED = 24 * 3600 * 1000;

/** What has been sent of an upload. */
interface Upload {
  readonly Key: string;
  readonly UploadId: string;
}

/** Sends large buffers in parts, of which nothing is visible before all are there and right. */
export class Multipart {
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #renewal: Renewal;
  /** What goes on behind the caller's back. */
  readonly #background = new Set<Promise<unknown>>();
  #hasSwept = false;

  constructor(connection: Connection, settings: Settings, renewal: Renewal) {
    this.#connection = connection;
    this.#settings = settings;
    this.#renewal = renewal;
  }

  /**
   * @param form - Of the buffer: what is sent.
   * @param verified - All its chunks; fails instead of giving the last one if they are wrong.
   * @param stopper - Of the chunks: aborted when a part cannot be sent.
   */
  async send(
    form: FormKey,
    verified: AsyncIterator<Uint8Array>,
    stopper: AbortController,
    { length, onProgress }: PutStreamOptions,
  ): Promise<void> {
    this.#sweepOnce();
    const { signal } = stopper;
    const { checksum, suffix } = form;
    const subject: Subject = { store: this.#settings.name, what: "put", checksum };
    const Key = this.#settings.keys.of(checksum.hex(), suffix);
    const Metadata = { [VERIFIED]: checksum.hex() };
    const { UploadId } = await this.#connection.ask("CreateMultipartUpload", { Key, Metadata }, { subject, signal });
    if (UploadId === undefined) throw foreignError(subject);
    const upload: Upload = { Key, UploadId };
    try {
      const partSize = this.#settings.partSize ?? partSizeOf(length);
      const reader = new PartReader(verified, partSize);
      const parts = await this.#sendParts(upload, reader, subject, stopper, (bytes) =>
        onProgress?.({ bytes, totalBytes: length }),
      );
      await this.#complete(upload, parts, reader.total, form, { signal });
    } catch (error) {
      this.#run(this.#abort(upload, subject));
      throw error;
    }
  }

  async #sendParts(
    upload: Upload,
    reader: PartReader,
    subject: Subject,
    stopper: AbortController,
    tell: (bytes: number) => void,
  ): Promise<CompletedPart[]> {
    const { signal } = stopper;
    const places = new Semaphore(PARTS_AT_ONCE);
    const free: Uint8Array[] = [];
    const sending: Promise<void>[] = [];
    const parts: CompletedPart[] = [];
    let sent = 0;
    const send = async (PartNumber: number, memory: Uint8Array, size: number, leave: () => void) => {
      const input = { ...upload, PartNumber, Body: memory.subarray(0, size) };
      const { ETag } = await this.#connection.ask("UploadPart", input, { subject, signal });
      if (ETag === undefined) throw foreignError(subject);
      parts[PartNumber - 1] = { PartNumber, ETag };
      // For one of the next parts: memory that is thrown away is freed too late.
      free.push(memory);
      sent += size;
      tell(sent);
      leave();
    };
    try {
      for (let number = 1; number === 1 || !reader.ended; number++) {
        if (number > MOST_PARTS) throw this.#tooManyError(subject, reader.partSize);
        const leave = await places.enter(signal);
        const memory = free.pop() ?? new Uint8Array(reader.partSize);
        const size = await reader.fill(memory);
        sending.push(send(number, memory, size, leave).catch((error) => stopper.abort(error)));
      }
    } finally {
      // A part that is still on its way could outlive the upload.
      if (!reader.ended) stopper.abort(new Error("the upload was given up"));
      await Promise.all(sending);
    }
    signal.throwIfAborted();
    return parts;
  }

  async #complete(
    { Key, UploadId }: Upload,
    parts: CompletedPart[],
    length: number,
    form: FormKey,
    { signal }: AbortOptions,
  ): Promise<void> {
    const subject: Subject = { store: this.#settings.name, what: "put", checksum: form.checksum };
    const input = { Key, UploadId, MultipartUpload: { Parts: parts } };
    const condition = this.#settings.ifNoneMatch ? { IfNoneMatch: "*" } : {};
    try {
      const question = { subject, signal, expected: THERE };
      let answer = await this.#connection.ask("CompleteMultipartUpload", { ...input, ...condition }, question);
      if (answer === undefined) {
        if (await this.#renewal.touchRight(form, length, { signal })) {
          return this.#run(this.#abort({ Key, UploadId }, subject));
        }
        answer = await this.#connection.ask("CompleteMultipartUpload", input, { subject, signal });
      }
      if (answer.ETag === undefined) throw foreignError(subject);
    } catch (error) {
      signal?.throwIfAborted();
      // The answer may have been lost, and the upload is not known any more when it is asked for again.
      if (!(await this.#renewal.touchRight(form, length, { signal }).catch(() => false))) throw error;
    }
  }

  /**
   * Ends the uploads of killed clients, of buffers of this store alone.
   *
   * @returns how many there were.
   */
  async sweep(olderThan: number, { signal }: AbortOptions): Promise<number> {
    const { keys, name } = this.#settings;
    const subject: Subject = { store: name, what: "sweep" };
    let count = 0;
    let markers: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
    for (;;) {
      const input = { Prefix: keys.prefix, ...markers };
      const page = await this.#connection.ask("ListMultipartUploads", input, { subject, signal });
      if (page.IsTruncated === undefined) throw foreignError(subject);
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        const isOurs = Key !== undefined && keys.parse(Key) !== undefined;
        if (!isOurs || UploadId === undefined || Initiated === undefined) continue;
        if (Date.now() - Initiated.getTime() < olderThan) continue;
        await this.#abort({ Key, UploadId }, subject, { signal });
        count++;
      }
      if (!page.IsTruncated) return count;
      markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
  }

  /** Waits for what goes on behind the callers' backs. */
  async settle(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
  }

  #sweepOnce(): void {
    if (this.#hasSwept) return;
    this.#hasSwept = true;
    this.#run(this.sweep(ABANDONED, {}));
  }

  async #abort(upload: Upload, subject: Subject, { signal }: AbortOptions = {}): Promise<void> {
    await this.#connection.ask("AbortMultipartUpload", upload, { subject, signal, expected: ["NoSuchUpload"] });
  }

  /** Housekeeping that fails, or that the credentials do not allow, is no failure of the upload beside it. */
  #run(work: Promise<unknown>): void {
    const quiet: Promise<unknown> = work.catch(() => undefined).finally(() => this.#background.delete(quiet));
    this.#background.add(quiet);
  }

  #tooManyError(subject: Subject, partSize: number) {
    const limit = `${MOST_PARTS} parts of ${partSize} bytes`;
    return subjectError("TOO_LARGE", subject, `it has more than ${limit}: tell its length, or raise partSize`);
  }
}

/** What it is called when something is there, or just being put there. */
export const THERE: readonly string[] = ["PreconditionFailed", "ConditionalRequestConflict"];

/** Equal ones, as R2 wants them, of whole mebibytes. */
function partSizeOf(length: number | undefined): number {
  if (length === undefined) return 2 * PART;
  return Math.max(PART, Math.ceil(length / MOST_PARTS / 2 ** 20) * 2 ** 20);
}

/** Puts chunks together to parts of one size. */
class PartReader {
  readonly partSize: number;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();
  /** Whether there is nothing after what was read. */
  ended = false;
  /** In bytes, so far. */
  total = 0;

  constructor(chunks: AsyncIterator<Uint8Array>, partSize: number) {
    this.#chunks = chunks;
    this.partSize = partSize;
  }

  /** @returns how many bytes; fewer than there is room for only of the last part. */
  async fill(memory: Uint8Array): Promise<number> {
    let size = 0;
    for (;;) {
      const taken = this.#rest.subarray(0, memory.byteLength - size);
      memory.set(taken, size);
      size += taken.byteLength;
      this.#rest = this.#rest.subarray(taken.byteLength);
      // One chunk ahead, to know whether this is the last part.
      if (this.#rest.byteLength > 0) break;
      const next = await this.#chunks.next();
      if (next.done) {
        this.ended = true;
        break;
      }
      this.#rest = next.value;
    }
    this.total += size;
    return size;
  }
}
