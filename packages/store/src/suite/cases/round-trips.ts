import { Checksum } from "@seamless/checksum";
import {
  check,
  checkFailure,
  checkList,
  checkMissing,
  checkThere,
  chunksOf,
  damaged,
  rejection,
  SIZES,
  type StoreCase,
  type StoreFixture,
  sample,
} from "../harness.ts";

/** What looks like a password in a URL. */
const CREDENTIALS = /\/\/[^/\s]*@|(password|secret|token|signature|credential)=/i;

/** What a store says of itself. */
export const facts: readonly StoreCase[] = [
  {
    name: "facts: a name on one line, a known cost class, writable or not",
    async run({ store, readOnly }) {
      for (const { name, costClass } of [store, readOnly]) {
        check(typeof name === "string" && name.trim() !== "", "the name is empty");
        check(!/[\r\n]/.test(name), "the name has line breaks");
        check(["folder", "local", "remote"].includes(costClass), `unknown cost class ${costClass}`);
      }
      check(store.writable === true, "the store should be writable");
      check(readOnly.writable === false, "the read-only store should not be writable");
    },
  },
  {
    name: "facts: no credentials in names and errors",
    async run(fixture) {
      const errors = await provoke(fixture);
      const texts = [fixture.store.name, fixture.readOnly.name, ...errors.map(textOf)];
      for (const text of texts) {
        check(!CREDENTIALS.test(text), `credentials in ${JSON.stringify(text)}`);
        for (const secret of fixture.secrets ?? []) check(!text.includes(secret), "a secret in a name or an error");
      }
    },
  },
  {
    name: "facts: closing twice is allowed",
    async run({ store }) {
      await store.close?.();
      await store.close?.();
    },
  },
  {
    name: "facts: asking for nothing answers nothing",
    async run({ store }) {
      checkList(await store.has([]), [], "has");
      checkList(await store.lengths([]), [], "lengths");
    },
  },
  {
    name: "facts: a thousand answers in the order asked, repetitions included",
    async run({ store }) {
      const known = Array.from({ length: 8 }, (_, i) => sample(i * 10, i));
      for (const { checksum, bytes } of known) await store.put(checksum, bytes);
      const unknown = Array.from({ length: 500 }, (_, i) => sample(5, 1000 + i));
      const asked = unknown.flatMap((one, i) => [known[i % 8] ?? one, one]);
      const checksums = asked.map(({ checksum }) => checksum);
      const lengths = asked.map(({ bytes }, i) => (i % 2 === 0 ? bytes.byteLength : undefined));
      checkList(
        await store.has(checksums),
        lengths.map((length) => length !== undefined),
        "has",
      );
      checkList(await store.lengths(checksums), lengths, "lengths");
    },
  },
];

/** One error of each kind. */
async function provoke({ store, readOnly, plant }: StoreFixture): Promise<unknown[]> {
  const one = sample(100, 1);
  const two = sample(100, 2);
  const three = sample(100, 3);
  await plant(three.checksum, damaged(three.bytes));
  const wrong = await rejection(store.get(three.checksum), "get of wrong bytes");
  checkFailure(wrong, "get of wrong bytes");
  return [
    wrong,
    await rejection(store.put(one.checksum, two.bytes), "put of wrong bytes"),
    await rejection(readOnly.put(one.checksum, one.bytes), "put into a read-only store"),
  ];
}

function textOf(error: unknown): string {
  const parts: string[] = [];
  for (let next = error, depth = 0; depth < 8 && next !== undefined && next !== null; depth++) {
    parts.push(String(next), JSON.stringify(next, Object.getOwnPropertyNames(next)));
    next = (next as { cause?: unknown }).cause;
  }
  return parts.join("\n");
}

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
        await store.putStream(known.checksum, chunksOf(known.bytes), { length });
        await checkThere(store, known.checksum, known.bytes);
        await store.putStream(known.checksum, chunksOf(known.bytes), { length });
        await checkThere(store, known.checksum, known.bytes);
        const unknown = sample(length + 1, 2);
        await store.putStream(unknown.checksum, chunksOf(unknown.bytes));
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
