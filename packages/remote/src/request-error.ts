import { type Checksum, type ErrorCode, SeamlessError } from "@seamless/checksum";

/** What a request to a server was about. */
export interface Subject {
  /** Name of the store. */
  readonly store: string;
  /** `get`, `put`, `has`. */
  readonly what: string;
  readonly checksum?: Checksum | undefined;
}

/** Why something cannot be done. */
export function requestError(code: ErrorCode, subject: Subject, why: string, cause?: unknown): SeamlessError {
  const { store, what, checksum } = subject;
  const about = checksum === undefined ? what : `${what} ${checksum.hex()}`;
  return new SeamlessError(code, `${store}: cannot ${about}: ${why}`, { checksum, store, cause });
}
