import {
  check,
  checkBytes,
  checkCode,
  checkMissing,
  checkThere,
  chunksOf,
  damaged,
  LARGE,
  rejection,
  type StoreCase,
  sample,
} from "../harness.ts";

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
        const stream = store.putStream(checksum, chunksOf(spoil(bytes)));
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
        .putStream(checksum, chunksOf(damaged(bytes)))
        .catch((reason) => checkCode(reason, ["CHECKSUM_MISMATCH"], "putStream"));
      await checkThere(store, checksum, bytes);
    },
  },
  {
    name: "refused: writing to a read-only store",
    async run({ store, readOnly }) {
      const { checksum, bytes } = sample(1000);
      checkCode(await rejection(readOnly.put(checksum, bytes), "put"), ["READ_ONLY"], "put");
      const stream = readOnly.putStream(checksum, chunksOf(bytes));
      checkCode(await rejection(stream, "putStream"), ["READ_ONLY"], "putStream");
      await checkMissing(readOnly, checksum);
      await checkMissing(store, checksum);
      await store.put(checksum, bytes);
      checkBytes(await readOnly.get(checksum), bytes, "get from the read-only store");
      checkCode(await rejection(readOnly.put(checksum, bytes), "put"), ["READ_ONLY"], "put of what is there");
    },
  },
];

/** What `putSmall` may do. */
export const shortcuts: readonly StoreCase[] = [
  {
    name: "small: putSmall puts what is right and not there, if anything",
    async run({ store, readOnly, plant }) {
      if (store.putSmall === undefined) return;
      // A store may do so only once it was asked more often.
      for (let round = 0; round < 100; round++) {
        const { checksum, bytes } = sample(1 + round * 10, round);
        check(!(await store.putSmall(checksum, damaged(bytes))), "putSmall: takes wrong bytes");
        await checkMissing(store, checksum);
        const given = new Uint8Array(bytes);
        const done = await store.putSmall(checksum, given);
        checkBytes(given, bytes, "putSmall: the bytes that it was given");
        if (!done) continue;
        await checkThere(store, checksum, bytes);
        check(!(await store.putSmall(checksum, bytes)), "putSmall: says to have put what was there");
      }
      const { checksum, bytes } = sample(100, 100);
      await plant(checksum, damaged(bytes));
      check(!(await store.putSmall(checksum, bytes)), "putSmall: says to have put where other bytes lie");
      if (readOnly.putSmall === undefined) return;
      checkCode(await rejection(readOnly.putSmall(checksum, bytes), "putSmall"), ["READ_ONLY"], "putSmall");
    },
  },
];

/** Whose the bytes are. */
export const ownership: readonly StoreCase[] = [
  {
    name: "ownership: what get gives may be changed",
    async run({ store }) {
      for (const length of [1, 1000, LARGE]) {
        const { checksum, bytes } = sample(length);
        await store.put(checksum, bytes.slice());
        const [one, two] = [await store.get(checksum), await store.get(checksum)];
        one?.fill(0xff);
        checkBytes(two, bytes, "what another reader got");
        await checkThere(store, checksum, bytes);
      }
    },
  },
  {
    name: "ownership: what a stream gives may be changed",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      await store.put(checksum, bytes.slice());
      const reader = (await store.getStream(checksum))?.getReader();
      check(reader !== undefined, "getStream: missing");
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        value.fill(0xff);
      }
      await checkThere(store, checksum, bytes);
    },
  },
  {
    name: "ownership: what was put may be changed afterwards, and is not changed by the store",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      const mine = bytes.slice();
      await store.put(checksum, mine);
      checkBytes(mine, bytes, "what was put");
      mine.fill(0xff);
      await checkThere(store, checksum, bytes);
    },
  },
];

/** Many at once. */
export const concurrency: readonly StoreCase[] = [
  {
    name: "at once: equal puts all succeed",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      const puts = Array.from({ length: 12 }, (_, i) =>
        i % 3 === 0 ? store.putStream(checksum, chunksOf(bytes)) : store.put(checksum, bytes),
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
      const write = store.putStream(checksum, chunksOf(bytes));
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
        for await (const chunk of chunksOf(bytes)) {
          yield chunk;
          controller.abort(new Error("enough"));
        }
      };
      const breaking = async function* () {
        yield bytes.slice(0, 1000);
        throw new Error("broken");
      };
      const good = [store.putStream(checksum, chunksOf(bytes)), store.put(checksum, bytes)];
      // A stream that need not be read, since the buffer is there by now, may succeed.
      const bad = [
        store.putStream(checksum, aborting(), { signal: controller.signal }),
        store.putStream(checksum, breaking()),
        store.putStream(checksum, chunksOf(damaged(bytes))),
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
