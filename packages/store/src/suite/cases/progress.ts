import type { Store, TransferOptions } from "../../store.ts";
import { check, checkThere, chunksOf, LARGE, readAll, rejection, type StoreCase, sample } from "../harness.ts";

const { checksum, bytes } = sample(LARGE);

/** What tells of its progress. */
const GETTING: Readonly<Record<string, (store: Store, options: TransferOptions) => Promise<unknown>>> = {
  get: (store, options) => store.get(checksum, options),
  getStream: async (store, options) => readAll((await store.getStream(checksum, options))!),
};
const other = sample(LARGE, 2);
const PUTTING: typeof GETTING = {
  put: (store, options) => store.put(checksum, bytes, options),
  putStream: (store, options) => store.putStream(other.checksum, chunksOf(other.bytes), { ...options, length: LARGE }),
};

/** How far a transfer was each time, in bytes. */
async function told(run: (options: TransferOptions) => Promise<unknown>, what: string): Promise<number[]> {
  const steps: number[] = [];
  await run({
    onProgress({ bytes: so, totalBytes }) {
      check(totalBytes === undefined || totalBytes === LARGE, `${what}: of ${totalBytes} bytes instead of ${LARGE}`);
      check(so >= (steps.at(-1) ?? 0), `${what}: it went back from ${steps.at(-1)} to ${so} bytes`);
      steps.push(so);
    },
  });
  return steps;
}

/** Transfers that tell how far they are. */
export const progress: readonly StoreCase[] = [
  {
    name: "progress: never back, and all in the end",
    async run({ store }) {
      for (const [what, run] of Object.entries(PUTTING)) {
        const steps = await told((options) => run(store, options), what);
        check(steps.at(-1) === LARGE, `${what}: ended at ${steps.at(-1)} of ${LARGE} bytes`);
      }
      for (const [what, run] of Object.entries(GETTING)) {
        const steps = await told((options) => run(store, options), what);
        check(steps.at(-1) === LARGE, `${what}: ended at ${steps.at(-1)} of ${LARGE} bytes`);
      }
    },
  },
  {
    name: "progress: nothing of what is missing",
    async run({ store }) {
      check(
        (await told((options) => store.get(checksum, options), "get")).length === 0,
        "get: told of a missing buffer",
      );
    },
  },
  {
    name: "progress: one that throws ends the transfer",
    async run({ store }) {
      const reason = new Error("enough");
      const onProgress = () => {
        throw reason;
      };
      for (const [what, run] of Object.entries(PUTTING)) {
        const error = await rejection(run(store, { onProgress }), what);
        check(error === reason, `${what}: should throw what onProgress throws, threw ${String(error)}`);
      }
      await store.put(checksum, bytes);
      for (const [what, run] of Object.entries(GETTING)) {
        const error = await rejection(run(store, { onProgress }), what);
        check(error === reason, `${what}: should throw what onProgress throws, threw ${String(error)}`);
      }
      await checkThere(store, checksum, bytes);
    },
  },
];
