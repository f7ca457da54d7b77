import { Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { bodyText } from "./body.ts";
import type { Action, Call, ServerState } from "./call.ts";
import { json, text } from "./respond.ts";

/** In bytes: a checksum in quotes, a comma, and some white space. */
const CHECKSUM_SIZE = 80;

/** Which buffers are there, or promised: a list of booleans. */
export const has: Action = answerList(async ({ store, promises }, checksums, signal) => {
  const found = await store.has(checksums, { signal });
  return found.map((there, i) => there || promises.has(checksums[i]!.hex()));
});

/** How long buffers are, in bytes: a list of numbers, 0 for one that is missing, or only promised. */
export const lengths: Action = answerList(async ({ store }, checksums, signal) => {
  return (await store.lengths(checksums, { signal })).map((length) => length ?? 0);
});

function answerList(
  answer: (state: ServerState, checksums: readonly Checksum[], signal: AbortSignal | undefined) => Promise<unknown[]>,
): Action {
  return async (state, call) => {
    let checksums: readonly Checksum[];
    try {
      checksums = await readList(state, call);
    } catch (error) {
      if (isSeamlessError(error, "TOO_LARGE")) return text(413, `At most ${state.maxChecksums} checksums at once.\n`);
      if (isSeamlessError(error, "INVALID_ARGUMENT")) return text(400, `${error.message}\n`);
      throw error;
    }
    return json(200, await answer(state, checksums, call.request.signal));
  };
}

async function readList({ maxChecksums }: ServerState, { request }: Call): Promise<readonly Checksum[]> {
  const body = await bodyText(request, maxChecksums * CHECKSUM_SIZE);
  const list = parseJson(body);
  if (!Array.isArray(list)) throw notAList();
  if (list.length > maxChecksums) throw new SeamlessError("TOO_LARGE", `more than ${maxChecksums} checksums`);
  return list.map((hex) => {
    if (typeof hex !== "string" || !/^[0-9a-fA-F]{64}$/.test(hex)) throw notAList();
    return new Checksum(hex.toLowerCase());
  });
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw notAList();
  }
}

function notAList(): SeamlessError {
  return new SeamlessError("INVALID_ARGUMENT", "The body must be a JSON list of checksums, 64 hex digits each.");
}
