import type { Checksum } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import { systemClock, type Timer } from "@seamless/store";
import { MAX_VERIFIED, type Verdict } from "../protocol.ts";
import type { Action, ServerState } from "./call.ts";
import { checkBuffer } from "./check.ts";
import { report } from "./failures.ts";
import { readList } from "./lists.ts";
import { jsonStream, text } from "./respond.ts";
import type { Place } from "./turns.ts";

/** White space is sent while a long buffer is hashed, so that nobody takes the server for dead, in milliseconds. */
const SIGN_OF_LIFE = 5_000;

/**
 * Which buffers are there and right, byte for byte: each is hashed where it lies. The answer comes as it is found out; no
 * buffer is hashed for a client that does not read it.
 */
export const verify: Action = async (state, call) => {
  const checksums = await readList(call, Math.min(MAX_VERIFIED, state.maxChecksums));
  if ("status" in checksums) return checksums;
  const { client = "", signal } = call.request;
  const place = state.verifying.enter(client);
  if (place === undefined) return text(429, "Too many questions wait for their answers.\n", { "retry-after": "1" });
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
