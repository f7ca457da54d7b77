import type { SeamlessError } from "@seamless/checksum";
import type { FormReader } from "../compressed.ts";
import type { Place } from "../layout.ts";
import type { CorruptFile, VerifyOptions } from "../types.ts";

/** What the steps of a verification share: where, how, and what has been found so far. */
export interface Verification {
  readonly place: Place;
  readonly forms: FormReader;
  readonly options: VerifyOptions;
  /** Buffers to check, and their size, in bytes, as the survey has found them: only if somebody asks how far it is. */
  totalFiles: number;
  totalBytes: number;
  /** Has the survey seen a lock? Else none needs to be looked for. */
  locks: boolean;
  buffers: number;
  bytes: number;
  readonly corrupt: CorruptFile[];
  /** Files that cannot be read: their path, relative to the folder, and why. */
  readonly unreadable: Map<string, SeamlessError>;
  readonly locked: string[];
  readonly misplaced: string[];
  readonly leftovers: string[];
  readonly unfinished: string[];
  readonly foreign: string[];
}

/** One step; gives the number of files that it looked at. */
export type Step = (verification: Verification) => Promise<number>;
