import type { SeamlessError } from "@seamless/checksum";
import type { Store } from "@seamless/store";
import type { GetHeader } from "./access.ts";
import type { Hot } from "./hot.ts";
import type { Promises } from "./promises.ts";
import type { Turns } from "./turns.ts";
import type { HashserverRequest, HashserverResponse } from "./types.ts";
import type { Uploads } from "./uploads.ts";

/** What all answers of one handler share. */
export interface ServerState {
  readonly store: Store;
  readonly writable: boolean;
  /** May caches between here and the client keep what they see? */
  readonly shared: boolean;
  readonly maxBytes: number;
  readonly maxDecodedBytes: number;
  readonly maxDecodedRatio: number;
  readonly maxChecksums: number;
  readonly promises: Promises;
  readonly hot: Hot;
  readonly uploads: Uploads;
  readonly verifying: Turns;
  readonly onError: (error: SeamlessError) => void;
}

/** One request, as the answers see it. */
export interface Call {
  readonly request: HashserverRequest;
  readonly header: GetHeader;
  /** The checksum in the path, if it has one. */
  readonly hex: string;
}

/** Answers one kind of request. May throw errors of the store. */
export type Action = (state: ServerState, call: Call) => Promise<HashserverResponse>;
