import { etagOf } from "../protocol.ts";
import type { HashserverResponse } from "./types.ts";

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

/** There is no room for the answer at the moment. */
export const BUSY: HashserverResponse = text(503, "The server is busy.\n", { "retry-after": "1" });

/**
 * JSON that comes in parts.
 *
 * @param onEnd - Called once, when all was sent or nobody wants the rest.
 * @param onCancel - Called before that, where nobody wants the rest: to stop what hangs.
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
 * Headers for the bytes of a buffer. They never change, so that whoever has them may keep them forever.
 *
 * @param length - In bytes.
 */
export function bufferHeaders(hex: string, length: number, shared: boolean): Readonly<Record<string, string>> {
  return {
    "content-type": "application/octet-stream",
    "content-length": String(length),
    "cache-control": `${shared ? "public" : "private"}, max-age=31536000, immutable`,
    etag: etagOf(hex),
    ...SAFE,
  };
}
