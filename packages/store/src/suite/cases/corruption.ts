import type { CheckProgress, CheckResult } from "../../store.ts";
import {
  check,
  checkBytes,
  checkFailure,
  checkList,
  checkThere,
  damaged,
  LARGE,
  readUntilError,
  rejection,
  type StoreCase,
  type StoreFixture,
  sample,
} from "../harness.ts";

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
          "getStream: the last chunk was not held back",
        );
      },
    }),
  ),
  {
    name: "small: getSmall gives what is right and short enough, if anything",
    async run({ store, plant }) {
      // A store may do so only once it was asked more often.
      for (let round = 0; round < 2; round++) {
        for (const length of [0, 1000, LARGE]) {
          const { checksum, bytes } = sample(length, round);
          await store.put(checksum, bytes);
          const given = await store.getSmall?.(checksum, 1000);
          if (given === undefined) continue;
          check(length <= 1000, "getSmall: what it gives is longer than it may be");
          checkBytes(given, bytes, "getSmall");
        }
        const { checksum, bytes } = sample(100, round);
        check((await store.getSmall?.(checksum, 1000)) === undefined, "getSmall: gives what is not there");
        await plant(checksum, damaged(bytes));
        const given = await store.getSmall?.(checksum, 1000).catch(() => undefined);
        check(given === undefined, "getSmall: gives wrong bytes");
      }
    },
  },
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

const good = sample(1000, 1);
const missing = sample(1000, 3);

type Spoil = (fixture: StoreFixture, spoilt: ReturnType<typeof sample>) => Promise<unknown>;

/** How a single buffer comes to be of no use; those that a store cannot have are left out. */
const SPOILT: Readonly<Record<string, Spoil>> = {
  "has other bytes": async ({ plant }, { checksum }) => plant(checksum, new Uint8Array(7)),
  "cannot be read": async ({ damage }, { checksum }) => damage?.(checksum),
};

/** One buffer that is of no use fails alone: the answers about all others are what they are without it. */
export const damage: readonly StoreCase[] = Object.entries(SPOILT).flatMap(([how, spoil]): StoreCase[] => [
  {
    name: `one that ${how}: has, lengths and check answer for all`,
    async run(fixture) {
      const { store } = fixture;
      const bad = sample(1000, 2);
      await store.put(good.checksum, good.bytes);
      await spoil(fixture, bad);
      const asked = [bad, good, missing, good].map(({ checksum }) => checksum);
      const has = await store.has(asked);
      check(has[1] === true && has[2] === false && has[3] === true, `has: ${JSON.stringify(has)}`);
      const lengths = await store.lengths(asked);
      check(lengths[1] === 1000 && lengths[2] === undefined && lengths[3] === 1000, `lengths: ${lengths}`);
      const checked = await store.check?.(asked);
      if (checked === undefined) return;
      check(checked[0] !== "ok", "check: ok, but it is not");
      for (const [at, right] of [
        [1, "ok"],
        [2, "missing"],
        [3, "ok"],
      ] as const) {
        check(checked[at] === right || checked[at] === "unknown", `check: ${JSON.stringify(checked)}`);
      }
    },
  },
  {
    name: `one that ${how}: the others are got and put`,
    async run(fixture) {
      const { store } = fixture;
      const bad = sample(1000, 2);
      await spoil(fixture, bad);
      await store.put(good.checksum, good.bytes);
      await Promise.all([
        checkThere(store, good.checksum, good.bytes),
        store.get(bad.checksum).then(
          (bytes) => check(bytes === undefined, "get: gives what is of no use"),
          () => undefined,
        ),
      ]);
    },
  },
]);

/** Only of what cannot be read: stores may take the word of others for a buffer of the right length. */
export const healing: readonly StoreCase[] = [1000, LARGE].map(
  (length): StoreCase => ({
    name: `one that cannot be read is mended by put and putStream (${length} bytes)`,
    async run({ store, damage: spoil }) {
      if (spoil === undefined) return;
      const { checksum, bytes } = sample(length, 4);
      const puts = [
        () => store.put(checksum, bytes),
        () =>
          store.putStream(
            checksum,
            (async function* () {
              yield bytes;
            })(),
          ),
      ];
      for (const put of puts) {
        await spoil(checksum);
        await put();
        checkBytes(await store.get(checksum), bytes, "get");
      }
    },
  }),
);

/** What hashing shows, for stores that can do it; one that cannot says `unknown` of all. */
export const checks: readonly StoreCase[] = [
  {
    name: "check: right, missing and wrong, short and long, in the order asked",
    async run({ store, plant }) {
      if (store.check === undefined) return;
      const [right, wrong] = [sample(1000, 1), sample(1000, 2)];
      const [longRight, longWrong] = [sample(LARGE, 3), sample(LARGE, 4)];
      const [empty, missing] = [sample(0), sample(1000, 5)];
      for (const { checksum, bytes } of [right, longRight, empty]) await store.put(checksum, bytes);
      for (const { checksum, bytes } of [wrong, longWrong]) await plant(checksum, damaged(bytes));
      const asked = [missing, right, wrong, empty, longWrong, longRight, right];
      const expected: CheckResult[] = ["missing", "ok", "corrupt", "ok", "corrupt", "ok", "ok"];
      const told: CheckProgress[] = [];
      const found = await store.check(
        asked.map(({ checksum }) => checksum),
        { onProgress: (progress) => void told.push(progress) },
      );
      const cannot = found.every((result) => result === "unknown");
      checkList(found, cannot ? asked.map(() => "unknown") : expected, "check");
      for (const [i, { files, totalFiles }] of told.entries()) {
        check(totalFiles === asked.length && files <= totalFiles, `check: progress ${files} of ${totalFiles}`);
        check(i === 0 || files >= told[i - 1]!.files, "check: progress goes back");
      }
      checkList(await store.check([]), [], "check of nothing");
    },
  },
];
