import { check, checkBytes, checkThere, rejection } from "../check.ts";
import type { StoreCase } from "../fixture.ts";
import { damaged, LARGE, piecesOf, sample } from "../samples.ts";

/** Many at once. */
export const concurrency: readonly StoreCase[] = [
  {
    name: "at once: equal puts all succeed",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      const puts = Array.from({ length: 12 }, (_, i) =>
        i % 3 === 0 ? store.putStream(checksum, piecesOf(bytes)) : store.put(checksum, bytes),
      );
      await Promise.all(puts);
      await checkThere(store, checksum, bytes);
    },
  },
  {
    name: "at once: different puts all succeed",
    async run({ store }) {
      const all = Array.from({ length: 32 }, (_, i) => sample(i * 100, i));
      await Promise.all(all.map(({ checksum, bytes }) => store.put(checksum, bytes)));
      await Promise.all(all.map(({ checksum, bytes }) => checkThere(store, checksum, bytes)));
    },
  },
  {
    name: "at once: reading while it is written gives all or nothing",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      const write = store.putStream(checksum, piecesOf(bytes));
      for (let i = 0; i < 4; i++) {
        const found = await store.get(checksum);
        if (found !== undefined) checkBytes(found, bytes, "get while it is written");
      }
      await write;
      await checkThere(store, checksum, bytes);
    },
  },
  {
    name: "at once: writers that fail do not disturb those that do not",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      const controller = new AbortController();
      const aborting = async function* () {
        for await (const piece of piecesOf(bytes)) {
          yield piece;
          controller.abort(new Error("enough"));
        }
      };
      const breaking = async function* () {
        yield bytes.slice(0, 1000);
        throw new Error("broken");
      };
      const good = [store.putStream(checksum, piecesOf(bytes)), store.put(checksum, bytes)];
      // A stream that need not be read, since the buffer is there by now, may succeed.
      const bad = [
        store.putStream(checksum, aborting(), { signal: controller.signal }),
        store.putStream(checksum, breaking()),
        store.putStream(checksum, piecesOf(damaged(bytes))),
      ];
      const settled = Promise.allSettled(bad);
      await rejection(store.put(checksum, damaged(bytes)), "put of wrong bytes");
      await Promise.all(good);
      await settled;
      await checkThere(store, checksum, bytes);
    },
  },
  {
    name: "at once: every reader gets its own bytes",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      await store.put(checksum, bytes);
      const all = await Promise.all(Array.from({ length: 6 }, () => store.get(checksum)));
      for (const found of all) {
        checkBytes(found, bytes, "get");
        found?.fill(0xff);
      }
      check(new Set(all.map((found) => found?.buffer)).size === all.length, "get: shared memory");
    },
  },
];
