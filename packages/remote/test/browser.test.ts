import { Checksum } from "@seamless/checksum";
import { memoryStore } from "@seamless/store";
import { expect, test } from "vitest";
import { indexedDbStore } from "../src/browser/indexed-db-store.ts";
import { tieredStore } from "../src/tiered/tiered-store.ts";

const bytes = new TextEncoder().encode("hello\n");
const checksum = Checksum.of(bytes);

test("where there is no IndexedDB, as in Node, every method says so", async () => {
  const store = indexedDbStore();
  const chunks = async function* () {
    yield bytes;
  };
  const calls = [
    () => store.has([checksum]),
    () => store.lengths([checksum]),
    () => store.get(checksum),
    () => store.getStream(checksum),
    () => store.put(checksum, bytes),
    () => store.putStream(checksum, chunks()),
    () => store.check!([checksum]),
    () => store.delete!(checksum),
    () => store.touch!([checksum]),
    () => store.list!()[Symbol.asyncIterator]().next(),
  ];
  for (const call of calls) {
    await expect(call()).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining("in Node use directoryStore()"),
    });
  }
  await store.close?.();
});

test("tiers read past it", async () => {
  const contents = new Map([[checksum.hex(), bytes]]);
  const tiers = tieredStore([indexedDbStore(), memoryStore({ contents })]);
  expect(await tiers.get(checksum)).toEqual(bytes);
  await tiers.close?.();
});

test.each([
  ["", {}, "name"],
  [7, {}, "name"],
  ["a", { maxBytes: -1 }, "maxBytes"],
  ["a", { maxBytes: "1" }, "maxBytes"],
  ["a", { opfs: 1 }, "opfs"],
  ["a", { writable: "yes" }, "writable"],
  ["a", { openTimeout: 0 }, "openTimeout"],
])("wrong arguments are refused at once: %j %j", (name, options, field) => {
  expect(() => indexedDbStore(name as string, options as object)).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(field) }),
  );
});
