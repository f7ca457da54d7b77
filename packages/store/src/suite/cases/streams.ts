import {
  check,
  checkBytes,
  checkCode,
  checkComesFrom,
  checkMissing,
  checkThere,
  chunksOf,
  damaged,
  LARGE,
  readAll,
  rejection,
  type StoreCase,
  sample,
} from "../harness.ts";

/** Bodies that come and go in chunks. */
export const streams: readonly StoreCase[] = [
  {
    name: "stream: nothing is visible before all is there",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      const watched = async function* () {
        for await (const chunk of chunksOf(bytes)) {
          await checkMissing(store, checksum);
          yield chunk;
        }
        await checkMissing(store, checksum);
      };
      await store.putStream(checksum, watched());
      await checkThere(store, checksum, bytes);
    },
  },
  {
    name: "stream: one that breaks off leaves nothing, and its error is passed on",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      for (const length of [undefined, LARGE]) {
        for (const at of [0, 1, 5]) {
          const failure = new Error("the source broke off");
          const broken = async function* () {
            let count = 0;
            for await (const chunk of chunksOf(bytes)) {
              if (count++ === at) throw failure;
              yield chunk;
            }
          };
          const what = `a stream that breaks off after ${at} chunks`;
          checkComesFrom(await rejection(store.putStream(checksum, broken(), { length }), what), failure, what);
          await checkMissing(store, checksum);
        }
      }
      await store.putStream(checksum, chunksOf(bytes));
      await checkThere(store, checksum, bytes);
    },
  },
  {
    name: "stream: one that ends early is wrong bytes, and leaves nothing",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      const short = bytes.subarray(0, LARGE - 1);
      const error = await rejection(store.putStream(checksum, chunksOf(short)), "a stream that ends early");
      checkCode(error, ["CHECKSUM_MISMATCH"], "a stream that ends early");
      await checkMissing(store, checksum);
    },
  },
  {
    name: "stream: wrong bytes are refused and leave nothing",
    async run({ store }) {
      for (const length of [1, 4097, LARGE]) {
        const { checksum, bytes } = sample(length);
        const wrong = chunksOf(damaged(bytes));
        const error = await rejection(store.putStream(checksum, wrong, { length }), "a stream of wrong bytes");
        checkCode(error, ["CHECKSUM_MISMATCH"], "a stream of wrong bytes");
        await checkMissing(store, checksum);
      }
    },
  },
  {
    name: "stream: another length than announced is refused and leaves nothing",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      for (const length of [0, 1, LARGE - 1, LARGE + 1]) {
        await rejection(store.putStream(checksum, chunksOf(bytes), { length }), `announced with ${length} bytes`);
        await checkMissing(store, checksum);
      }
    },
  },
  {
    name: "stream: the source may use the memory of a chunk again",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      const memory = new Uint8Array(10_000);
      const reusing = async function* () {
        for (let at = 0; at < LARGE; at += memory.byteLength) {
          const chunk = bytes.subarray(at, at + memory.byteLength);
          memory.set(chunk);
          yield memory.subarray(0, chunk.byteLength);
          memory.fill(0xff);
        }
      };
      await store.putStream(checksum, reusing());
      await checkThere(store, checksum, bytes);
    },
  },
  {
    name: "stream: one that is refused has its source stopped",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      let stopped = false;
      const source = async function* () {
        try {
          yield* chunksOf(bytes);
        } finally {
          stopped = true;
        }
      };
      await rejection(store.putStream(checksum, source(), { length: 1 }), "a stream that is too long");
      check(stopped, "the source was left hanging");
    },
  },
  {
    name: "stream: cancelled, unread or half read, the store goes on",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      await store.put(checksum, bytes);
      const unread = await store.getStream(checksum);
      await unread?.cancel();
      const half = (await store.getStream(checksum))?.getReader();
      await half?.read();
      await half?.cancel(new Error("enough"));
      await checkThere(store, checksum, bytes);
    },
  },
  {
    name: "stream: two on one buffer are read independently",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      await store.put(checksum, bytes);
      const one = await store.getStream(checksum);
      const two = await store.getStream(checksum);
      check(one !== undefined && two !== undefined, "getStream: missing");
      const both = await Promise.all([readAll(one), readAll(two)]);
      for (const found of both) checkBytes(found, bytes, "getStream");
    },
  },
];
