import { memoryStore } from "@seamless/store";
import { storeSuite } from "@seamless/store/suite";
import { describe, test } from "vitest";
import { type TieredStoreOptions, tieredStore } from "../src/tiered/tiered-store.ts";

interface Configuration {
  /** For each tier, whether it is writable. */
  readonly writable: readonly boolean[];
  /** The tiers in which others put something; it is removed from those that are not listed. */
  readonly planted: readonly number[];
  readonly options?: TieredStoreOptions;
}

const CONFIGURATIONS: Readonly<Record<string, Configuration>> = {
  "two tiers, planted in the fast one": { writable: [true, true], planted: [0] },
  "two tiers, planted in the slow one": { writable: [true, true], planted: [1] },
  "two tiers, the fast one read-only": { writable: [false, true], planted: [1] },
  "three tiers, planted in the slow read-only one": { writable: [true, true, false], planted: [2] },
  "three tiers, planted in all": { writable: [true, true, false], planted: [0, 1, 2] },
  "written to the first, planted behind it": { writable: [true, true], planted: [1], options: { write: "first" } },
  "without back-fill": { writable: [true, true], planted: [1], options: { backfill: false } },
};

for (const [name, { writable, planted, options }] of Object.entries(CONFIGURATIONS)) {
  describe(`tiered store: ${name}`, () => {
    storeSuite({
      test,
      create() {
        const contents = writable.map(() => new Map<string, Uint8Array>());
        const tiered = (allowed: (at: number) => boolean) => {
          const [fast, ...slower] = contents.map((map, at) =>
            memoryStore({ name: `tier ${at}`, contents: map, writable: allowed(at) }),
          );
          return tieredStore([fast!, ...slower], options);
        };
        return {
          store: tiered((at) => writable[at] === true),
          readOnly: tiered(() => false),
          plant(checksum, bytes) {
            for (const [at, map] of contents.entries()) {
              if (planted.includes(at)) map.set(checksum.hex(), bytes);
              else map.delete(checksum.hex());
            }
          },
        };
      },
    });
  });
}
