import { check, checkBytes, checkThere } from "../check.ts";
import type { StoreCase } from "../fixture.ts";
import { LARGE, sample } from "../samples.ts";

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
