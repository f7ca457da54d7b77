import { type AbortOptions, Checksum, isSeamlessError } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import { type Store, streamChunks, systemClock, type Timer } from "@seamless/store";
import { MAX_VERIFIED, type VerifyAnswer } from "../protocol.ts";
import type { ClientQueue, Slot } from "./client-queue.ts";
import type { Promises } from "./promises.ts";
import { type Action, bodyText, type Call, type HashserverResponse, type ServerState } from "./requests.ts";
import { checksumFault, invalidData, isChecksum, json, jsonStream, report, text } from "./responses.ts";

/** In bytes: a checksum in quotes, a comma, and some white space. */
const CHECKSUM_SIZE = 80;

/** Levels of lists and dicts in a question. */
const MAX_DEPTH = 1_000;

/** What questions about many buffers share. */
export interface ListState extends ServerState {
  readonly promises: Promises;
  readonly maxChecksums: number;
  readonly verifying: ClientQueue;
}

/** Which buffers are there, or promised: a list of booleans. */
export const has: Action<ListState> = answerList(async ({ store, promises }, checksums, signal) => {
  const found = await store.has(checksums, { signal });
  return found.map((there, i) => there || promises.has(checksums[i]!.hex()));
});

/** Which buffers are there, whatever is promised. */
export const hasNow: Action<ListState> = answerList(({ store }, checksums, signal) => store.has(checksums, { signal }));

/** How long buffers are, in bytes: a list of numbers, 0 for one that is missing, or only promised. */
export const lengths: Action<ListState> = answerList(async ({ store }, checksums, signal) => {
  return (await store.lengths(checksums, { signal })).map((length) => length ?? 0);
});

/** The action of a question that has a list of checksums as its body, and a list as its answer. */
export function answerList(
  answer: (state: ListState, checksums: readonly Checksum[], signal: AbortSignal | undefined) => Promise<unknown[]>,
): Action<ListState> {
  return async (state, call) => {
    const list = await readList(call, state.maxChecksums);
    return "status" in list ? list : json(200, await answer(state, list, call.request.signal));
  };
}

/**
 * The checksums that came as the body of a request.
 *
 * @param most - How many there may be.
 * @returns the answer to a body that is not a list of checksums, or too long.
 */
async function readList({ request }: Call, most: number): Promise<readonly Checksum[] | HashserverResponse> {
  const tooMany = () => text(413, `At most ${most} checksums at once.\n`);
  const unreadable = () => json(400, { detail: "There was an error parsing the body" });
  let body: string;
  try {
    body = await bodyText(request, most * CHECKSUM_SIZE);
  } catch (error) {
    if (isSeamlessError(error, "TOO_LARGE")) return tooMany();
    if (isSeamlessError(error, "INVALID_ARGUMENT")) return unreadable();
    throw error;
  }
  if (body === "") return missing();
  const list = parseJson(body);
  if (list === undefined) {
    return invalidData({ type: "json_invalid", loc: ["body"], msg: "JSON decode error", input: {} });
  }
  if (list === null) return missing();
  if (isDeep(list)) return unreadable();
  if (!Array.isArray(list)) {
    return invalidData({ type: "list_type", loc: ["body"], msg: "Input should be a valid list", input: list });
  }
  if (list.length > most) return tooMany();
  const wrong = list.findIndex((each) => typeof each !== "string" || !isChecksum(each));
  if (wrong !== -1) return invalidData(checksumFault(["body", wrong], list[wrong]));
  return list.map((hex: string) => new Checksum(hex.toLowerCase()));
}

/** Deeper than Python reads, and than `JSON.stringify` could show it in an answer? */
function isDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
    if (level.length === 0) return false;
  }
  return true;
}

function missing(): HashserverResponse {
  return invalidData({ type: "missing", loc: ["body"], msg: "Field required", input: null });
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** White space is sent this often while a long buffer is hashed, in milliseconds, so that clients do not time out. */
const KEEP_ALIVE = 5_000;

/**
 * Which buffers are there and right, byte for byte: each is hashed where it lies. The answer comes as it is found out; no
 * buffer is hashed for a client that does not read it.
 */
export const verify: Action<ListState> = async (state, call) => {
  const checksums = await readList(call, Math.min(MAX_VERIFIED, state.maxChecksums));
  if ("status" in checksums) return checksums;
  const { client = "", signal } = call.request;
  const slot = state.verifying.enter(client);
  if (slot === undefined) return text(429, "Too many requests are waiting.\n", { "retry-after": "1" });
  const stopper = new AbortController();
  const forget = onAbort(signal, () => stopper.abort(signal?.reason));
  const parts = answer(state, checksums, slot, stopper.signal);
  const end = () => {
    forget();
    slot.end();
  };
  return jsonStream(200, parts, end, (reason) => stopper.abort(reason));
};

/** A JSON list, part by part. */
async function* answer(
  state: ServerState,
  checksums: readonly Checksum[],
  { begun }: Slot,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  yield "[";
  yield* withKeepAlive(begun, signal);
  for (const [i, checksum] of checksums.entries()) {
    const entry = yield* withKeepAlive(verifyBuffer(state, checksum, signal), signal);
    yield `${i === 0 ? "" : ","}${JSON.stringify(entry)}`;
  }
  yield "]";
}

async function verifyBuffer(state: ServerState, checksum: Checksum, signal: AbortSignal): Promise<VerifyAnswer> {
  try {
    const [told = "unknown"] = (await state.store.check?.([checksum], { signal })) ?? [];
    // Where it cannot be said, reading it shows why.
    const unclear = told === "unknown" || told === "unreadable";
    const found = unclear ? await checkBuffer(state.store, checksum, { signal }) : told;
    if (found === "corrupt") return found;
    // A client that hears this does not upload it again.
    return found === "ok" && (!state.writable || (await touch(state.store, checksum, { signal })));
  } catch (error) {
    signal.throwIfAborted();
    report(state, error);
    return null;
  }
}

/** Yields white space now and then until a promise settles, and returns what it gives. */
async function* withKeepAlive<T>(promise: Promise<T>, signal: AbortSignal): AsyncGenerator<string, T, undefined> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  const done = promise.then(settle, settle);
  for (;;) {
    let timer: Timer | undefined;
    let forget = () => {};
    const passed = new Promise<void>((resolve) => {
      timer = systemClock.setTimeout(resolve, KEEP_ALIVE);
      forget = onAbort(signal, resolve);
    });
    await Promise.race([done, passed]);
    timer?.cancel();
    forget();
    signal.throwIfAborted();
    if (settled) return promise;
    yield " ";
  }
}

/**
 * Reads all of a buffer where it lies: what the store says to be there may be wrong.
 *
 * @throws what the store throws, but for wrong bytes.
 */
export async function checkBuffer(
  store: Store,
  checksum: Checksum,
  options: AbortOptions,
): Promise<"ok" | "missing" | "corrupt"> {
  try {
    const [there] = await store.has([checksum], options);
    const stream = there === true ? await store.getStream(checksum, options) : undefined;
    if (stream === undefined) return "missing";
    for await (const _ of streamChunks(stream));
    return "ok";
  } catch (error) {
    if (isSeamlessError(error, "CHECKSUM_MISMATCH")) return "corrupt";
    throw error;
  }
}

/** Does what a `put` would do to a buffer that is there. Returns whether it still is. */
export async function touch(store: Store, checksum: Checksum, options: AbortOptions): Promise<boolean> {
  return (await store.touch?.([checksum], options))?.[0] !== false;
}
