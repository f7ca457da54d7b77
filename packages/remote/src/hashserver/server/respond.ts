import type { HashserverResponse } from "./types.ts";

/** Browsers must not take what somebody has stored here for a page of this server. */
const SAFE = { "x-content-type-options": "nosniff" } as const;

export function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): HashserverResponse {
  return answer(status, "text/plain; charset=utf-8", body, headers);
}

export function json(status: number, body: unknown): HashserverResponse {
  return answer(status, "application/json", JSON.stringify(body), {});
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
    etag: `"${hex}"`,
    ...SAFE,
  };
}
