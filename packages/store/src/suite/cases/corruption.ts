import { check, checkFailure, checkThere, readUntilError, rejection } from "../check.ts";
import type { StoreCase } from "../fixture.ts";
import { damaged, LARGE, sample } from "../samples.ts";

/** Name → length of the right bytes, and the wrong ones that are found in their place. */
const WRONG: readonly (readonly [string, number, (bytes: Uint8Array) => Uint8Array])[] = [
  ["one bit changed in a short buffer", 10, damaged],
  ["one bit changed at the end of a long one", LARGE, damaged],
  ["one bit changed at its start", LARGE, (bytes) => damaged(bytes.slice().reverse()).reverse()],
  ["cut off", LARGE, (bytes) => bytes.slice(0, -1)],
  ["cut off in the middle", LARGE, (bytes) => bytes.slice(0, LARGE / 2)],
  ["cut off to nothing", LARGE, () => new Uint8Array()],
  ["one byte more", LARGE, (bytes) => new Uint8Array([...bytes, 0])],
  ["bytes where there should be none", 0, () => new Uint8Array(3)],
];

/** What somebody else spoilt is never given out, and never taken for missing. */
export const corruption: readonly StoreCase[] = [
  ...WRONG.map(
    ([name, length, spoil]): StoreCase => ({
      name: `corrupt (${name}): get rejects, and the stream errors and never completes`,
      async run({ store, plant }) {
        const { checksum, bytes } = sample(length);
        const wrong = spoil(bytes);
        await plant(checksum, wrong);
        checkFailure(await rejection(store.get(checksum), "get"), "get");
        const stream = await store.getStream(checksum).catch((reason) => ({ reason }));
        check(stream !== undefined, "getStream: says missing, but the buffer is there and wrong");
        if ("reason" in stream) return checkFailure(stream.reason, "getStream");
        const { bytes: given, error } = await readUntilError(stream);
        check(error !== undefined, "getStream: a wrong body was completed");
        checkFailure(error.reason, "getStream");
        check(
          given.byteLength < wrong.byteLength || wrong.byteLength === 0,
          "getStream: the last piece was not held back",
        );
      },
    }),
  ),
  {
    name: "corrupt: other buffers are not affected",
    async run({ store, plant }) {
      const good = sample(1000, 1);
      const bad = sample(1000, 2);
      await store.put(good.checksum, good.bytes);
      await plant(bad.checksum, damaged(bad.bytes));
      await rejection(store.get(bad.checksum), "get");
      await checkThere(store, good.checksum, good.bytes);
    },
  },
];
