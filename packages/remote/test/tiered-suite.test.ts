import { join } from "node:path";
import { memoryStore } from "@seamless/store";
import { storeSuite } from "@seamless/store/suite";
import { describe, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { type TieredStoreOptions, tieredStore } from "../src/tiered/tiered-store.ts";
import { plant } from "./support/folder.ts";
import { makeTempDir, removeTempDir } from "./support/temp.ts";

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

describe("tiered store: of folders, which keep encodings", () => {
  storeSuite({
    test,
    create() {
      const folders = [makeTempDir(), makeTempDir()] as const;
      const fileOf = (folder: string, hex: string) => join(folder, hex.slice(0, 2), hex);
      const open = (writable: boolean) =>
        tieredStore([directoryStore(folders[0], { writable }), directoryStore(folders[1], { writable })]);
      return {
        store: open(true),
        readOnly: open(false),
        plant(checksum, bytes) {
          for (const folder of folders) plant(fileOf(folder, checksum.hex()), bytes);
        },
        plantEncoded: (checksum, coding, bytes) =>
          plant(fileOf(folders[1], checksum.hex()) + (coding === "gzip" ? ".gz" : ".zst"), bytes),
        dispose: () => folders.forEach(removeTempDir),
      };
    },
  });
});

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
