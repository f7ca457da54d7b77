import { aborts } from "./cases/aborts.ts";
import { checks, corruption, damage, healing } from "./cases/corruption.ts";
import { encodings } from "./cases/encodings.ts";
import { deletions, listings } from "./cases/housekeeping.ts";
import { offsets } from "./cases/offsets.ts";
import { progress } from "./cases/progress.ts";
import { facts, roundTrips } from "./cases/round-trips.ts";
import { streams } from "./cases/streams.ts";
import { concurrency, ownership, refusals, shortcuts } from "./cases/writes.ts";
import type { StoreCase, StoreFixture } from "./harness.ts";

export type { StoreFixture } from "./harness.ts";

/** What the suite runs with, and on. */
export interface StoreSuiteOptions {
  /** `test` of the runner: Vitest's, `node:test`'s, Jest's. */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** Makes a new, empty store for each test. */
  readonly create: () => StoreFixture | Promise<StoreFixture>;
}

const CASES: readonly StoreCase[] = [
  ...facts,
  ...roundTrips,
  ...streams,
  ...offsets,
  ...progress,
  ...encodings,
  ...refusals,
  ...corruption,
  ...checks,
  ...damage,
  ...healing,
  ...shortcuts,
  ...ownership,
  ...concurrency,
  ...listings,
  ...deletions,
  ...aborts,
];

/**
 * Hold a store to the contract of the port: every sentence of its documentation, with empty buffers and with megabytes.
 * Imports no test runner. Uses up to 8 MiB of the store per test.
 *
 * @example
 * import { memoryStore } from "@seamless/store";
 * import { storeSuite } from "@seamless/store/suite";
 *
 * const tests = [];
 * storeSuite({
 *   test: (name, run) => tests.push(run),
 *   create() {
 *     const contents = new Map();
 *     return {
 *       store: memoryStore({ contents }),
 *       readOnly: memoryStore({ contents, writable: false }),
 *       plant: (checksum, bytes) => void contents.set(checksum.hex(), bytes),
 *     };
 *   },
 * });
 * for (const run of tests) await run();
 * console.log(tests.length > 40); // → true
 */
export function storeSuite({ test, create }: StoreSuiteOptions): void {
  for (const { name, run } of CASES) {
    test(name, async () => {
      const fixture = await create();
      try {
        await run(fixture);
        await fixture.store.close?.();
        await fixture.readOnly.close?.();
      } finally {
        await fixture.dispose?.();
      }
    });
  }
}
