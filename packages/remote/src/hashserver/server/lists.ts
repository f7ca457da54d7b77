import { Checksum, isSeamlessError } from "@seamless/checksum";
import { bodyText } from "./body.ts";
import type { Action, Call, ServerState } from "./call.ts";
import { checksumFault, invalidData, isChecksum } from "./invalid.ts";
import { json, text } from "./respond.ts";
import type { HashserverResponse } from "./types.ts";

/** In bytes: a checksum in quotes, a comma, and some white space. */
const CHECKSUM_SIZE = 80;

/** Levels of lists and dicts in a question. */
const MAX_DEPTH = 1_000;

/** Which buffers are there, or promised: a list of booleans. */
export const has: Action = answerList(async ({ store, promises }, checksums, signal) => {
  const found = await store.has(checksums, { signal });
  return found.map((there, i) => there || promises.has(checksums[i]!.hex()));
});

/** Which buffers are there, whatever is promised. */
export const hasNow: Action = answerList(({ store }, checksums, signal) => store.has(checksums, { signal }));

/** How long buffers are, in bytes: a list of numbers, 0 for one that is missing, or only promised. */
export const lengths: Action = answerList(async ({ store }, checksums, signal) => {
  return (await store.lengths(checksums, { signal })).map((length) => length ?? 0);
});

function answerList(
  answer: (state: ServerState, checksums: readonly Checksum[], signal: AbortSignal | undefined) => Promise<unknown[]>,
): Action {
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
export async function readList({ request }: Call, most: number): Promise<readonly Checksum[] | HashserverResponse> {
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
