import { describe, test } from "vitest";
import { memoryStore } from "../src/store/memory.ts";
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
