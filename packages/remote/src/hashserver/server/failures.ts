import { type ErrorCode, isSeamlessError, SeamlessError } from "@seamless/checksum";
import type { ServerState } from "./call.ts";
import { text } from "./respond.ts";
import type { HashserverResponse } from "./types.ts";

/** Codes that a client can do something about → status, and what to tell. All else is our failure. */
const KNOWN: Partial<Record<ErrorCode, readonly [number, string]>> = {
  TOO_LARGE: [413, "The buffer is larger than this server takes.\n"],
  DISK_FULL: [507, "The disk is full.\n"],
  READ_ONLY: [405, "This server is read-only.\n"],
};

/** What went wrong while a request was answered. Clients learn no path and no message of the store. */
export function failureResponse({ onError }: ServerState, error: unknown): HashserverResponse {
  const failure = isSeamlessError(error)
    ? error
    : new SeamlessError("STORE_FAILED", `a request failed: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
  const [status, message] = KNOWN[failure.code] ?? [500, `The store failed (${failure.code}).\n`];
  if (status >= 500) onError(failure);
  return text(status, message);
}
