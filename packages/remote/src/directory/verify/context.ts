import type { SeamlessError } from "@seamless/checksum";
import type { Place } from "../layout.ts";
import type { CorruptFile, VerifyOptions } from "../types.ts";

/** What the steps of a verification share: where, how, and what has been found so far. */
export interface Verification {
  readonly place: Place;
  /** Name of the store, for messages. */
  readonly name: string;
  readonly options: VerifyOptions;
  /** Buffers to check, and their size, in bytes, as the survey has found them. */
  totalFiles: number;
  totalBytes: number;
  buffers: number;
  bytes: number;
  readonly corrupt: CorruptFile[];
  readonly unreadable: SeamlessError[];
  readonly locked: string[];
  readonly misplaced: string[];
  readonly leftovers: string[];
  readonly foreign: string[];
}

/** One step; gives the number of files that it looked at. */
export type Step = (verification: Verification) => Promise<number>;
