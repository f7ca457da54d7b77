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
export function failureResponse(state: ServerState, error: unknown): HashserverResponse {
  const failure = asFailure(error);
  const [status, message] = KNOWN[failure.code] ?? [500, `The store failed (${failure.code}).\n`];
  if (status >= 500) report(state, failure);
  return text(status, message);
}

/** Tell of a failure of which the client only hears that there was one. */
export function report({ onError }: ServerState, error: unknown): void {
  try {
    onError(asFailure(error));
  } catch {
    // What the listener does wrong must not cost the client its answer, nor the server its life.
  }
}

function asFailure(error: unknown): SeamlessError {
  if (isSeamlessError(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new SeamlessError("STORE_FAILED", `a request failed: ${why}`, { cause: error });
}
