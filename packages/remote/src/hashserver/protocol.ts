import type { Checksum } from "@seamless/checksum";
import type { Coding } from "@seamless/store";

// The protocol of the Seamless hashserver: what its client and the server here agree on.

/** Paths of the server, below its base. */
export const PATHS = {
  buffer: (checksum: Checksum) => `/${checksum.hex()}`,
  promise: (checksum: Checksum) => `/promise/${checksum.hex()}`,
  has: "/has",
  hasNow: "/has-now",
  lengths: "/buffer-length",
  verify: "/verify",
  touch: "/touch",
  list: "/list",
  health: "/healthcheck",
} as const;

/** Answers to the upload of a buffer. */
export const PUT_STATUS = { stored: 200, there: 201, busy: 202, wrong: 400 } as const;

/**
 * The `ETag` of a buffer, as it is or encoded. With a 201, it says that the server has hashed what was there; of one that does not say so, it is
 * unproven.
 */
export const etagOf = (hex: string, coding?: Coding) => (coding === undefined ? `"${hex}"` : `"${hex}-${coding}"`);

/**
 * Checksums in one `GET /verify`, at most: each costs the server the reading of a buffer. A server that does not know the
 * question answers 404, or, as those in Python do, 400, since it takes the word for a checksum.
 */
export const MAX_VERIFIED = 1_000;

/** Entry of the answer to `GET /verify`: right, not there, other bytes, or there and unreadable. */
export type VerifyAnswer = true | false | "corrupt" | null;

/** How long a promise to upload is kept, in milliseconds. */
export const PROMISE_TIME = 600_000;

/** SHA-256 of no bytes at all: a length of 0 says nothing about this one buffer. */
export const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
