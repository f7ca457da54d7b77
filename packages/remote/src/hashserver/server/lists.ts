import { type AbortOptions, Checksum, isSeamlessError } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import { type Store, streamChunks, systemClock, type Timer } from "@seamless/store";
import { MAX_VERIFIED, type Verdict } from "../protocol.ts";
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
  readonly verifying: Turns;
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

function answerList(
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
 * @returns the answer to what is no such list, or too long.
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
const SIGN_OF_LIFE = 5_000;

/**
 * Which buffers are there and right, byte for byte: each is hashed where it lies. The answer comes as it is found out; no
 * buffer is hashed for a client that does not read it.
 */
export const verify: Action<ListState> = async (state, call) => {
  const checksums = await readList(call, Math.min(MAX_VERIFIED, state.maxChecksums));
  if ("status" in checksums) return checksums;
  const { client = "", signal } = call.request;
  const place = state.verifying.enter(client);
  if (place === undefined) return text(429, "Too many requests are waiting.\n", { "retry-after": "1" });
  const stopper = new AbortController();
  const forget = onAbort(signal, () => stopper.abort(signal?.reason));
  const parts = answer(state, checksums, place, stopper.signal);
  const end = () => {
    forget();
    place.end();
  };
  return jsonStream(200, parts, end, (reason) => stopper.abort(reason));
};

/** A JSON list, part by part. */
async function* answer(
  state: ServerState,
  checksums: readonly Checksum[],
  { begun }: Place,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  yield "[";
  yield* patiently(begun, signal);
  for (const [i, checksum] of checksums.entries()) {
    const verdict = yield* patiently(verdictOf(state, checksum, signal), signal);
    yield `${i === 0 ? "" : ","}${JSON.stringify(verdict)}`;
  }
  yield "]";
}

async function verdictOf(state: ServerState, checksum: Checksum, signal: AbortSignal): Promise<Verdict> {
  try {
    const [told = "unknown"] = (await state.store.check?.([checksum], { signal })) ?? [];
    // Where it cannot be said, reading it shows why.
    const unclear = told === "unknown" || told === "unreadable";
    const found = unclear ? await checkBuffer(state.store, checksum, { signal }) : told;
    return found === "corrupt" ? found : found === "ok";
  } catch (error) {
    signal.throwIfAborted();
    report(state, error);
    return null;
  }
}

/** What a promise gives; white space until then. */
async function* patiently<T>(promise: Promise<T>, signal: AbortSignal): AsyncGenerator<string, T, undefined> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  const done = promise.then(settle, settle);
  for (;;) {
    let timer: Timer | undefined;
    let forget = () => {};
    const passed = new Promise<void>((resolve) => {
      timer = systemClock.setTimeout(resolve, SIGN_OF_LIFE);
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

/** One thing that waits to be done, or is being done. */
interface Turn {
  readonly client: string;
  readonly start: () => void;
  begun: boolean;
}

/** A place in the queue. */
export interface Place {
  /** Resolves when it is one's turn. */
  readonly begun: Promise<void>;
  /** Gives the place up, done or not; must be called in any case. */
  end(): void;
}

/**
 * Does what costs much one after the other: of each client one thing at a time, and of all together only some. So the
 * work that a client can cause does not grow with how often it asks.
 */
export class Turns {
  readonly #together: number;
  readonly #longest: number;
  readonly #queues = new Map<string, Turn[]>();
  /** The first of each queue that has not begun. */
  readonly #ready: Turn[] = [];
  #running = 0;

  /**
   * @param together - How many things are done at once, each of another client.
   * @param longest - How many things of one client may wait, or be done.
   */
  constructor(together: number, longest: number) {
    this.#together = together;
    this.#longest = longest;
  }

  /** @returns `undefined` if the client has too many things waiting. */
  enter(client: string): Place | undefined {
    const queue = this.#queues.get(client) ?? [];
    if (queue.length >= this.#longest) return undefined;
    let start = () => {};
    const begun = new Promise<void>((resolve) => {
      start = resolve;
    });
    const turn: Turn = { client, start, begun: false };
    this.#queues.set(client, queue);
    if (queue.push(turn) === 1) this.#ready.push(turn);
    this.#next();
    return { begun, end: () => this.#end(turn) };
  }

  #next(): void {
    while (this.#running < this.#together) {
      const turn = this.#ready.shift();
      if (turn === undefined) return;
      this.#running += 1;
      turn.begun = true;
      turn.start();
    }
  }

  #end(turn: Turn): void {
    const queue = this.#queues.get(turn.client) ?? [];
    const at = queue.indexOf(turn);
    if (at === -1) return;
    queue.splice(at, 1);
    if (turn.begun) this.#running -= 1;
    else if (at === 0) this.#ready.splice(this.#ready.indexOf(turn), 1);
    if (queue.length === 0) this.#queues.delete(turn.client);
    else if (at === 0) this.#ready.push(queue[0]!);
    this.#next();
  }
}

/**
 * Read all of a buffer where it lies: what the store says to be there may be wrong.
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
