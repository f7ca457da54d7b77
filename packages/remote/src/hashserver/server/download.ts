import { Checksum } from "@seamless/checksum";
import { type Coding, chunkStream, type EncodedBuffer, joinChunks, type Store, streamChunks } from "@seamless/store";
import { etagOf } from "../protocol.ts";
import { acceptedCodings } from "./accept.ts";
import type { Promises } from "./promises.ts";
import { type ByteRange, requestedRange } from "./range.ts";
import type { Action, Call, GetHeader, HashserverRequest, HashserverResponse, ServerState } from "./requests.ts";
import { asAnnounced, BUSY, bufferHeaders, report, text } from "./responses.ts";

/** What buffers are given out of. */
export interface DownloadState extends ServerState {
  readonly hot: HotCache;
  readonly promises: Promises;
}

/**
 * The answer to what was asked for just now: found by its path, before anything else is made of the request. Half of what a
 * small answer costs beside Node's own work is saved so.
 */
export function hotAnswer(
  state: DownloadState,
  { method, keepsBytes }: HashserverRequest,
  path: string,
  header: GetHeader,
): HashserverResponse | undefined {
  const known = method === "GET" ? state.hot.get(hotKey(path, acceptedBy(state, header))) : undefined;
  if (known === undefined || header("if-none-match") !== undefined || header("range") !== undefined) return undefined;
  return keepsBytes === true ? known : { ...known, body: new Uint8Array(known.body) };
}

/** By what is asked for, and which codings may be answered with. */
const hotKey = (path: string, accepted: readonly Coding[]) => (accepted.length === 0 ? path : `${accepted} ${path}`);

/** All that `acceptedBy` may give. */
const ACCEPTED: readonly (readonly Coding[])[] = [[], ["zstd"], ["gzip"], ["zstd", "gzip"]];

/** Keeps a buffer that was removed from being given out for some seconds more, however it was asked for. */
export function dropHot({ hot }: Pick<DownloadState, "hot">, hex: string): void {
  for (const accepted of ACCEPTED) hot.delete(hotKey(`/${hex}`, accepted));
}

/** The codings in which a store may give a buffer to a client. */
function acceptedBy({ store }: ServerState, header: GetHeader): readonly Coding[] {
  return store.getEncoded === undefined ? [] : acceptedCodings(header("accept-encoding"));
}

/** A buffer. One that is promised is waited for. */
export const get: Action<DownloadState> = async (state, call) => {
  const { promises } = state;
  const { hex, request } = call;
  if (hasAlready(call.header, hex)) return notModified(state, call);
  const found = await find(state, call);
  if (found !== undefined || !promises.has(hex)) return found ?? missing();
  if (!(await promises.ended(hex, request.client ?? "", request.signal))) {
    return text(503, "Too many requests are waiting for promised buffers.\n", { "retry-after": "1" });
  }
  return (await find(state, call)) ?? missing();
};

/** The headers of a buffer. Does not wait for a promised buffer. */
export const head: Action<DownloadState> = async (state, call) => {
  const { hex, request, header } = call;
  if (hasAlready(header, hex)) return notModified(state, call);
  const encoded = await askEncoded(state, call, acceptedBy(state, header));
  if (encoded !== undefined) {
    await encoded.stream.cancel();
    if (hasAny(header)) return notModified(state, call);
    return { status: 200, headers: bufferHeaders(state, hex, encoded.length, encoded.coding), body: null };
  }
  const [length] = await state.store.lengths([new Checksum(hex)], { signal: request.signal });
  if (length === undefined) return { ...missing(), body: null };
  if (hasAny(header)) return notModified(state, call);
  return { status: 200, headers: wholeHeaders(state, hex, length), body: null };
};

