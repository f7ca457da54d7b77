import { describe, expect, test, vi } from "vitest";
import { failure, openStore } from "./support/client-store.ts";
import { chunksOf, sample } from "./support/sample.ts";

const { bytes, checksum } = sample(100);

/** What the platform's undici does when a request is to be made. */
let request: () => unknown;
let requests = 0;
vi.mock("undici", () => ({
  Pool: class {
    async request() {
      requests++;
      return request();
    }
    async destroy() {}
  },
}));

const withCode = (code: string) => Object.assign(new Error("not implemented"), { code });

describe("a platform that does not do what it takes: UNSUPPORTED, at the first attempt", () => {
  const FAULTS: Readonly<Record<string, () => unknown>> = {
    "an answer that is none": () => undefined,
    "a method that is none": () => {
      throw new TypeError("x.y is not a function");
    },
    "a method that is not implemented": () => {
      throw withCode("ERR_METHOD_NOT_IMPLEMENTED");
    },
    "a request that it does not make": () => {
      throw withCode("UND_ERR_NOT_SUPPORTED");
    },
  };
  test.each(Object.entries(FAULTS))("%s", async (_, fault) => {
    request = fault;
    const store = openStore("http://127.0.0.1:1", { retries: { count: 3 } });
    const ways = [
      store.get(checksum),
      store.getStream(checksum),
      store.has([checksum]),
      store.put(checksum, bytes),
      store.putStream(checksum, chunksOf(bytes)),
      store.promise(checksum),
      store.checkHealth(),
      store.check([checksum]),
    ];
    const codes = await Promise.all(ways.map(async (way) => (await failure(way)).code));
    expect(codes).toEqual(ways.map(() => "UNSUPPORTED"));
  });

  test("and it is asked once", async () => {
    request = FAULTS["a method that is none"]!;
    requests = 0;
    const error = await failure(openStore("http://127.0.0.1:1", { retries: { count: 3 } }).get(checksum));
    expect([requests, error.message]).toEqual([1, expect.stringContaining("x.y is not a function")]);
  });
});
