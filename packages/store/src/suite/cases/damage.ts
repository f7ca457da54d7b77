import { check, checkBytes, checkThere } from "../check.ts";
import type { StoreCase, StoreFixture } from "../fixture.ts";
import { LARGE, sample } from "../samples.ts";

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