async function find(state: DownloadState, call: Call): Promise<HashserverResponse | undefined> {
  const { hex, request, header } = call;
  const { store } = state;
  const { signal } = request;
  const checksum = new Checksum(hex);
  const small = hasAny(header) ? undefined : await store.getSmall?.(checksum, HOT_SIZE, { signal });
  if (small !== undefined) return smallAnswer(state, call, small);
  const encoded = await findEncoded(state, call);
  if (encoded !== undefined) return encoded;
  const length = await lengthOf(store, checksum, signal);
  if (length === undefined) return undefined;
  if (hasAny(header)) return notModified(state, call);
  const range = requestedRange(header, hex, length);
  if (range === "unsatisfiable") return unsatisfiable(length);
  if (length <= HOT_SIZE) {
    const bytes = await store.get(checksum, { signal });
    return bytes === undefined ? undefined : smallAnswer(state, call, bytes);
  }
  const reserved = await request.reserve?.(length);
  if (reserved === undefined && request.reserve !== undefined) return BUSY;
  const part = store.resumes === true ? range : undefined;
  const { start, end } = part ?? { start: 0, end: length };
  const stream = await store.getStream(checksum, { ...reserved, signal, ...(start > 0 && { offset: start }) });
  if (stream === undefined) return undefined;
  const asked = end < length ? chunkStream(firstBytes(streamChunks(stream), end - start)) : stream;
  const body = announced(state, call, asked, end - start);
  if (part !== undefined) return { ...partOf(state, hex, part, length), body };
  return { status: 200, headers: wholeHeaders(state, hex, length), body };
}

/** A small buffer, or a part of it; it is kept for who asks next. */
function smallAnswer(state: DownloadState, call: Call, bytes: Uint8Array): HashserverResponse {
  const { hex, header } = call;
  const length = bytes.byteLength;
  const range = requestedRange(header, hex, length);
  if (range === "unsatisfiable") return unsatisfiable(length);
  const answer = { status: 200, headers: wholeHeaders(state, hex, length), body: bytes };
  keepHot(state, call, answer);
  if (range === undefined) return answer;
  return { ...partOf(state, hex, range, length), body: bytes.subarray(range.start, range.end) };
}

function unsatisfiable(length: number): HashserverResponse {
  return text(416, "There are no such bytes.\n", { "content-range": `bytes */${length}` });
}

/** As it lies, if it lies encoded as the client accepts it. Parts are always those of the decoded bytes. */
async function askEncoded(
  { store }: DownloadState,
  { hex, request, header }: Call,
  accepted: readonly Coding[],
  chunkSize?: number,
): Promise<EncodedBuffer | undefined> {
  if (accepted.length === 0 || header("range") !== undefined) return undefined;
  return store.getEncoded?.(new Checksum(hex), accepted, { signal: request.signal, chunkSize });
}

/** @returns `undefined` if it is missing, or is to be sent as it is. */
async function findEncoded(state: DownloadState, call: Call): Promise<HashserverResponse | undefined> {
  const { hex, header, request } = call;
  const accepted = acceptedBy(state, header);
  const found = await askEncoded(state, call, accepted);
  if (found === undefined) return undefined;
  const { coding, length, stream } = found;
  const headers = bufferHeaders(state, hex, length, coding);
  if (length <= HOT_SIZE && !hasAny(header)) {
    const answer = { status: 200, headers, body: await joinChunks(streamChunks(stream)) };
    keepHot(state, call, answer);
    return answer;
  }
  await stream.cancel();
  if (hasAny(header)) return notModified(state, call);
  const reserved = await request.reserve?.(length);
  if (reserved === undefined && request.reserve !== undefined) return BUSY;
  // Another file may lie there by now.
  const again = await askEncoded(state, call, [coding], reserved?.chunkSize);
  if (again === undefined) return undefined;
  const body = announced(state, call, again.stream, again.length);
  return { status: 200, headers: bufferHeaders(state, hex, again.length, coding), body };
}

function keepHot(state: DownloadState, { hex, header, request }: Call, answer: HotAnswer): void {
  const { body } = answer;
  // What others are given is no longer ours; and a part of larger memory would keep all of it.
  const isOurs = request.keepsBytes === true && body.buffer.byteLength === body.byteLength;
  state.hot.add(
    hotKey(`/${hex}`, acceptedBy(state, header)),
    isOurs ? answer : { ...answer, body: new Uint8Array(body) },
  );
}

function announced(
  state: DownloadState,
  { request }: Call,
  stream: ReadableStream<Uint8Array>,
  length: number,
): ReadableStream<Uint8Array> {
  return asAnnounced(stream, length, (error) => {
    if (!request.signal?.aborted) report(state, error);
  });
}

