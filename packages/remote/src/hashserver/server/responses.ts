import { type ErrorCode, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { oneLine } from "@seamless/internal/text";
import type { Coding } from "@seamless/store";
import { etagOf } from "../protocol.ts";
import type { HashserverResponse, ServerState } from "./requests.ts";

/**
 * Browsers must not take what somebody has stored here for a page of this server, nor put it into pages of others, which
 * could find out by that what is there.
 */
const SAFE = { "x-content-type-options": "nosniff", "cross-origin-resource-policy": "same-origin" } as const;

export function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): HashserverResponse {
  return answer(status, "text/plain; charset=utf-8", body, headers);
}

export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HashserverResponse {
  return jsonText(status, JSON.stringify(body), headers);
}

/** The same of what is JSON already. */
export function jsonText(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HashserverResponse {
  return answer(status, "application/json", body, headers);
}

/** An answer that says all with its status. */
export function empty(status: number): HashserverResponse {
  return { status, headers: { "content-length": "0", ...SAFE }, body: null };
}

/** There is no memory for the answer at the moment. */
export const BUSY: HashserverResponse = text(503, "The server is busy.\n", { "retry-after": "1" });

/**
 * JSON that comes in parts.
 *
 * @param onEnd - Called once, when all was sent or the stream was cancelled.
 * @param onCancel - Called before that when the stream is cancelled, to stop what hangs.
 */
export function jsonStream(
  status: number,
  parts: AsyncGenerator<string, void, undefined>,
  onEnd: () => void,
  onCancel: (reason: unknown) => void,
): HashserverResponse {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await parts.next();
          if (done !== true) return controller.enqueue(encoder.encode(value));
        } catch (error) {
          onEnd();
          throw error;
        }
        onEnd();
        controller.close();
      },
      cancel(reason) {
        onCancel(reason);
        onEnd();
      },
    },
    { highWaterMark: 0 },
  );
  return { status, headers: { "content-type": "application/json", ...SAFE }, body };
}

function answer(
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): HashserverResponse {
  const bytes = new TextEncoder().encode(body);
  return {
    status,
    headers: { "content-type": type, "content-length": String(bytes.byteLength), ...SAFE, ...headers },
    body: bytes,
  };
}

/**
 * Headers for the bytes of a buffer. They never change, so caches may keep them forever.
 *
 * @param length - Of what is sent, in bytes.
 * @param coding - If they are sent encoded.
 */
export function bufferHeaders(
  { shared, store }: ServerState,
  hex: string,
  length: number,
  coding?: Coding,
): Readonly<Record<string, string>> {
  return {
    "content-type": "application/octet-stream",
    "content-length": String(length),
    "cache-control": `${shared ? "public" : "private"}, max-age=31536000, immutable`,
    etag: etagOf(hex, coding),
    ...(coding !== undefined && { "content-encoding": coding }),
    // Another client may get other bytes.
    ...(store.getEncoded !== undefined && { vary: "accept-encoding" }),
    ...SAFE,
  };
}

/** Codes that a client can do something about → status, and what to tell. All else is our failure. */
const KNOWN: Partial<Record<ErrorCode, readonly [number, string]>> = {
  TOO_LARGE: [413, "The buffer is larger than this server takes.\n"],
  DISK_FULL: [507, "The disk is full.\n"],
  READ_ONLY: [405, "This server is read-only.\n"],
};

/** What went wrong while a request was answered. Clients learn no path and no message of the store. */
export function failureResponse(state: ServerState, error: unknown): HashserverResponse {
  const failure = requestError(error);
  const [status, message] = KNOWN[failure.code] ?? [500, `The store failed (${failure.code}).\n`];
  if (status >= 500) report(state, failure);
  return text(status, message);
}

/** Tell of a failure of which the client only hears that there was one. */
export function report({ onError }: ServerState, error: unknown): void {
  try {
    onError(requestError(error));
  } catch {
    // What the listener does wrong must not cost the client its answer, nor the server its life.
  }
}

function requestError(error: unknown): SeamlessError {
  if (isSeamlessError(error)) return error;
  return new SeamlessError("STORE_FAILED", `a request failed: ${oneLine(error)}`, { cause: error });
}

// Python's hashserver is written with FastAPI, whose checks are pydantic's: their way to say what is wrong, word by word, so
// that a program that reads it need not know which server it speaks to.

/** What is wrong with what a client sent. */
export interface Fault {
  readonly type: "value_error" | "string_type" | "list_type" | "missing" | "json_invalid";
  /** Where: `path` and a name, or `body` and what leads there. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  /** What stood there. */
  readonly input: unknown;
}

/** The answer to what cannot be understood. */
export function invalidData({ type, loc, msg, input }: Fault): HashserverResponse {
  return json(400, { message: "Invalid data", exception: { type, loc, msg, input } });
}

/** Is it the hex of a checksum, in either case? */
export function isChecksum(input: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(input);
}

/** The answer to a path that should be a checksum. */
export function invalidPath(input: string): HashserverResponse {
  return invalidData(checksumFault(["path", "checksum"], input));
}

/** Why a value is not a checksum, as Python's `bytes.fromhex` says it. */
export function checksumFault(loc: Fault["loc"], input: unknown): Fault {
  if (typeof input !== "string") {
    return { type: "string_type", loc: [...loc, "str"], msg: "Input should be a valid string", input };
  }
  return { type: "value_error", loc, msg: `Value error, ${hexFault(input)}`, input };
}

function hexFault(input: string): string {
  const characters = [...input];
  if (characters.length % 2 === 1) return "Wrong length";
  const foreign = characters.findIndex((each) => each > "\x7f");
  // Before it looks at anything else.
  const position = foreign === -1 ? hexEnd(input) : foreign;
  if (position === undefined) return "Wrong length";
  return `non-hexadecimal number found in fromhex() arg at position ${position}`;
}

/** Where something else comes than pairs of hexadecimal digits, or half a pair; white space may stand between pairs. */
function hexEnd(input: string): number | undefined {
  const [pairs, half] = /^(?:[0-9a-fA-F]{2}|[ \t-\r])*([0-9a-fA-F])?/.exec(input)!;
  return half === undefined && pairs.length === input.length ? undefined : pairs.length;
}

/**
 * The same stream, except that one that is shorter or longer than announced never reaches the announced length: a client
 * that counts bytes would take its beginning for the whole.
 *
 * @param length - In bytes.
 * @param onFailure - Told why it breaks off.
 */
export function asAnnounced(
  stream: ReadableStream<Uint8Array>,
  length: number,
  onFailure: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let held: Uint8Array | undefined;
  let total = 0;
  // What completes the length is held back, until it is known that nothing follows; all before that is passed on as it comes.
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          for (;;) {
            const { done, value } = await reader.read();
            total += value?.byteLength ?? 0;
            if (total > length || (done && total < length)) {
              throw new SeamlessError(
                "STORE_FAILED",
                `a buffer of ${length} bytes turned out to have ${total}, or more`,
              );
            }
            if (done) {
              if (held !== undefined) controller.enqueue(held);
              return controller.close();
            }
            if (total < length) return controller.enqueue(value);
            if (value.byteLength > 0) held = value;
          }
        } catch (error) {
          reader.cancel(error).catch(() => undefined);
          onFailure(error);
          throw error;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
