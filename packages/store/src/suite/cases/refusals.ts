import { checkBytes, checkCode, checkMissing, checkThere, rejection } from "../check.ts";
import type { StoreCase } from "../fixture.ts";
import { damaged, piecesOf, sample } from "../samples.ts";

const WRONG: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array])[] = [
  ["one bit changed", damaged],
  ["the last byte missing", (bytes) => bytes.subarray(0, bytes.byteLength - 1)],
  ["a byte too many", (bytes) => Uint8Array.of(...bytes, 0)],
  ["no bytes at all", () => new Uint8Array()],
];

/** What must not be written. */
export const refusals: readonly StoreCase[] = [
  ...WRONG.map(
    ([name, spoil]): StoreCase => ({
      name: `refused: wrong bytes (${name}), nothing is kept`,
      async run({ store }) {
        const { checksum, bytes } = sample(1000);
        checkCode(await rejection(store.put(checksum, spoil(bytes)), "put"), ["CHECKSUM_MISMATCH"], "put");
        await checkMissing(store, checksum);
        const stream = store.putStream(checksum, piecesOf(spoil(bytes)));
        checkCode(await rejection(stream, "putStream"), ["CHECKSUM_MISMATCH"], "putStream");
        await checkMissing(store, checksum);
      },
    }),
  ),
  {
    name: "refused: wrong bytes under the checksum of a buffer that is there, which stays",
    async run({ store }) {
      const { checksum, bytes } = sample(1000);
      await store.put(checksum, bytes);
      const error = await rejection(store.put(checksum, damaged(bytes)), "put");
      checkCode(error, ["CHECKSUM_MISMATCH"], "put");
      // A store may see that the buffer is there, and not read the stream.
      await store
        .putStream(checksum, piecesOf(damaged(bytes)))
        .catch((reason) => checkCode(reason, ["CHECKSUM_MISMATCH"], "putStream"));
      await checkThere(store, checksum, bytes);
    },
  },
  {
    name: "refused: writing to a read-only store",
    async run({ store, readOnly }) {
      const { checksum, bytes } = sample(1000);
      checkCode(await rejection(readOnly.put(checksum, bytes), "put"), ["READ_ONLY"], "put");
      const stream = readOnly.putStream(checksum, piecesOf(bytes));
      checkCode(await rejection(stream, "putStream"), ["READ_ONLY"], "putStream");
      await checkMissing(readOnly, checksum);
      await checkMissing(store, checksum);
      await store.put(checksum, bytes);
      checkBytes(await readOnly.get(checksum), bytes, "get from the read-only store");
      checkCode(await rejection(readOnly.put(checksum, bytes), "put"), ["READ_ONLY"], "put of what is there");
    },
  },
];
