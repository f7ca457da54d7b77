import type { Store } from "../../store.ts";
import {
  check,
  checkCode,
  checkList,
  checkMissing,
  checkThere,
  chunksOf,
  rejection,
  type StoreCase,
  sample,
} from "../harness.ts";

/** In milliseconds. */
const HOUR = 3_600_000;

/** By hex, sorted; each with its length. */
async function listed(store: Store): Promise<string[]> {
  const found: string[] = [];
  for await (const { checksum, length } of store.list?.() ?? []) found.push(`${checksum.hex()} ${length ?? "unknown"}`);
  return found.sort();
}

/** For stores with `list`. */
export const listings: readonly StoreCase[] = [
  {
    name: "list: nothing of an empty store, and each buffer once",
    async run({ store, readOnly }) {
      if (store.list === undefined) return;
      checkList(await listed(store), [], "list of an empty store");
      const samples = Array.from({ length: 50 }, (_, i) => sample(i * 3, i + 1));
      for (const { checksum, bytes } of samples) {
        await store.put(checksum, bytes);
        await store.putStream(checksum, chunksOf(bytes));
      }
      const expected = samples.map(({ checksum, bytes }) => `${checksum.hex()} ${bytes.byteLength}`).sort();
      checkList(await listed(store), expected, "list");
      checkList(await listed(readOnly), expected, "list of the read-only store");
    },
  },
  {
    name: "list: left early or aborted, the store goes on",
    async run({ store }) {
      if (store.list === undefined) return;
      const samples = Array.from({ length: 5 }, (_, i) => sample(10, i + 1));
      for (const { checksum, bytes } of samples) await store.put(checksum, bytes);
      for await (const _ of store.list()) break;
      const reason = new Error("enough");
      const aborted = async () => {
        for await (const _ of store.list?.({ signal: AbortSignal.abort(reason) }) ?? []);
      };
      check((await rejection(aborted(), "aborted")) === reason, "list: should throw the reason of the signal");
      check((await listed(store)).length === samples.length, "list: incomplete afterwards");
    },
  },
];

/** For stores with `delete`. */
export const deletions: readonly StoreCase[] = [
  {
    name: "delete: removes one buffer, and says whether it was there",
    async run({ store }) {
      if (store.delete === undefined) return;
      const [one, other] = [sample(1000, 1), sample(1000, 2)];
      check((await store.delete(one.checksum)) === false, "delete: says that it has removed what is missing");
      for (const { checksum, bytes } of [one, other]) await store.put(checksum, bytes);
      check((await store.delete(one.checksum)) === true, "delete: says that the buffer was missing");
      await checkMissing(store, one.checksum);
      await checkThere(store, other.checksum, other.bytes);
      check((await store.delete(one.checksum)) === false, "delete: says twice that it has removed one");
      await store.put(one.checksum, one.bytes);
      await checkThere(store, one.checksum, one.bytes);
    },
  },
  {
    name: "delete: what is corrupt goes too",
    async run({ store, plant }) {
      if (store.delete === undefined) return;
      const { checksum, bytes } = sample(1000);
      await plant(checksum, bytes.slice().fill(0));
      check((await store.delete(checksum)) === true, "delete: says that the corrupt buffer was missing");
      await checkMissing(store, checksum);
    },
  },
  {
    name: "delete: refused by a read-only store",
    async run({ store, readOnly }) {
      if (readOnly.delete === undefined) return;
      const { checksum, bytes } = sample(1000);
      await store.put(checksum, bytes);
      checkCode(await rejection(readOnly.delete(checksum), "delete"), ["READ_ONLY"], "delete of a read-only store");
      await checkThere(store, checksum, bytes);
    },
  },
  {
    name: "delete: leaves what was just put or touched, where there is a least age",
    async run({ store, readOnly }) {
      if (store.delete === undefined || store.touch === undefined) return;
      const [one, other] = [sample(1000, 1), sample(1000, 2)];
      await store.put(one.checksum, one.bytes);
      check(!(await store.delete(one.checksum, { minAge: HOUR })), "delete: has removed what was just put");
      await checkThere(store, one.checksum, one.bytes);
      checkList(await store.touch([one.checksum, other.checksum]), [true, false], "touch");
      const refused = await rejection(readOnly.touch?.([one.checksum]) ?? Promise.resolve(), "touch");
      checkCode(refused, ["READ_ONLY"], "touch of a read-only store");
      for await (const { modified } of store.list?.() ?? []) {
        check(modified !== undefined && Math.abs(Date.now() - modified) < HOUR, "list: without the time of the put");
      }
      check(await store.delete(one.checksum, { minAge: 0 }), "delete: with no least age, it was left");
      await checkMissing(store, one.checksum);
    },
  },
];
