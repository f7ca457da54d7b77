import {
  check,
  checkBytes,
  checkCode,
  checkFailure,
  checkThere,
  damaged,
  LARGE,
  readAll,
  rejection,
  type StoreCase,
  sample,
} from "../harness.ts";

/** Streams that begin within a buffer; for stores with `resumes`. */
export const offsets: readonly StoreCase[] = [
  {
    name: "offset: the rest of a buffer, from any byte",
    async run({ store }) {
      if (store.resumes !== true) return;
      for (const length of [1, 4097, LARGE]) {
        const { checksum, bytes } = sample(length);
        await store.put(checksum, bytes);
        for (const offset of new Set([0, 1, length >>> 1, length - 1, length])) {
          const stream = await store.getStream(checksum, { offset });
          check(stream !== undefined, `from byte ${offset} of ${length}: missing`);
          checkBytes(await readAll(stream), bytes.subarray(offset), `from byte ${offset} of ${length}`);
        }
      }
    },
  },
  {
    name: "offset: missing is missing",
    async run({ store }) {
      if (store.resumes !== true) return;
      const { checksum } = sample(100);
      check((await store.getStream(checksum, { offset: 10 })) === undefined, "found what should be missing");
    },
  },
  {
    name: "offset: one that is not in the buffer is refused",
    async run({ store }) {
      if (store.resumes !== true) return;
      const { checksum, bytes } = sample(100);
      await store.put(checksum, bytes);
      for (const offset of [101, -1, 0.5, Number.NaN]) {
        const what = `from byte ${offset} of 100`;
        const reading = async () => {
          const stream = await store.getStream(checksum, { offset });
          if (stream !== undefined) await readAll(stream);
        };
        checkCode(await rejection(reading(), what), ["INVALID_ARGUMENT"], what);
      }
      await checkThere(store, checksum, bytes);
    },
  },
  {
    name: "offset: a stream from the start is verified",
    async run({ store, plant }) {
      if (store.resumes !== true) return;
      const { checksum, bytes } = sample(LARGE);
      await plant(checksum, damaged(bytes));
      const reading = async () => {
        const stream = await store.getStream(checksum, { offset: 0 });
        if (stream !== undefined) await readAll(stream);
      };
      checkFailure(await rejection(reading(), "corrupt, from byte 0"), "corrupt, from byte 0");
    },
  },
  {
    name: "offset: aborted and cancelled, the store goes on",
    async run({ store }) {
      if (store.resumes !== true) return;
      const { checksum, bytes } = sample(LARGE);
      await store.put(checksum, bytes);
      const reason = new Error("enough");
      const aborted = rejection(store.getStream(checksum, { offset: 1, signal: AbortSignal.abort(reason) }), "aborted");
      check((await aborted) === reason, "getStream: should throw the reason of the signal");
      const controller = new AbortController();
      const stream = await store.getStream(checksum, { offset: 1, signal: controller.signal });
      check(stream !== undefined, "getStream: missing");
      controller.abort(reason);
      check((await rejection(readAll(stream), "aborted while read")) === reason, "the stream hides why it ended");
      await (await store.getStream(checksum, { offset: 1 }))?.cancel();
      await checkThere(store, checksum, bytes);
    },
  },
];
