import type { Store } from "../../store.ts";
import {
  check,
  checkBytes,
  checkList,
  checkMissing,
  checkThere,
  chunksOf,
  LARGE,
  readUntilError,
  rejection,
  type Sample,
  type StoreCase,
  sample,
} from "../harness.ts";

/** How long the source of a stream may take to be stopped, in milliseconds. */
const PATIENCE = 10_000;

type Operation = (store: Store, one: Sample, signal: AbortSignal) => Promise<unknown>;

const READS: Readonly<Record<string, Operation>> = {
  has: (store, { checksum }, signal) => store.has([checksum], { signal }),
  lengths: (store, { checksum }, signal) => store.lengths([checksum], { signal }),
  get: (store, { checksum }, signal) => store.get(checksum, { signal }),
  getStream: (store, { checksum }, signal) => store.getStream(checksum, { signal }),
};

const WRITES: Readonly<Record<string, Operation>> = {
  put: (store, { checksum, bytes }, signal) => store.put(checksum, bytes, { signal }),
  putStream: (store, { checksum, bytes }, signal) => store.putStream(checksum, chunksOf(bytes), { signal }),
};

/** Gives up when aborted, with the very reason, and leaves nothing behind. */
export const aborts: readonly StoreCase[] = [
  ...Object.entries({ ...READS, ...WRITES }).map(
    ([name, operation]): StoreCase => ({
      name: `abort: ${name} before its start`,
      async run({ store }) {
        const [there, missing] = [sample(1000, 1), sample(1000, 2)];
        await store.put(there.checksum, there.bytes);
        for (const one of [there, missing]) {
          const reason = new Error("enough");
          const error = await rejection(operation(store, one, AbortSignal.abort(reason)), name);
          check(error === reason, `${name}: should reject with the signal's reason, rejected with ${String(error)}`);
        }
        await checkThere(store, there.checksum, there.bytes);
        await checkMissing(store, missing.checksum);
      },
    }),
  ),
  ...Object.entries({ ...READS, ...WRITES }).map(
    ([name, operation]): StoreCase => ({
      name: `abort: ${name} while it runs, or it is done`,
      async run({ store }) {
        const one = sample(LARGE);
        if (name in READS) await store.put(one.checksum, one.bytes);
        const controller = new AbortController();
        const reason = new Error("enough");
        const running = operation(store, one, controller.signal);
        controller.abort(reason);
        const outcome = await running.then(
          () => undefined,
          (error: unknown) => ({ error }),
        );
        check(outcome === undefined || outcome.error === reason, `${name}: rejected with ${String(outcome?.error)}`);
        const [there] = await store.has([one.checksum]);
        if (there) await checkThere(store, one.checksum, one.bytes);
        else await checkMissing(store, one.checksum);
        await store.put(one.checksum, one.bytes);
        await checkThere(store, one.checksum, one.bytes);
      },
    }),
  ),
  {
    name: "abort: between the chunks of a putStream; the source is stopped",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      const controller = new AbortController();
      const reason = new Error("enough");
      let stopped = false;
      const source = async function* () {
        try {
          for (let at = 0; at < LARGE; at += 100_000) {
            yield bytes.slice(at, at + 100_000);
            if (at === 300_000) controller.abort(reason);
          }
        } finally {
          stopped = true;
        }
      };
      const error = await rejection(store.putStream(checksum, source(), { signal: controller.signal }), "putStream");
      check(error === reason, `putStream: rejected with ${String(error)}`);
      await checkMissing(store, checksum);
      // A generator comes to its end only turns later, and on a busy machine they may take a while.
      const end = Date.now() + PATIENCE;
      while (!stopped && Date.now() < end) await new Promise((resolve) => setTimeout(resolve));
      check(stopped, "the source was left hanging");
    },
  },
  {
    name: "abort: a putStream whose source hangs",
    async run({ store }) {
      const { checksum, bytes } = sample(LARGE);
      const controller = new AbortController();
      const reason = new Error("enough");
      const hanging = async function* () {
        yield bytes.slice(0, 1000);
        queueMicrotask(() => controller.abort(reason));
        await new Promise(() => {});
      };
      const error = await rejection(store.putStream(checksum, hanging(), { signal: controller.signal }), "putStream");
      check(error === reason, `putStream: rejected with ${String(error)}`);
      await checkMissing(store, checksum);
    },
  },
  {
    name: "abort: a stream that is being read errors with the reason",
    async run({ store }) {
      const { checksum, bytes } = sample(5 * 2 ** 20);
      await store.put(checksum, bytes);
      const controller = new AbortController();
      const reason = new Error("enough");
      const stream = await store.getStream(checksum, { signal: controller.signal });
      const reader = stream?.getReader();
      check(stream !== undefined && reader !== undefined, "getStream: missing");
      const first = await reader.read();
      check(!first.done && first.value.byteLength < bytes.byteLength, "the first chunk is all of it");
      controller.abort(reason);
      reader.releaseLock();
      const { error } = await readUntilError(stream);
      check(error?.reason === reason, `the stream should error with the reason: ${String(error?.reason)}`);
      checkList(await store.has([checksum]), [true], "has");
    },
  },
  {
    name: "abort: after the end, nothing happens",
    async run({ store }) {
      const one = sample(1000);
      const controller = new AbortController();
      const { signal } = controller;
      await store.putStream(one.checksum, chunksOf(one.bytes), { signal });
      checkBytes(await store.get(one.checksum, { signal }), one.bytes, "get");
      const stream = await store.getStream(one.checksum, { signal });
      check(stream !== undefined, "getStream: missing");
      const { error } = await readUntilError(stream);
      check(error === undefined, "getStream failed");
      controller.abort(new Error("too late"));
      await checkThere(store, one.checksum, one.bytes);
    },
  },
];
