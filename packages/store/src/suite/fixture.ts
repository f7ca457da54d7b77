import type { Checksum } from "@seamless/checksum";
import type { Store } from "../store.ts";

/** A store to be tested, and what the tests need beside it. */
export interface StoreFixture {
  /** Writable, and empty. */
  readonly store: Store;
  /** A read-only store on the same contents. */
  readonly readOnly: Store;
  /**
   * Put bytes under a checksum behind the store's back, right or wrong: into its folder, its bucket, its database. They
   * replace what is there.
   */
  plant(checksum: Checksum, bytes: Uint8Array): void | Promise<void>;
  /**
   * Let something lie under a checksum, behind the store's back, that cannot be read at all: a link that leads nowhere, a
   * file that the process may not read. It replaces what is there. Left out where there is no such thing.
   */
  damage?(checksum: Checksum): void | Promise<void>;
  /** Passwords and tokens that must not show in the name of the store or in its errors. */
  readonly secrets?: readonly string[] | undefined;
  /** Remove what was made; the stores have been closed. */
  dispose?(): void | Promise<void>;
}

/** One test of the suite. Throws what is wrong. */
export interface StoreCase {
  readonly name: string;
  run(fixture: StoreFixture): Promise<void>;
}
