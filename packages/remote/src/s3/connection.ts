import type * as Sdk from "@aws-sdk/client-s3";
import { hashInSlices, SeamlessError } from "@seamless/checksum";
import { type AbortOptions, onAbort, untilAborted } from "@seamless/internal/abort";
import { Semaphore } from "@seamless/internal/parallel";
import { asStoreError, nameOf, type Subject, subjectError } from "./errors.ts";
import type { S3ClientLike, Settings } from "./options.ts";

/** Operation → what it is given and what it gives. */
interface Operations {
  readonly AbortMultipartUpload: [Sdk.AbortMultipartUploadCommandInput, Sdk.AbortMultipartUploadCommandOutput];
  readonly CompleteMultipartUpload: [Sdk.CompleteMultipartUploadCommandInput, Sdk.CompleteMultipartUploadCommandOutput];
  readonly CopyObject: [Sdk.CopyObjectCommandInput, Sdk.CopyObjectCommandOutput];
  readonly CreateMultipartUpload: [Sdk.CreateMultipartUploadCommandInput, Sdk.CreateMultipartUploadCommandOutput];
  readonly DeleteObject: [Sdk.DeleteObjectCommandInput, Sdk.DeleteObjectCommandOutput];
  readonly GetObject: [Sdk.GetObjectCommandInput, Sdk.GetObjectCommandOutput];
  readonly HeadBucket: [Sdk.HeadBucketCommandInput, Sdk.HeadBucketCommandOutput];
  readonly HeadObject: [Sdk.HeadObjectCommandInput, Sdk.HeadObjectCommandOutput];
  readonly ListMultipartUploads: [Sdk.ListMultipartUploadsCommandInput, Sdk.ListMultipartUploadsCommandOutput];
  readonly ListObjectsV2: [Sdk.ListObjectsV2CommandInput, Sdk.ListObjectsV2CommandOutput];
  readonly PutObject: [Sdk.PutObjectCommandInput, Sdk.PutObjectCommandOutput];
  readonly UploadPartCopy: [Sdk.UploadPartCopyCommandInput, Sdk.UploadPartCopyCommandOutput];
  readonly UploadPart: [Sdk.UploadPartCommandInput, Sdk.UploadPartCommandOutput];
}

/** What a request is about, and when it ends. */
export interface Question extends AbortOptions {
  readonly subject: Subject;
  /**
   * SHA-256 of the body, in hex, which is signed; servers refuse another body. `undefined` for a body whose hash is not
   * known: it is hashed for that, unless TLS sees that it comes as it was sent, or nobody is in between.
   */
  readonly payload?: string | undefined;
}

/** A question to which an answer of these names is no failure. */
export interface OpenQuestion extends Question {
  readonly expected: readonly string[];
}

/** What a missing object is called. */
export const MISSING: readonly string[] = ["NoSuchKey", "NotFound"];

type Module = typeof Sdk;

/** Asks the server, by a client that is made when it is first needed. */
export class Connection {
  readonly #settings: Settings;
  readonly #semaphore: Semaphore;
  #loading: Promise<{ readonly sdk: Module; readonly client: S3ClientLike }> | undefined;
  #closed = false;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#semaphore = new Semaphore(settings.connections);
  }

  /**
   * @returns `undefined` only for what is expected.
   * @throws {SeamlessError} by the table of errors; the signal's reason.
   */
  ask<N extends keyof Operations>(
    name: N,
    input: Omit<Operations[N][0], "Bucket">,
    question: OpenQuestion,
  ): Promise<Operations[N][1] | undefined>;
  ask<N extends keyof Operations>(
    name: N,
    input: Omit<Operations[N][0], "Bucket">,
    question: Question,
  ): Promise<Operations[N][1]>;
  async ask(name: keyof Operations, input: object, question: Question | OpenQuestion): Promise<unknown> {
    const { subject, signal } = question;
    const leave = await this.#semaphore.enter(signal);
    // Of its own: each request that listens to the caller's signal would add a listener to it.
    const stopper = new AbortController();
    const forget = onAbort(signal, () => stopper.abort());
    try {
      signal?.throwIfAborted();
      if (this.#closed)
        throw new SeamlessError("INVALID_STATE", `${subject.store} is closed`, { store: subject.store });
      const { sdk, client } = await this.#load(subject);
      const CommandOf = sdk[`${name}Command`] as unknown as new (input: object) => Command;
      const command = new CommandOf({ Bucket: this.#settings.bucket, ...input });
      signPayload(command, question, (input as { Body?: unknown }).Body);
      const sent = client.send(command as never, { abortSignal: stopper.signal } as never);
      return await untilAborted(sent, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if ("expected" in question && question.expected.includes(nameOf(error) ?? "")) return undefined;
      throw asStoreError(error, subject);
    } finally {
      forget();
      leave();
    }
  }

  /** Lets go of connections. A client of the user stays. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#settings.client !== undefined) return;
    const loaded = await this.#loading?.catch(() => undefined);
    (loaded?.client as { destroy?(): void } | undefined)?.destroy?.();
  }

  #load(subject: Subject) {
    const { client, configuration, sdk: load } = this.#settings;
    this.#loading ??= importSdk(load, subject).then((sdk) => {
      return { sdk, client: client ?? (new sdk.S3Client(configuration as never) as unknown as S3ClientLike) };
    });
    return this.#loading;
  }
}

/** Not a literal in `import()`: bundlers would look for an optional package, and webpack and Rollup warn if it is missing. */
const PACKAGE = "@aws-sdk/client-s3";

async function importSdk(load: Settings["sdk"], subject: Subject): Promise<Module> {
  try {
    return (await (load?.() ?? import(/* webpackIgnore: true */ /* @vite-ignore */ PACKAGE))) as Module;
  } catch (cause) {
    const why = `S3 needs the client of AWS: npm install ${PACKAGE}; in a bundle, give it as the option sdk`;
    throw subjectError("UNSUPPORTED", { store: subject.store, what: "be used" }, why, cause);
  }
}

/** What the SDK lets one change of a request before it is signed. */
interface HttpRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly headers: Record<string, string>;
}

interface Command {
  readonly middlewareStack: {
    add(
      middleware: (next: (step: unknown) => unknown) => (step: { readonly request: HttpRequest }) => unknown,
      options: { readonly step: "build"; readonly name: string },
    ): void;
  };
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

/** The SDK itself would hash all of a body at once. */
function signPayload({ middlewareStack }: Command, { payload, signal }: Question, body: unknown): void {
  if (!(body instanceof Uint8Array)) return;
  const sign: Parameters<Command["middlewareStack"]["add"]>[0] = (next) => async (step) => {
    const { protocol, hostname, headers } = step.request;
    const isSafe = protocol === "https:" || LOOPBACK.test(hostname);
    headers["x-amz-content-sha256"] = payload ?? (isSafe ? "UNSIGNED-PAYLOAD" : await hashElsewhere(body, signal));
    return next(step);
  };
  middlewareStack.add(sign, { step: "build", name: "seamlessPayloadHash" });
}

/** In hex; on a thread of its own where the platform has that. */
async function hashElsewhere(bytes: Uint8Array, signal: AbortSignal | undefined): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) return (await hashInSlices(bytes, { signal })).hex();
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
