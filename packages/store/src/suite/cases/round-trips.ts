import { Checksum } from "@seamless/checksum";
import { checkMissing, checkThere } from "../check.ts";
import type { StoreCase } from "../fixture.ts";
import { piecesOf, SIZES, sample } from "../samples.ts";

/** What is put is there, every way. */
export const roundTrips: readonly StoreCase[] = [
  ...SIZES.flatMap(([name, length]): StoreCase[] => [
    {
      name: `round trip: ${name}, missing, put, there, put again`,
      async run({ store, readOnly }) {
        const { checksum, bytes } = sample(length);
        await checkMissing(store, checksum);
        await store.put(checksum, bytes);
        await checkThere(store, checksum, bytes);
        await store.put(checksum, bytes);
        await checkThere(store, checksum, bytes);
        await checkThere(readOnly, checksum, bytes);
      },
    },
    {
      name: `round trip: ${name}, as a stream of known and of unknown length`,
      async run({ store }) {
        const known = sample(length);
        await store.putStream(known.checksum, piecesOf(known.bytes), { length });
        await checkThere(store, known.checksum, known.bytes);
        await store.putStream(known.checksum, piecesOf(known.bytes), { length });
        await checkThere(store, known.checksum, known.bytes);
        const unknown = sample(length + 1, 2);
        await store.putStream(unknown.checksum, piecesOf(unknown.bytes));
        await checkThere(store, unknown.checksum, unknown.bytes);
      },
    },
    {
      name: `round trip: ${name}, put there by somebody else`,
      async run({ store, plant }) {
        const { checksum, bytes } = sample(length);
        await plant(checksum, bytes);
        await checkThere(store, checksum, bytes);
        await store.put(checksum, bytes);
        await checkThere(store, checksum, bytes);
      },
    },
  ]),
  {
    name: "round trip: a part of a larger memory",
    async run({ store }) {
      const { bytes } = sample(3000);
      const part = bytes.subarray(1001, 2002);
      const checksum = Checksum.of(part);
      await store.put(checksum, part);
      await checkThere(store, checksum, part);
    },
  },
  {
    name: "round trip: buffers do not get in each other's way",
    async run({ store }) {
      const all = Array.from({ length: 16 }, (_, i) => sample(i, i));
      for (const { checksum, bytes } of all) await store.put(checksum, bytes);
      for (const { checksum, bytes } of all) await checkThere(store, checksum, bytes);
    },
  },
];
