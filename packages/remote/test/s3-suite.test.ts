import type { Checksum } from "@seamless/checksum";
import type { Coding } from "@seamless/store";
import { storeSuite } from "@seamless/store/suite";
import { describe, type TestContext, test } from "vitest";
import { s3Store } from "../src/s3/store.ts";
import { makeBucket, useCeph } from "./support/s3.ts";

const PREFIX = "some/prefix";

const SUFFIXES: Readonly<Record<Coding, string>> = { gzip: ".gz", zstd: ".zst" };

const keyOf = (checksum: Checksum) => `${PREFIX}/${checksum.hex().slice(0, 2)}/${checksum.hex()}`;

const ceph = useCeph();

/** The test that runs; the suite knows nothing of contexts. */
let context: TestContext;

describe("S3 store, below a prefix, on Ceph", () => {
  storeSuite({
    test: (name, run) =>
      test(name, async (running) => {
        context = running;
        await run();
      }),
    async create() {
      const { options, write } = await makeBucket(ceph(context));
      return {
        store: s3Store({ ...options, prefix: PREFIX }),
        readOnly: s3Store({ ...options, prefix: PREFIX, writable: false }),
        plant: (checksum, bytes) => write(keyOf(checksum), bytes),
        plantEncoded: (checksum, coding, bytes) => write(keyOf(checksum) + SUFFIXES[coding], bytes),
        secrets: [options.credentials].flatMap((keys) => (keys === undefined ? [] : Object.values(keys))),
      };
    },
  });
});
