import { type AbortOptions, Checksum } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import { dropHot, type HotCache } from "./download.ts";
import { answerList, type ListState } from "./lists.ts";
import type { Action, HashserverResponse } from "./requests.ts";
import { empty, json, jsonStream } from "./responses.ts";

/** What housekeeping needs besides. */
export interface HousekeepingState extends ListState {
  readonly hot: HotCache;
}

/** Lines that are sent at once. */
const LINES = 500;

/**
 * All buffers, one JSON list a line: checksum, length, what it takes, when it was last put in milliseconds since 1970;
 * `null` for what is not known. `null` stands alone on the last line, so that a list that broke off is not taken for whole.
 */
export const list: Action<HousekeepingState> = async ({ store }, { request }) => {
  const stopper = new AbortController();
  const forget = onAbort(request.signal, () => stopper.abort(request.signal?.reason));
  const response = jsonStream(200, lines(store.list?.({ signal: stopper.signal })), forget, (reason) =>
    stopper.abort(reason),
  );
  return { ...response, headers: { ...response.headers, "content-type": "application/x-ndjson" } };
};

async function* lines(
  buffers: ReturnType<NonNullable<ListState["store"]["list"]>> | undefined,
): AsyncGenerator<string, void, undefined> {
  let batch: string[] = [];
  for await (const { checksum, length = null, stored = null, modified = null } of buffers ?? []) {
    batch.push(`${JSON.stringify([checksum.hex(), length, stored, modified])}\n`);
    if (batch.length < LINES) continue;
    yield batch.join("");
    batch = [];
  }
  yield `${batch.join("")}null\n`;
}

/** Removes a buffer. `?min-age=MS` leaves one that is younger. */
export const remove: Action<HousekeepingState> = async (state, { hex, request }) => {
  const minAge = Number(/[?&]min-age=(\d{1,15})(?:&|$)/.exec(request.url)?.[1] ?? 0);
  const removed = await state.store.delete?.(new Checksum(hex), { minAge, signal: request.signal });
  dropHot(state, hex);
  return removed === true ? empty(204) : notThere();
};

function notThere(): HashserverResponse {
  return json(404, { detail: "Not Found" });
}

/** Makes buffers young: a list of booleans, which of them are there. */
export const touchAll: Action<HousekeepingState> = answerList(async ({ store }, checksums, signal) => {
  const options: AbortOptions = { signal };
  return store.touch === undefined ? store.has(checksums, options) : store.touch(checksums, options);
});
