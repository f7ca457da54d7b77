import { storeSuite } from "@seamless/store/suite";
import { describe, type TestContext, test } from "vitest";
import { s3Store } from "../src/s3/store.ts";
import { makeBucket, useCeph } from "./support/s3.ts";

const ceph = useCeph();

/** The test that runs; the suite knows nothing of contexts. */
let context: TestContext;

describe.each(["", "some/prefix"])("S3 store, with the prefix %j", (prefix) => {
  storeSuite({
    test: (name, run) =>
      test(name, async (running) => {
        context = running;
        await run();
      }),
    async create() {
      const { options, write } = await makeBucket(ceph(context));
      const key = (hex: string) => [prefix, hex.slice(0, 2), hex].filter((part) => part !== "").join("/");
      return {
        store: s3Store({ ...options, prefix }),
        readOnly: s3Store({ ...options, prefix, writable: false }),
        plant: (checksum, bytes) => write(key(checksum.hex()), bytes),
        secrets: [options.credentials].flatMap((keys) => (keys === undefined ? [] : Object.values(keys))),
      };
    },
  });
});
