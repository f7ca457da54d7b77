import { Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { onAbort, untilAborted } from "@seamless/internal/abort";
import { joinChunks } from "@seamless/store";
import { decode, parseCodings } from "../../encoding/decode.ts";
import { etagOf, PUT_STATUS } from "../protocol.ts";
import { HOT_SIZE } from "./download.ts";
import { checkBuffer, touch } from "./lists.ts";
import type { Promises } from "./promises.ts";
import { type Action, bodyChunks, type Call, type HashserverResponse, type ServerState } from "./requests.ts";
import { empty, jsonText, text } from "./responses.ts";

/** What uploads share. */
export interface UploadState extends ServerState {
  readonly uploads: RunningUploads;
  readonly promises: Promises;
  readonly maxBytes: number;
  readonly maxDecodedBytes: number;
  readonly maxDecodedRatio: number;
  readonly keepEncoding: boolean;
}

/** Take a buffer: it is visible once all of it is there and has its checksum. */
export const put: Action<UploadState> = async (state, call) => {
  const { uploads, promises } = state;
  const { hex, request } = call;
  const upload = uploads.begin(hex, request.client);
  if (upload === undefined) return empty(PUT_STATUS.busy);
  const forget = onAbort(request.signal, () => upload.giveUp(request.signal?.reason));
  let stored = false;
  try {
    const response = await receive(state, call, upload);
    stored = response.status < 300;
    if (stored) promises.end(hex);
    return response;
  } catch (error) {
    if (upload.signal.reason === OVERTAKEN) return there(hex);
    if (upload.signal.reason === LEFT_BEHIND) return empty(PUT_STATUS.busy);
    throw error;
  } finally {
    forget();
    uploads.end(hex, upload, stored);
  }
};

/** Announce an upload. */
export const promise: Action<UploadState> = async ({ store, promises }, { hex, request }) => {
  const [there] = await store.has([new Checksum(hex)], { signal: request.signal });
  // What is there already is promised truly, and needs no waiting for.
  const time = there === true ? 0 : promises.add(hex, request.client ?? "");
  return jsonText(202, `{"checksum":"${hex}","expires_in":${pythonFloat(time / 1000)}}`);
};

/** As Python writes a float, which readers in Python tell from an integer. */
function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

async function receive(
  state: UploadState,
  { hex, request, header }: Call,
  upload: RunningUpload,
): Promise<HashserverResponse> {
  const { store, maxBytes, maxDecodedBytes, maxDecodedRatio } = state;
  const { signal } = upload;
  const codings = parseCodings(header("content-encoding"));
  if (codings === undefined) return text(415, "The Content-Encoding must be zstd or gzip.\n");
  const declared = header("content-length");
  const encoded = codings.length > 0;
  const size = declared === undefined ? undefined : Number(declared);
  if (!encoded && size !== undefined && size > maxBytes) return text(413, `The limit is ${maxBytes} bytes.\n`);
  const checksum = new Checksum(hex);
  const isSmall = !encoded && size !== undefined && size <= HOT_SIZE;
  const body = received(bodyChunks(request), upload);
  let whole: Uint8Array | undefined;
  try {
    // Who waits for leave to send does not get it for what is there.
    if (isSmall && store.putSmall !== undefined && header("expect") === undefined) {
      // Mostly it is not there, and all of it has come with the request: to ask before took a sixth of all.
      whole = await joinChunks(body, size, wrongLengthError);
      if (await store.putSmall(checksum, whole, { signal })) return text(PUT_STATUS.stored, "OK");
    }
    // Byte for byte: a client that hears that a buffer is there forgets its own. What is wrong there is replaced.
    const right = (await checkBuffer(store, checksum, { signal })) === "ok";
    if (right && (await touch(store, checksum, { signal }))) return there(hex);
    // With many small buffers, most of the work is what streams cost.
    if (isSmall) {
      await store.put(checksum, whole ?? (await joinChunks(body, size, wrongLengthError)), { signal });
      return text(PUT_STATUS.stored, "OK");
    }
    const length = encoded ? undefined : size;
    const limits =
      encoded && maxDecodedBytes < maxBytes
        ? { limit: maxDecodedBytes, limitedBy: "maxDecodedBytes" }
        : { limit: maxBytes, limitedBy: "maxBytes" };
    const [coding, ...more] = codings;
    if (state.keepEncoding && coding !== undefined && more.length === 0 && store.putEncoded !== undefined) {
      const decoded = { maxDecodedBytes: limits.limit, maxDecodedRatio };
      await store.putEncoded(checksum, coding, body, { length: size, signal, ...decoded });
      return text(PUT_STATUS.stored, "OK");
    }
    const chunks = decode(codings, body, { store: "the body", ...limits, ratio: maxDecodedRatio, encodedLength: size });
    await store.putStream(checksum, chunks, { length, signal });
    return text(PUT_STATUS.stored, "OK");
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    return text(PUT_STATUS.wrong, fault);
  }
}

/**
 * The buffer is there already. The tag says that it was hashed, and is these bytes: not only that there is something by that
 * name, which is all that other servers may know.
 */
function there(hex: string): HashserverResponse {
  const answer = empty(PUT_STATUS.there);
  return { ...answer, headers: { ...answer.headers, etag: etagOf(hex) } };
}

/** The same chunks, counted, and no longer waited for than the upload goes on: the client may never send the next. */
async function* received(
  chunks: AsyncIterable<Uint8Array>,
  upload: RunningUpload,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const next = await untilAborted(iterator.next(), upload.signal);
      ended = next.done === true;
      if (next.done === true) return;
      upload.received += next.value.byteLength;
      yield next.value;
    }
  } finally {
    // Not awaited: it may hang.
    if (!ended) Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

function wrongLengthError(): SeamlessError {
  return new SeamlessError("INVALID_ARGUMENT", "the body is not as long as was announced");
}

/** What the client has done wrong, if it has. */
function faultOf(error: unknown): string | undefined {
  if (isSeamlessError(error, "CHECKSUM_MISMATCH")) return "Incorrect checksum";
  if (isSeamlessError(error, "INVALID_ARGUMENT")) return "The body is not as long as was announced.\n";
  if (isSeamlessError(error, "STORE_FAILED") && error.store === "the body") return "The body cannot be decoded.\n";
  return undefined;
}

/** How long the first upload of a buffer keeps out others, in milliseconds. */
const HEAD_START = 2_000;

/** How long an upload that was not completed is remembered, in milliseconds: one that starts again has no new head start. */
const MEMORY = 60_000;

/** Buffers that are remembered so, at most. */
const MOST_REMEMBERED = 10_000;

/** Uploads of one buffer at a time: beyond, one of the client that has most of them gives way, the one that got least. */
const BESIDE = 4;

/** Why an upload is broken off: another one of the same buffer was complete first. */
const OVERTAKEN = new Error("somebody else has uploaded the buffer");

/** Why an upload is broken off: there are too many of the same buffer, and it got least. */
const LEFT_BEHIND = new Error("others upload the same buffer faster");

/** An upload that is under way. */
export class RunningUpload {
  readonly #controller = new AbortController();
  readonly client: string;
  /** In bytes. */
  received = 0;

  constructor(client: string) {
    this.client = client;
  }

  /** Aborted with `OVERTAKEN` or `LEFT_BEHIND`, or with what `giveUp` was called with. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  giveUp(reason: unknown): void {
    this.#controller.abort(reason);
  }
}

/** A buffer that is being uploaded. */
interface Begun {
  readonly running: Set<RunningUpload>;
  /** When the first one began: those that come after it, whatever became of it, have no head start of their own. */
  readonly since: number;
}

/** A buffer whose upload was begun and given up. */
interface Left {
  readonly since: number;
  readonly at: number;
}

/**
 * The uploads that are under way, by buffer. A second one is turned away, since the first will mostly be done at once; but
 * not for long, and once for each buffer: a client that never comes to an end, or begins again and again, keeps nobody from
 * storing what it pretends to upload.
 */
export class RunningUploads {
  readonly #now: () => number;
  readonly #begun = new Map<string, Begun>();
  /** In the order in which they were left. */
  readonly #left = new Map<string, Left>();

  /** @param now - In milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * @param client - Who uploads it.
   * @returns `undefined` if another client has just begun.
   */
  begin(hex: string, client = ""): RunningUpload | undefined {
    const now = this.#now();
    this.#forget(now);
    const begun = this.#begun.get(hex) ?? { running: new Set(), since: this.#left.get(hex)?.since ?? now };
    const { running, since } = begun;
    if (running.size > 0 && now - since < HEAD_START) return undefined;
    if (running.size >= BESIDE) {
      const slowest = slowestOf(running, client);
      slowest.giveUp(LEFT_BEHIND);
      running.delete(slowest);
    }
    const upload = new RunningUpload(client);
    running.add(upload);
    this.#left.delete(hex);
    this.#begun.set(hex, begun);
    return upload;
  }

  /** @param complete - Is the buffer there now? Then the others need not go on. */
  end(hex: string, upload: RunningUpload, complete: boolean): void {
    const begun = this.#begun.get(hex);
    if (begun === undefined || !begun.running.delete(upload)) return;
    if (complete) for (const other of begun.running) other.giveUp(OVERTAKEN);
    if (!complete && begun.running.size > 0) return;
    this.#begun.delete(hex);
    if (!complete) this.#left.set(hex, { since: begun.since, at: this.#now() });
  }

  #forget(now: number): void {
    for (const [hex, { at }] of this.#left) {
      if (this.#left.size <= MOST_REMEMBERED && now - at < MEMORY) return;
      this.#left.delete(hex);
    }
  }
}

/** Of the client that has most, counted with the one that it begins: nobody drives out others with many of his own. */
function slowestOf(running: ReadonlySet<RunningUpload>, client: string): RunningUpload {
  const counts = new Map([[client, 1]]);
  for (const each of running) counts.set(each.client, (counts.get(each.client) ?? 0) + 1);
  const most = Math.max(...[...running].map((each) => counts.get(each.client)!));
  const candidates = [...running].filter((each) => counts.get(each.client) === most);
  return candidates.reduce((least, each) => (each.received < least.received ? each : least));
}
