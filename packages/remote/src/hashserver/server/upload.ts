import { Checksum, isSeamlessError } from "@seamless/checksum";
import { onAbort, untilAborted } from "@seamless/internal/abort";
import { joinChunks } from "@seamless/store";
import { parseCodings } from "../../encoding/coding.ts";
import { decode } from "../../encoding/decode.ts";
import { etagOf, PUT_STATUS } from "../protocol.ts";
import { bodyPieces } from "./body.ts";
import type { Action, Call, ServerState } from "./call.ts";
import { checkBuffer } from "./check.ts";
import { HOT_SIZE } from "./hot.ts";
import { empty, jsonText, text } from "./respond.ts";
import type { HashserverResponse } from "./types.ts";
import { LEFT_BEHIND, OVERTAKEN, type Upload } from "./uploads.ts";

/** Take a buffer: it is visible once all of it is there and has its checksum. */
export const put: Action = async (state, call) => {
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
export const promise: Action = async ({ store, promises }, { hex, request }) => {
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
  state: ServerState,
  { hex, request, header }: Call,
  upload: Upload,
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
  // Byte for byte: a client that hears that a buffer is there forgets its own. What is wrong there is replaced.
  if ((await checkBuffer(store, checksum, { signal })) === "ok") return there(hex);
  const pieces = decode(codings, received(bodyPieces(request), upload), {
    store: "the body",
    ...(encoded && maxDecodedBytes < maxBytes
      ? { limit: maxDecodedBytes, limitedBy: "maxDecodedBytes" }
      : { limit: maxBytes, limitedBy: "maxBytes" }),
    ratio: maxDecodedRatio,
    encodedLength: size,
  });
  const length = encoded ? undefined : size;
  try {
    // With many small buffers, most of the work is what streams cost.
    if (length !== undefined && length <= HOT_SIZE) await store.put(checksum, await joinChunks(pieces), { signal });
    else await store.putStream(checksum, pieces, { length, signal });
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

/** The same pieces, counted, and no longer waited for than the upload goes on: the client may never send the next. */
async function* received(
  pieces: AsyncIterable<Uint8Array>,
  upload: Upload,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = pieces[Symbol.asyncIterator]();
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
    // Not waited for: it may hang, which is why nobody waits any more.
    if (!ended) Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** What the client has done wrong, if it has. */
function faultOf(error: unknown): string | undefined {
  if (isSeamlessError(error, "CHECKSUM_MISMATCH")) return "Incorrect checksum";
  if (isSeamlessError(error, "INVALID_ARGUMENT")) return "The body is not as long as was announced.\n";
  if (isSeamlessError(error, "STORE_FAILED") && error.store === "the body") return "The body cannot be decoded.\n";
  return undefined;
}
