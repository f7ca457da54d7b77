import { Checksum } from "@seamless/checksum";
import { describe, expect, test } from "vitest";
import { memoryStore } from "../src/index.ts";
import { storeSuite } from "../src/suite/index.ts";

describe("memory store", () => {
  storeSuite({
    test,
    create() {
      const contents = new Map<string, Uint8Array>();
      return {
        store: memoryStore({ contents }),
        readOnly: memoryStore({ contents, writable: false }),
        plant: (checksum, bytes) => void contents.set(checksum.hex(), bytes),
      };
    },
  });
});

test("a Node buffer that was put may be changed afterwards", async () => {
  const store = memoryStore();
  const mine = Buffer.from("mine");
  const checksum = Checksum.of(mine);
  await store.put(checksum, mine);
  const reusing = async function* () {
    yield mine.subarray(0, 2);
    mine.fill(0);
    yield Buffer.from("ne");
  };
  const other = memoryStore();
  await other.putStream(checksum, reusing());
  for (const each of [store, other]) expect(Buffer.from((await each.get(checksum))!).toString()).toBe("mine");
});