/** Headers of a whole buffer, which may be asked for in parts. */
function wholeHeaders(state: DownloadState, hex: string, length: number) {
  const headers = bufferHeaders(state, hex, length);
  return state.store.resumes === true || length <= HOT_SIZE ? { ...headers, "accept-ranges": "bytes" } : headers;
}

/**
 * Status and headers of a part. It cannot be hashed: who puts parts together does that, and asks for those that it lacks after
 * an answer that broke off.
 */
function partOf(state: DownloadState, hex: string, { start, end }: ByteRange, length: number) {
  const range = { "content-range": `bytes ${start}-${end - 1}/${length}` };
  return { status: 206, headers: { ...bufferHeaders(state, hex, end - start), ...range } };
}

async function* firstBytes(
  chunks: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = count;
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left);
    left -= chunk.byteLength;
    if (left <= 0) return;
  }
}

async function lengthOf(
  store: Store,
  checksum: Checksum,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const [length] = await store.lengths([checksum], { signal });
  if (length !== undefined) return length;
  // It may be being written. Opening a stream waits for that, asking for the length does not.
  const stream = await store.getStream(checksum, { signal });
  if (stream === undefined) return undefined;
  await stream.cancel();
  return (await store.lengths([checksum], { signal }))[0];
}

function missing(): HashserverResponse {
  // Somebody may put it in the next moment.
  return text(404, "Not found", { "cache-control": "no-store" });
}

/** How a client may have the bytes. */
const REPRESENTATIONS = [undefined, "zstd", "gzip"] as const;

/** The representation that a client says it has, if it says so: the bytes of all are the right ones. */
function hasAlready(header: GetHeader, hex: string): boolean {
  const known = header("if-none-match");
  return known?.includes(hex) === true && REPRESENTATIONS.some((coding) => known.includes(etagOf(hex, coding)));
}

/** Does it want nothing of what is there, whatever that is (RFC 9110, section 13.1.2)? */
function hasAny(header: GetHeader): boolean {
  return header("if-none-match")?.trim() === "*";
}

/** A client that has the bytes of a checksum has the right ones, whether the store still has them or not. */
function notModified(state: ServerState, { hex, header }: Call): HashserverResponse {
  const known = REPRESENTATIONS.find((coding) => header("if-none-match")?.includes(etagOf(hex, coding)));
  const { "content-length": _, "content-encoding": __, ...headers } = bufferHeaders(state, hex, 0, known);
  return { status: 304, headers, body: null };
}

/** The answer to a GET of a small buffer, whole. */
export interface HotAnswer extends HashserverResponse {
  readonly body: Uint8Array;
}

/** In bytes: larger buffers are streamed. */
export const HOT_SIZE = 65_536;

/** In milliseconds: a deleted buffer may still be served for so long. */
const LIFE = 10_000;

interface Entry {
  readonly answer: HotAnswer;
  readonly until: number;
}

/**
 * What was asked for just now: a look at the disk takes longer than all the rest of a small answer (measured with 1 KiB:
 * 8,000 answers a second instead of 25,000). Oldest out first, within a limit.
 */
export class HotCache {
  readonly #limit: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** @param limit - In bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(path: string): HotAnswer | undefined {
    const entry = this.#entries.get(path);
    if (entry === undefined) return undefined;
    if (entry.until > performance.now()) return entry.answer;
    this.#remove(path, entry);
    return undefined;
  }

  add(path: string, answer: HotAnswer): void {
    const before = this.#entries.get(path);
    if (before !== undefined) this.#remove(path, before);
    const size = answer.body.byteLength;
    if (size > HOT_SIZE || size > this.#limit) return;
    this.#entries.set(path, { answer, until: performance.now() + LIFE });
    this.#bytes += size + OVERHEAD;
    // In the order in which they came, and so in that in which they end.
    for (const [key, entry] of this.#entries) {
      if (this.#bytes <= this.#limit && entry.until > performance.now()) break;
      this.#remove(key, entry);
    }
  }

  delete(path: string): void {
    const entry = this.#entries.get(path);
    if (entry !== undefined) this.#remove(path, entry);
  }

  #remove(path: string, entry: Entry): void {
    this.#entries.delete(path);
    this.#bytes -= entry.answer.body.byteLength + OVERHEAD;
  }
}

/** What an entry takes besides the bytes, about, in bytes. */
const OVERHEAD = 1_000;
