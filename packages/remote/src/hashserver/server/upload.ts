import { joinPieces, type Store, type StoreOptions, streamPieces } from "@seamless/cache";
import { Checksum, isSeamlessError } from "@seamless/checksum";
import { decode, parseCodings } from "../../encoding/index.ts";
import { PUT_STATUS } from "../protocol.ts";
import { bodyPieces } from "./body.ts";
import type { Action, Call, ServerState } from "./call.ts";
import { HOT_SIZE } from "./hot.ts";
import { json, text } from "./respond.ts";
import type { HashserverResponse } from "./types.ts";

/** Take a buffer: it is visible once all of it is there and has its checksum. */
export const put: Action = async (state, call) => {
  const { uploads, promises } = state;
  const { hex } = call;
  if (uploads.has(hex)) return text(PUT_STATUS.busy, "Somebody else is uploading this buffer.\n");
  uploads.add(hex);
  try {
    const response = await receive(state, call);
    if (response.status < 300) promises.end(hex);
    return response;
  } finally {
    uploads.delete(hex);
  }
};

/** Announce an upload. */
export const promise: Action = async ({ store, promises }, { hex, request }) => {
  const [there] = await store.has([new Checksum(hex)], { signal: request.signal });
  // What is there already is promised truly, and needs no waiting for.
  const time = there === true ? 0 : promises.add(hex);
  if (time === undefined) return text(503, "Too many promises are kept.\n", { "retry-after": "60" });
  return json(202, { checksum: hex, expires_in: time / 1000 });
};

async function receive(state: ServerState, { hex, request, header }: Call): Promise<HashserverResponse> {
  const { store, maxBytes } = state;
  const { signal } = request;
  const codings = parseCodings(header("content-encoding"));
  if (codings === undefined) return text(415, "The Content-Encoding must be zstd or gzip.\n");
  const declared = header("content-length");
  const length = codings.length === 0 && declared !== undefined ? Number(declared) : undefined;
  if (length !== undefined && length > maxBytes) return text(413, `The limit is ${maxBytes} bytes.\n`);
  const checksum = new Checksum(hex);
  if (await isThere(store, checksum, { signal })) return text(PUT_STATUS.there, "Already there.\n");
  const limit = { store: "the body", limit: maxBytes };
  const pieces = decode(codings, bodyPieces(request), limit);
  try {
    // With many small buffers, most of the work is what streams cost.
    if (length !== undefined && length <= HOT_SIZE) await store.put(checksum, await joinPieces(pieces), { signal });
    else await store.putStream(checksum, pieces, { length, signal });
    return text(PUT_STATUS.stored, "OK\n");
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    return text(PUT_STATUS.wrong, fault);
  }
}

/** What the client has done wrong, if it has. */
function faultOf(error: unknown): string | undefined {
  if (isSeamlessError(error, "CHECKSUM_MISMATCH")) return "Incorrect checksum\n";
  if (isSeamlessError(error, "INVALID_ARGUMENT")) return "The body is not as long as was announced.\n";
  if (isSeamlessError(error, "STORE_FAILED") && error.store === "the body") return "The body cannot be decoded.\n";
  return undefined;
}

/**
 * Byte for byte: a client that hears that a buffer is there forgets its own. What lies there and is wrong is replaced by what
 * comes.
 */
async function isThere(store: Store, checksum: Checksum, options: StoreOptions): Promise<boolean> {
  const [there] = await store.has([checksum], options);
  if (there !== true) return false;
  const stream = await store.getStream(checksum, options).catch(unlessWrong);
  if (stream === undefined) return false;
  try {
    for await (const _ of streamPieces(stream));
    return true;
  } catch (error) {
    unlessWrong(error);
    return false;
  }
}

function unlessWrong(error: unknown): undefined {
  if (!isSeamlessError(error, "CHECKSUM_MISMATCH")) throw error;
}
